import type { Readable, Writable } from 'node:stream';

/** What the command line gives a command; nothing else of the process is looked at. */
export interface CliContext {
  env: Readonly<Record<string, string | undefined>>;
  /** Folder that files are named from. */
  cwd: string;
  /** Folder of the project. */
  root: string;
  stdin: Readable & { isTTY?: boolean | undefined };
  stdout: Writable & { isTTY?: boolean | undefined };
  stderr: Writable;
  /** Version of the project. */
  version: string;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  nowMs: () => number;
}

/** Options that every command has. */
export interface GlobalOptions {
  json?: boolean;
  api?: string;
  tenant?: string;
}
