import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { guard, unguard } from './watchdog.ts';

/** How a process ended. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A process that this one started. */
export interface Child {
  readonly pid: number;
  /** Resolves when it ended; never rejects. */
  readonly exited: Promise<Ending>;
  hasExited(): boolean;
  /** Standard output and error when they were asked for as pipes. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Sends a signal; nothing happens when the process is gone. */
  signal(signal: NodeJS.Signals): void;
  /** Asks with `first`, waits, then kills. Resolves when it is gone. */
  end(options?: { first?: NodeJS.Signals; graceMs?: number }): Promise<Ending>;
}

/** What to start. */
export interface ChildOptions {
  command: string;
  args: readonly string[];
  cwd?: string;
  /** The whole environment of the process; that of this process when absent. */
  env?: NodeJS.ProcessEnv;
  /** File that output is added to, or `pipe` to read it here. */
  output: { file: string } | 'pipe';
  uid?: number;
  gid?: number;
}

const living = new Set<ChildProcess>();

/** SIGKILL to every process that startChild started here and that still runs. For the way out when there is no time. */
export function killChildren(): void {
  for (const child of living) child.kill('SIGKILL');
}

/**
 * Starts a process in a process group of its own, so that Ctrl-C in the terminal reaches only the supervisor and things
 * end in order. It ends, at the latest, with this process. Rejects when it cannot be started.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const file = options.output === 'pipe' ? undefined : openLog(options.output.file);
  const stdio: StdioOptions = file === undefined ? ['ignore', 'pipe', 'pipe'] : ['ignore', file, file];
  const child = spawn(options.command, options.args, {
    stdio,
    detached: true,
    cwd: options.cwd,
    env: options.env ?? process.env,
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  if (file !== undefined) closeSync(file);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pid = child.pid as number;
  guard(pid);
  living.add(child);
  let ending: Ending | undefined;
  const exited = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => {
      ending = { code, signal };
      unguard(pid);
      living.delete(child);
      resolve(ending);
    });
  });
  // A signal that cannot be delivered shows as `error`; the process is watched by its exit.
  child.on('error', () => {});
  return {
    pid,
    exited,
    hasExited: () => ending !== undefined,
    stdout: child.stdout,
    stderr: child.stderr,
    signal: (signal) => void child.kill(signal),
    async end({ first = 'SIGTERM', graceMs = 10_000 } = {}) {
      if (ending !== undefined) return ending;
      child.kill(first);
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(timer);
      return exited;
    },
  };
}

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  setAsideLargeLog(path);
  return openSync(path, 'a');
}

const largestLogBytes = 32 * 2 ** 20;

/** A log that has grown over 32 MiB becomes `<name>.1`, in place of an earlier one. Called before a process writes to it. */
export function setAsideLargeLog(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > largestLogBytes) renameSync(path, `${path}.1`);
}

/** The last lines of a file, or nothing when it cannot be read. */
export async function lastLines(path: string, count: number): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const length = Math.min(size, 16_384);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.toString('utf8').trimEnd().split('\n').slice(-count).join('\n');
    } finally {
      await file.close();
    }
  } catch {
    // A log that is not there has no last lines; the caller reports the failure itself.
    return '';
  }
}
