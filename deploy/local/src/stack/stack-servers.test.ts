import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@patchbay/runtime/clock';
import { openHome, type Home } from './home.ts';
import { createStackServers } from './stack-servers.ts';

const machine = { PATH: process.env['PATH'], JAVA_HOME: process.env['JAVA_HOME'] };
let home: Home;
beforeEach(async () => {
  home = await openHome(await mkdtemp(join(tmpdir(), 'patchbay-home-')));
});
afterEach(async () => {
  Object.assign(process.env, machine);
  if (machine.JAVA_HOME === undefined) delete process.env['JAVA_HOME'];
  await rm(home.folder, { recursive: true, force: true });
});

function createServers(environment: Record<string, string>) {
  const said: string[] = [];
  const progress = { start: () => ({ detail: () => {}, done: () => {} }), say: (line: string) => void said.push(line) };
  const servers = createStackServers({
    home,
    offset: 0,
    environment,
    report: { progress, line: () => {} },
    clock: systemClock,
    closing: new AbortController().signal,
    onEvent: () => {},
    onProcess: () => {},
  });
  return { servers, said };
}

describe('the servers of a stack', () => {
  test('servers that are given are used as they are, and none is started', async () => {
    const { servers } = createServers({ NATS_URL: 'nats://elsewhere', KAFKA_BROKERS: 'elsewhere:9092', DATABASE_URL: 'postgres://elsewhere/db' });
    expect(await servers.nats()).toBe('nats://elsewhere');
    expect(await servers.kafka(true)).toBe('elsewhere:9092');
    expect((await servers.postgres(['crm']))('crm')).toBe('postgres://elsewhere/db');
    expect(servers.keepers).toEqual([]);
  });

  test('without Java there is no Kafka, which is said in one line', async () => {
    Object.assign(process.env, { PATH: '', JAVA_HOME: '' });
    const { servers, said } = createServers({});
    expect(await servers.kafka(true)).toBeUndefined();
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/No Java 17.*JetStream/);
  });

  test('Kafka that is not wanted is not missed', async () => {
    const { servers, said } = createServers({});
    expect(await servers.kafka(false)).toBeUndefined();
    expect(said).toEqual([]);
  });
});
