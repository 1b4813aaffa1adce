// The configuration files that are deployed, under real servers.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { readFacts } from '@patchbay/bus/read-facts';
import { kvBuckets, kvStream, objectBuckets, streams, type KvBucket } from '@patchbay/bus/topology';
import { ContactConnected } from '@patchbay/contracts/contact/v1/contact_event';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startShippedNats, type ShippedNats } from '../support/shipped-nats.ts';

const tenant = 'demo';
const connected = (contactId: string) => newFact(ContactConnected, { tenant, key: contactId, event: { contactId, assignmentId: 'a', agentId: '1001' } });

async function jetStreamSettings(monitorUrl: string): Promise<Record<string, unknown>> {
  const page = (await (await fetch(`${monitorUrl}/jsz`)).json()) as { config: Record<string, unknown> };
  return page.config;
}

describe('one server', () => {
  let nats: ShippedNats;
  beforeAll(async () => {
    nats = await startShippedNats(1);
  });
  afterAll(() => nats.stop());

  test('flushes each acknowledged message to the disk and takes as much as the streams reserve', async () => {
    const settings = await jetStreamSettings(nats.servers[0]!.monitorUrl);
    expect(settings).toMatchObject({ sync_always: true });
    const reserved = Object.values(streams).reduce((sum, { settings: { max_bytes } }) => sum + max_bytes, 0);
    expect(settings['max_storage']).toBeGreaterThanOrEqual(reserved);
  });

  test('serves whoever has the login in the address, and nobody else', async () => {
    const bus = await connectTestBus(nats.url);
    await bus.drain();
    for (const url of [nats.urlWithoutLogin, nats.urlWithoutLogin.replace('//', '//patchbay:guess@')]) {
      await expect(connectTestBus(url)).rejects.toMatchObject({ code: 'BUS_LOGIN_REFUSED' });
    }
  });
});

describe('a cluster of three', () => {
  let nats: ShippedNats;
  let bus: BusConnection;
  beforeAll(async () => {
    nats = await startShippedNats(3);
    bus = await connectTestBus(nats.url, 'writer', { replicas: 3 });
  });
  afterAll(async () => {
    await bus.drain();
    await nats.stop();
  });

  test('every stream and bucket has three copies', async () => {
    const names = [...Object.values(streams).map(({ name }) => name), ...Object.keys(kvBuckets).map((bucket) => kvStream(bucket as KvBucket)), ...Object.keys(objectBuckets).map((bucket) => `OBJ_${bucket}`)];
    const copies = await Promise.all(names.map(async (name) => [name, (await bus.jsm.streams.info(name)).config.num_replicas] as const));
    expect(Object.fromEntries(copies)).toEqual(Object.fromEntries(names.map((name) => [name, 3])));
  });

  test('streams that were made with one copy get three when the setting rises', async () => {
    const one = await connectTestBus(nats.url, 'writer', { replicas: 1 });
    expect((await bus.jsm.streams.info('EVENTS')).config.num_replicas).toBe(1);
    await one.drain();
    const three = await connectTestBus(nats.url, 'writer', { replicas: 3 });
    await eventually('the copies are in step', async () => (await three.jsm.streams.info('EVENTS')).cluster?.replicas?.filter(({ current }) => current).length === 2, 30_000);
    await three.drain();
  });

  test('the loss of the server that leads the facts loses none and stops nobody', async () => {
    await appendFacts(bus, [connected('before')]);
    const { leader } = (await bus.jsm.streams.info('EVENTS')).cluster ?? {};
    await nats.servers.find(({ name }) => name === leader)!.kill();
    await appendFacts(bus, [connected('after')], { timeoutMs: 40_000 });
    for (const key of ['before', 'after']) {
      // Any of the copies may answer, and one may be a moment behind.
      await eventually(`the fact of ${key}`, async () => (await readFacts(bus, { tenant, domains: ['contact'], key })).length === 1);
    }
  });
});
