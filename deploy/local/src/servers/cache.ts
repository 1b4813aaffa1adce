import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { localError } from '../errors.ts';
import { isAlive } from '../process/identity.ts';
import type { Progress } from '../progress.ts';

/** How something is fetched. */
export interface FetchOptions {
  /** Folder of the cache; `cacheFolder()` when absent. */
  cache?: string | undefined;
  /** Shows a download to whoever waits for it. */
  progress?: Progress | undefined;
  /** Gives the download up. */
  signal?: AbortSignal | undefined;
}

/** Where fetched servers are kept for later runs: PATCHBAY_CACHE, else `patchbay` below the user's cache folder. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const given = environment['PATCHBAY_CACHE'];
  if (given !== undefined && given !== '') return given;
  const userCache = environment['XDG_CACHE_HOME'];
  return join(userCache === undefined || userCache === '' ? join(homedir(), '.cache') : userCache, 'patchbay');
}

const lockWaitMs = 15 * 60_000;
const lockLookMs = 200;

/**
 * The folder `name` of the cache; filled by `fill` when it is not there yet. Processes that want the same folder at the
 * same time wait for the one that fills it. `fill` writes into a folder of its own that takes the final name in one step,
 * so a folder that exists is whole.
 */
export async function cached(name: string, fill: (folder: string) => Promise<void>, options: FetchOptions = {}): Promise<string> {
  const target = join(options.cache ?? cacheFolder(), name);
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  const release = await takeLock(`${target}.lock`, () => existsSync(target), options);
  if (release === undefined) return target;
  const unfinished = `${target}.${process.pid}.part`;
  try {
    if (existsSync(target)) return target;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    await fill(unfinished);
    await rename(unfinished, target).catch((error: unknown) => {
      // Two processes may both have found a lock left behind; then the first to finish wins.
      if (!existsSync(target)) throw error;
    });
    return target;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
    await release();
  }
}

/** The lock, or undefined when what it guards appeared while waiting. */
async function takeLock(path: string, isDone: () => boolean, options: FetchOptions): Promise<(() => Promise<void>) | undefined> {
  const startedMs = performance.now();
  for (let waited = false; ; waited = true) {
    try {
      const file = await open(path, 'wx');
      await file.write(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (isDone()) return undefined;
    if (await isLeftBehind(path)) {
      await rm(path, { force: true });
      continue;
    }
    if (performance.now() - startedMs > lockWaitMs) throw localError('LOCAL_CACHE_BUSY', { details: { lock: path } });
    if (!waited) options.progress?.say(`Waiting for another process that is fetching ${basename(path, '.lock')}`);
    await delay(lockLookMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}

/** A lock whose process ended, or an old one that never got a process id. */
async function isLeftBehind(path: string): Promise<boolean> {
  try {
    const owner = Number(await readFile(path, 'utf8'));
    if (Number.isInteger(owner) && owner > 0) return !isAlive(owner);
    return Date.now() - (await stat(path)).mtimeMs > 10_000;
  } catch {
    // Gone meanwhile: the next round takes it.
    return false;
  }
}
