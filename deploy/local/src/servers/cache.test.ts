import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cached, cacheFolder } from './cache.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'patchbay-cache-'));
});
afterEach(async () => {
  await rm(cache, { recursive: true, force: true });
});

describe('the cache of fetched servers', () => {
  test('several who want the same at the same time fetch it once', async () => {
    let fills = 0;
    const fill = async (folder: string) => {
      fills += 1;
      await writeFile(join(folder, 'program'), 'whole');
    };
    const folders = await Promise.all(Array.from({ length: 5 }, () => cached('server-1', fill, { cache })));
    expect(fills).toBe(1);
    expect(new Set(folders).size).toBe(1);
    expect(await readFile(join(cache, 'server-1/program'), 'utf8')).toBe('whole');
    expect(await readdir(cache)).toEqual(['server-1']);
  });

  test('a fetch that fails leaves nothing that a later one could mistake for the whole', async () => {
    const torn = async (folder: string) => {
      await writeFile(join(folder, 'program'), 'half');
      throw new Error('connection cut');
    };
    await expect(cached('server-1', torn, { cache })).rejects.toThrow('connection cut');
    expect(await readdir(cache)).toEqual([]);
  });

  test('the lock of a process that is gone is taken over', async () => {
    // Process ids end at 2^22 on Linux.
    await writeFile(join(cache, 'server-1.lock'), '4194305');
    await cached('server-1', async () => {}, { cache });
    expect(await readdir(cache)).toEqual(['server-1']);
  });

  test('PATCHBAY_CACHE decides where it is, then the cache folder of the user', () => {
    expect(cacheFolder({ PATCHBAY_CACHE: '/var/cache/p' })).toBe('/var/cache/p');
    expect(cacheFolder({ XDG_CACHE_HOME: '/home/u/.c' })).toBe('/home/u/.c/patchbay');
  });
});
