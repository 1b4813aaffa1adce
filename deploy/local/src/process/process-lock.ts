import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { isAlive, startMark } from './identity.ts';

/** A process that holds a lock file. */
export interface LockHolder {
  pid: number;
  /** Start mark of the process. */
  mark: string;
}

/** Outcome of an attempt to take a lock file. */
export type LockAttempt = { taken: true; release(): Promise<void> } | { taken: false; holder: LockHolder | undefined };

/**
 * Takes a lock file for this process, in one step and whole. A file whose process is gone, or whose id now belongs to
 * another process, is taken over. Taken twice by one process, the second attempt fails.
 */
export async function takeProcessLock(path: string): Promise<LockAttempt> {
  const mine = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(mine, JSON.stringify({ pid: process.pid, mark: (await startMark(process.pid)) ?? '' } satisfies LockHolder));
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await link(mine, path);
        return { taken: true, release: () => rm(path, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = await readHolder(path);
      if (attempt > 3 || (holder !== undefined && (await isSameProcess(holder)))) return { taken: false, holder };
      await rm(path, { force: true });
    }
  } finally {
    await rm(mine, { force: true });
  }
}

/** Whether the process still runs and is not a later one with the same id. */
export async function isSameProcess(process: LockHolder): Promise<boolean> {
  return isAlive(process.pid) && (await startMark(process.pid)) === process.mark;
}

async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as LockHolder;
  } catch {
    // Released meanwhile: the next attempt takes it.
    return undefined;
  }
}
