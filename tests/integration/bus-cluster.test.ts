import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { serviceActor } from '@patchbay/bus/actor';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { consumeFacts } from '@patchbay/bus/consume-facts';
import { openKv } from '@patchbay/bus/kv';
import { mirrorKv } from '@patchbay/bus/kv-mirror';
import { acquireLease } from '@patchbay/bus/lease';
import { openObjects } from '@patchbay/bus/objects';
import { readFacts } from '@patchbay/bus/read-facts';
import { replayFacts } from '@patchbay/bus/replay-facts';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { serveRpc } from '@patchbay/bus/rpc-server';
import { ensureTopology, kvStream, objectStream, streams } from '@patchbay/bus/topology';
import { ContactConnected } from '@patchbay/contracts/contact/v1/contact_event';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { AppError } from '@patchbay/runtime/app-error';
import { createIdSource } from '@patchbay/runtime/ids';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNatsCluster } from '@patchbay/testkit/real-nats';

type Cluster = Awaited<ReturnType<typeof startNatsCluster>>;

const ids = createIdSource();
const tenant = 'demo';
const replicas = 3;
let cluster: Cluster;
let bus: BusConnection;
const cleanups: (() => Promise<unknown> | void)[] = [];

beforeAll(async () => {
  cluster = await startNatsCluster();
  bus = await connectTestBus(cluster.url, 'writer', { replicas });
}, 120_000);
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}, 30_000);
afterAll(async () => {
  await bus.drain();
  await cluster.stop();
}, 30_000);

async function service(name: string, servers = cluster.url): Promise<BusConnection> {
  const connection = await connectTestBus(servers, name, { replicas });
  cleanups.push(() => connection.drain());
  return connection;
}

async function leaderOf(stream: string): Promise<number> {
  const { cluster: group } = await bus.jsm.streams.info(stream);
  const index = Number(/\d+$/.exec(group?.leader ?? '')?.[0] ?? 0) - 1;
  if (index < 0) throw new Error(`${stream} has no leader`);
  return index;
}

/** Waits until every replica of every stream has what its leader has. */
async function untilWhole(): Promise<void> {
  await eventually('a whole cluster', async () => {
    for await (const { cluster: group } of bus.jsm.streams.list()) {
      if (group?.leader === undefined || group.replicas?.length !== replicas - 1 || group.replicas.some(({ current, offline }) => !current || offline === true)) return false;
    }
    return true;
  }, 60_000);
}

const connected = (contactId: string, fields: { id?: string; expectedSequence?: number } = {}) =>
  newFact(ContactConnected, { tenant, key: contactId, event: { contactId, assignmentId: 'a', agentId: '1001' }, ...fields });

/** Work that goes on until told to stop; ends with the first fault. */
function goOn(step: (round: number) => Promise<void>): { rounds(): number; stop(): Promise<void> } {
  let rounds = 0;
  let isStopped = false;
  let fault: AppError | undefined;
  const running = (async () => {
    while (!isStopped) {
      await step(rounds);
      rounds += 1;
    }
  })();
  running.catch((error: unknown) => void (fault = AppError.from(error)));
  // A test that fails in the middle must not leave its work going on under the next ones.
  cleanups.push(() => {
    isStopped = true;
  });
  return {
    rounds() {
      if (fault !== undefined) throw fault;
      return rounds;
    },
    async stop() {
      isStopped = true;
      await running;
    },
  };
}

/** Writers of some contacts, each fact on the sequence of the one before. */
function startWriters(count: number) {
  const stored = new Map<string, string[]>();
  const writers = Array.from({ length: count }, () => {
    const contactId = ids.next();
    const list: string[] = [];
    stored.set(contactId, list);
    let expectedSequence = 0;
    return goOn(async () => {
      const id = ids.next();
      const [appended] = await appendFacts(bus, [connected(contactId, { id, expectedSequence })], { timeoutMs: 40_000 });
      expectedSequence = appended?.sequence ?? 0;
      list.push(id);
    });
  });
  const total = () => [...stored.values()].reduce((sum, list) => sum + list.length, 0);
  return { stored, total, stop: async () => void (await Promise.all(writers.map((writer) => writer.stop()))) };
}

describe.each([
  ['that leads the facts', async () => leaderOf(streams.events.name)],
  ['that follows', async () => ((await leaderOf(streams.events.name)) + 1) % replicas],
] as const)('a server %s is killed', (_, pick) => {
  test('facts, consumers, calls, the lease and the keys go on, and nothing acknowledged is lost', async () => {
    await untilWhole();
    const suffix = ids.next();
    const reader = await service(`reader-${suffix}`);
    const seen = new Map<string, string[]>();
    const consumption = await consumeFacts(reader, {
      domains: ['contact'],
      startAt: 'new',
      handle: async ({ key, id }) => void (seen.get(key)?.push(id) ?? seen.set(key, [id])),
    });
    cleanups.push(() => consumption.stop());

    const rpc = serveRpc(await service(`routing-${suffix}`), RoutingServiceDefinition, {
      ...unserved,
      acceptOffer: async ({ offerId }) => ({ assignmentId: offerId, epoch: 1n }),
    });
    cleanups.push(() => rpc.stop());
    const client = createRpcClient(await service('caller'), RoutingServiceDefinition);
    let answered = 0;
    const calls = goOn(async (round) => {
      const answer = await client.acceptOffer({ offerId: `o${round}` }, { tenant, actor: serviceActor('test'), timeoutMs: 1_000 }).catch(() => undefined);
      if (answer?.assignmentId === `o${round}`) answered += 1;
    });

    let lost = 0;
    const lease = await acquireLease(bus, { name: `place-${suffix}`, ttlMs: 30_000, onLost: () => (lost += 1) });
    const kv = await openKv(bus, 'desk-state');
    const counter = goOn(async (round) => {
      await kv.put(`counter-${suffix}`, Buffer.from(String(round)));
      const read = await kv.get(`counter-${suffix}`);
      if (Buffer.from(read?.value ?? []).toString() !== String(round)) throw new Error(`wrote ${round}, read ${Buffer.from(read?.value ?? []).toString()}`);
    });
    const objects = await openObjects(bus, 'recordings');
    const bytes = Buffer.alloc(700_000, suffix);
    await objects.put(`file-${suffix}`, bytes, { mime: 'audio/wav' });

    const writers = startWriters(6);
    await eventually('facts before', () => writers.total() >= 60, 30_000);
    const victim = await pick();
    await cluster.members[victim]?.kill();
    const [factsThen, answeredThen, roundsThen] = [writers.total(), answered, counter.rounds()];
    await eventually('facts after', () => writers.total() >= factsThen + 120, 45_000);
    await eventually('calls after', () => answered >= answeredThen + 20, 30_000);
    await eventually('keys after', () => counter.rounds() >= roundsThen + 20, 30_000);
    expect(Buffer.compare(await objects.get(`file-${suffix}`), bytes)).toBe(0);
    await Promise.all([writers.stop(), calls.stop(), counter.stop()]);

    expect(lease.isHeld()).toBe(true);
    expect(lost).toBe(0);
    await lease.release();
    const next = await acquireLease(reader, { name: `place-${suffix}`, onLost: () => undefined });
    expect(next.epoch).toBeGreaterThan(lease.epoch);
    await next.release();

    for (const [contactId, list] of writers.stored) {
      const facts = await readFacts(bus, { tenant, key: contactId, domains: ['contact'] });
      expect(facts.map(({ id }) => id)).toEqual(list);
    }
    await eventually('the consumer has them all', () => [...writers.stored].every(([contactId, list]) => new Set(seen.get(contactId)).size === list.length), 30_000);
    // At least once: a fact may come again, but the first time of each is in order.
    for (const [contactId, list] of writers.stored) expect([...new Set(seen.get(contactId))]).toEqual(list);
    await cluster.restart(victim);
    await untilWhole();
  }, 180_000);
});

const unused = async () => {
  throw new AppError('TEST_UNUSED', { status: 'unimplemented', meaning: 'unused', remedy: '' });
};
const unserved = { acceptOffer: unused, rejectOffer: unused, failOffer: unused, extendWrapUp: unused, closeAssignment: unused, parkContact: unused, resumeContact: unused, listQueues: unused, listWaiting: unused, listPromises: unused, explainOffer: unused, explainWaiting: unused, async *watchQueues() {} };

describe('while the cluster cannot decide', () => {
  /** Stops two of three servers. @returns what lets them go on */
  function stopMost(): () => void {
    const [, ...others] = cluster.members;
    for (const { pid } of others) process.kill(pid, 'SIGSTOP');
    const wake = () => others.forEach(({ pid }) => process.kill(pid, 'SIGCONT'));
    cleanups.push(wake);
    return wake;
  }

  test('an append goes on until it can be stored, once, or until its writer has lost the lease', async () => {
    await untilWhole();
    const [writer, deposed] = [await service('waiting', cluster.members[0]?.url), await service('deposed', cluster.members[0]?.url)];
    const [contactId, other] = [ids.next(), ids.next()];
    const wake = stopMost();
    let tries = 0;
    const stored = appendFacts(writer, [connected(contactId), connected(contactId)], { timeoutMs: 60_000, isWanted: () => (tries += 1) > 0 });
    await expect(appendFacts(deposed, [connected(other)], { timeoutMs: 60_000, isWanted: () => false })).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    await eventually('a second try', () => tries > 1);
    wake();
    const [first, second] = await stored;
    expect((second?.sequence ?? 0) - (first?.sequence ?? 0)).toBe(1);
    expect(await readFacts(bus, { tenant, key: contactId, domains: ['contact'] })).toHaveLength(2);
  }, 90_000);

  test('a service that starts waits until it can, and then has streams and consumers', async () => {
    await untilWhole();
    const starting = await service('starting', cluster.members[0]?.url);
    const wake = stopMost();
    let isReady = false;
    const started = (async () => {
      await ensureTopology(starting);
      const consumption = await consumeFacts(starting, { domains: ['contact'], startAt: 'new', handle: () => Promise.resolve() });
      isReady = true;
      return consumption;
    })();
    // As long as one request of the client's may take: no service outlived it before.
    const ask = () => starting.jsm.streams.update(streams.commands.name, {}).then(
      () => 'answered',
      () => 'unanswered',
    );
    expect(await ask()).toBe('unanswered');
    expect(isReady).toBe(false);
    wake();
    await (await started).stop();
  }, 90_000);
});

describe('a reader at a server that does not lead', () => {
  /** A writer at the servers that lead, and a reader at one that follows: direct gets there are now and then behind. */
  async function apart() {
    await untilWhole();
    const leaders = new Set([await leaderOf(streams.events.name), await leaderOf(kvStream('desk-state')), await leaderOf(objectStream('recordings'))]);
    const follower = [0, 1, 2].find((index) => !leaders.has(index)) ?? ([...leaders][0] as number);
    const urls = cluster.members.map((member) => member.url);
    return { writer: await service('apart-writer', urls.filter((_, index) => index !== follower).join(',')), reader: await service('apart-reader', urls[follower]) };
  }

  test('sees every fact and every key that was acknowledged before it asked', async () => {
    const { writer, reader } = await apart();
    const [written, read] = [await openKv(writer, 'desk-state'), await openKv(reader, 'desk-state')];
    const contactId = ids.next();
    const stored: string[] = [];
    for (let round = 0; round < 150; round += 1) {
      const id = ids.next();
      stored.push(id);
      await appendFacts(writer, [connected(contactId, { id })]);
      const facts = await readFacts(reader, { tenant, key: contactId, domains: ['contact'] });
      expect(facts.map((fact) => fact.id)).toEqual(stored);
      await written.put(contactId, Buffer.from(id));
      expect(Buffer.from((await read.get(contactId))?.value ?? []).toString()).toBe(id);
    }
  }, 60_000);

  test('replays, mirrors, lists and fetches all that was acknowledged before it asked', async () => {
    const { writer, reader } = await apart();
    const [written, read] = [await openKv(writer, 'desk-state'), await openKv(reader, 'desk-state')];
    const [writtenObjects, readObjects] = [await openObjects(writer, 'recordings'), await openObjects(reader, 'recordings')];
    const place = `apart-${ids.next()}`;
    const stored: string[] = [];
    const keys: string[] = [];
    for (let round = 0; round < 40; round += 1) {
      const id = ids.next();
      stored.push(id);
      await appendFacts(writer, [newFact(ContactConnected, { tenant: place, key: id, id, event: { contactId: id, assignmentId: 'a', agentId: '1001' } })]);
      const replayed: string[] = [];
      for await (const fact of replayFacts(reader, { tenant: place, domains: ['contact'] })) replayed.push(fact.id);
      expect(replayed).toEqual(stored);

      keys.push(`${place}.${id}`);
      await written.put(`${place}.${id}`, Buffer.from(id));
      expect(await read.keys(place)).toEqual([...keys].sort());
      await written.put(`${place}.${id}`, Buffer.from(`${id} again`));
      const mirror = await mirrorKv(reader, { bucket: 'desk-state', prefix: place, decode: (bytes) => Buffer.from(bytes).toString() });
      expect(mirror.get(`${place}.${id}`)).toBe(`${id} again`);
      mirror.stop();

      const bytes = Buffer.alloc(300_000, id);
      await writtenObjects.put(place, bytes, { mime: 'audio/wav' });
      expect(Buffer.compare(await readObjects.get(place), bytes)).toBe(0);
    }
  }, 60_000);
});
