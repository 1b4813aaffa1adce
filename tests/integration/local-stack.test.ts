import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isAlive } from '@patchbay/local/process/identity';
import { isPortTaken } from '@patchbay/local/servers/free-port';
import { portOf } from '@patchbay/local/stack/ports';
import type { StackFile } from '@patchbay/local/stack/home';
import { startStack, type Stack, type StackOptions } from '@patchbay/local/stack/stack';
import { eventually } from '@patchbay/testkit/eventually';

let home: string;
let running: Stack[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'patchbay-stack-'));
});
afterEach(async () => {
  await Promise.all(running.map((stack) => stack.stop()));
  running = [];
  await rm(home, { recursive: true, force: true });
});

async function start(options: Partial<StackOptions> = {}): Promise<Stack> {
  const stack = await startStack({ home, freePorts: true, services: ['directory'], demo: false, kafka: false, ...options });
  running.push(stack);
  return stack;
}

const readState = async () => JSON.parse(await readFile(join(home, 'stack.json'), 'utf8')) as StackFile;
const isReady = async (url: string | undefined) => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok === true;

describe('a stack', () => {
  test('is ready with its addresses in stack.json, and leaves neither process nor port behind', async () => {
    const stack = await start();
    expect(await isReady(stack.health['directory'])).toBe(true);
    const state = await readState();
    expect(state).toMatchObject({ ready: true, pid: process.pid, addresses: { nats: stack.addresses.nats } });
    expect(state.processes.map(({ name }) => name).sort()).toEqual(['directory', 'nats']);
    await stack.stop();
    expect(state.processes.map(({ pid }) => isAlive(pid))).toEqual([false, false]);
    expect(await isPortTaken(portOf('nats', stack.portOffset))).toBe(false);
    expect(await isPortTaken(portOf('health', stack.portOffset))).toBe(false);
    expect(await readState()).toMatchObject({ ready: false, processes: [] });
  });

  test('starts a killed service and a killed server again, on the same addresses', async () => {
    const stack = await start();
    for (const name of ['directory', 'nats']) {
      const before = stack.pid(name);
      await stack.kill(name);
      await eventually(`${name} runs again`, () => stack.pid(name) !== undefined && stack.pid(name) !== before);
      await eventually('directory is ready', () => isReady(stack.health['directory']));
    }
  });

  test('refuses a home that another stack runs on, and ports that are taken', async () => {
    const stack = await start();
    await expect(start()).rejects.toMatchObject({ code: 'LOCAL_ALREADY_RUNNING' });
    const elsewhere = join(home, 'other');
    const nats = portOf('nats', stack.portOffset);
    await expect(start({ home: elsewhere, freePorts: false, portOffset: stack.portOffset })).rejects.toMatchObject({
      code: 'LOCAL_PORT_TAKEN',
      details: { [`${nats} (nats)`]: expect.stringContaining(`process ${stack.pid('nats')}`) },
    });
  });

  test('names a service that cannot start, with its last words, and stops what it had started', async () => {
    const failed = start({ env: { PATCHBAY_LOG_LEVEL: 'nonsense' } });
    await expect(failed).rejects.toMatchObject({ code: 'LOCAL_SERVICE_NOT_READY', details: { service: 'directory', lastLines: expect.stringContaining('PATCHBAY_LOG_LEVEL') } });
    expect(await readState()).toMatchObject({ processes: [] });
  });

  test('a stop while it starts cleans up', async () => {
    const controller = new AbortController();
    const starting = start({ signal: controller.signal });
    await eventually('NATS runs', async () => (await readState()).processes.some(({ name }) => name === 'nats'));
    const { processes } = await readState();
    controller.abort();
    await expect(starting).rejects.toMatchObject({ code: 'LOCAL_STOPPED' });
    expect(processes.some(({ pid }) => isAlive(pid))).toBe(false);
  });
});
