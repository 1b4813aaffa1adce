import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a run of SIPp ended. */
export interface SippRun {
  /** 0 when every call went as its scenario says. */
  readonly exitCode: number | null;
  /** What its error log says; empty when all went well. */
  readonly errors: string;
}

/** The path of one of the scenarios beside this file. */
export function scenario(name: string): string {
  return new URL(`./${name}.xml`, import.meta.url).pathname;
}

/** A TCP port that was free a moment ago; SIPp cannot be asked for one. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => { resolve(); }));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function errorLog(folder: string): Promise<string> {
  const logs = (await readdir(folder)).filter((name) => name.endsWith('errors.log'));
  return (await Promise.all(logs.map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
}

/** SIPp's warnings that the machine is slow say nothing about a call. */
const withoutWatchdog = ['-watchdog_minor_threshold', '100000', '-watchdog_major_threshold', '100000'];

/**
 * Runs SIPp (Debian package sip-tester) on 127.0.0.1 until it is done, at most two minutes.
 * @param links names beside SIPp, each with what it points to; its own scenarios look for captures in `pcap`
 */
export async function runSipp(args: readonly string[], links: Readonly<Record<string, string>> = {}): Promise<SippRun> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-sipp-'));
  try {
    for (const [name, target] of Object.entries(links)) await symlink(target, join(folder, name));
    const child = spawn('sipp', [...args, '-i', '127.0.0.1', '-nostdin', '-trace_err', '-timeout', '100', '-timeout_error', ...withoutWatchdog], { cwd: folder, stdio: 'ignore', timeout: 120_000 });
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (cause) => { reject(new Error('sipp cannot be started: install the Debian package sip-tester', { cause })); });
      child.once('exit', resolve);
    });
    return { exitCode, errors: (await errorLog(folder)).slice(0, 4_000) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
