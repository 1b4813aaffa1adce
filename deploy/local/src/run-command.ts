import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';

/** A command that ended with another status than 0, or not in time. */
export class CommandFailure extends Error {
  override name = 'CommandFailure';
  /** What it wrote, line by line, without empty lines and stack frames. */
  readonly lines: readonly string[];

  constructor(message: string, lines: readonly string[], cause: unknown) {
    super(message, { cause });
    this.lines = lines;
  }
}

/** How a command is run. */
export interface CommandOptions {
  cwd?: string;
  /** Variables added to those of this process. */
  env?: Readonly<Record<string, string>>;
  timeoutMs: number;
  /** Ends it early. */
  signal?: AbortSignal | undefined;
  /** User and group to run as; only root may choose. */
  uid?: number;
  gid?: number;
}

/** Runs a command to its end. Gives what it wrote to standard output; throws CommandFailure with the last of its words. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      {
        cwd: options.cwd,
        env: { ...process.env, ...options.env },
        timeout: options.timeoutMs,
        maxBuffer: 1 << 26,
        encoding: 'utf8',
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        ...(options.uid === undefined ? {} : { uid: options.uid }),
        ...(options.gid === undefined ? {} : { gid: options.gid }),
      },
      (error, stdout, stderr) => {
        if (error === null) {
          resolve(stdout);
          return;
        }
        const isFrame = (line: string) => /^\s+at /.test(line);
        const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '' && !isFrame(line));
        const words = lines.slice(-6).join('\n');
        const reason = error.killed === true ? `no end within ${options.timeoutMs / 1000} s` : error.message.split('\n')[0];
        reject(new CommandFailure(`${basename(command)}: ${words === '' ? reason : words}`, lines, error));
      },
    );
  });
}

/** The full path of a program on PATH, or undefined. */
export function findOnPath(name: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (folder !== '' && statSync(path).isFile()) return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
