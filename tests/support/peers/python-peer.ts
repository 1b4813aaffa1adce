import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findPeerPython } from '@patchbay/local/peers';
import { projectRoot } from '@patchbay/local/stack/stack';

const script = (name: string) => fileURLToPath(new URL(`./${name}.py`, import.meta.url));
const limitMs = 60_000;

function python(): string {
  const path = findPeerPython(projectRoot);
  if (path === undefined) throw new Error('python3 is not on PATH');
  return path;
}

/** Runs a script beside this file to its end, with a request as JSON on standard input; its answer is JSON. */
export async function askPython<Answer>(name: string, args: readonly string[], request: unknown = {}): Promise<Answer> {
  const child = spawn(python(), [script(name), ...args], { stdio: ['pipe', 'pipe', 'pipe'], timeout: limitMs });
  const written = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (written.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (written.err += chunk.toString()));
  child.stdin.end(JSON.stringify(request));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${name} ended with ${code ?? 'a signal'}: ${written.err.slice(-2_000)}`);
  return JSON.parse(written.out) as Answer;
}

/** A script that goes on until it is stopped and tells what happens, a line each. */
export interface PythonPeer {
  /** Lines so far. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

/** Starts a script beside this file. */
export function startPython(name: string): PythonPeer {
  const child = spawn(python(), [script(name)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return {
    lines,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
