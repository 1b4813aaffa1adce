import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startMark } from '../process/identity.ts';
import { isSameProcess } from '../process/process-lock.ts';
import { adminPassword, lockHome, openHome, type Home } from './home.ts';
import { createStackState } from './stack-state.ts';

let home: Home;
beforeEach(async () => {
  home = await openHome(await mkdtemp(join(tmpdir(), 'patchbay-home-')));
});
afterEach(async () => {
  await rm(home.folder, { recursive: true, force: true });
});

describe('the home of a stack', () => {
  test('belongs to one stack at a time', async () => {
    const release = await lockHome(home);
    await expect(lockHome(home)).rejects.toMatchObject({ code: 'LOCAL_ALREADY_RUNNING', details: { pid: String(process.pid) } });
    await release();
    const again = await lockHome(home);
    await again();
  });

  test('a lock whose owner is gone is taken over, even when its process id was given to another', async () => {
    await writeFile(join(home.folder, 'stack.lock'), JSON.stringify({ pid: process.pid, mark: 'of an earlier boot' }));
    const release = await lockHome(home);
    await release();
  });

  test('the first password is random, kept for its owner alone, and told as new once', async () => {
    const first = await adminPassword(home, undefined);
    const second = await adminPassword(home, undefined);
    expect(first.isNew).toBe(true);
    expect(first.password).toMatch(/^[\w-]{16}$/);
    expect(second).toEqual({ password: first.password, isNew: false });
    expect((await stat(home.passwordFile)).mode & 0o777).toBe(0o600);
  });

  test('a given password is used and not written down', async () => {
    expect(await adminPassword(home, 'given')).toEqual({ password: 'given', isNew: false });
    await expect(stat(home.passwordFile)).rejects.toThrow('ENOENT');
  });

  test('stack.json names the processes that run so that a later one is not taken for them', async () => {
    const state = createStackState(home, { pid: process.pid, startedAt: '', ready: false, portOffset: 0, addresses: {}, health: {} });
    state.setProcess('routing', process.pid);
    state.set({ ready: true });
    await state.written();
    const written = JSON.parse(await readFile(home.stackFile, 'utf8')) as { ready: boolean; processes: { name: string; pid: number; mark: string }[] };
    expect(written.ready).toBe(true);
    expect(written.processes).toEqual([{ name: 'routing', pid: process.pid, mark: await startMark(process.pid) }]);
    expect(await isSameProcess(written.processes[0]!)).toBe(true);
    expect(await isSameProcess({ ...written.processes[0]!, mark: 'other' })).toBe(false);
    expect((await stat(home.stackFile)).mode & 0o777).toBe(0o600);
  });
});
