import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { consumeFacts } from '@patchbay/bus/consume-facts';
import type { AnyFact } from '@patchbay/bus/fact';
import { replayFacts } from '@patchbay/bus/replay-facts';
import { partitionOf } from '@patchbay/bus/subjects';
import { AgentSignedOut } from '@patchbay/contracts/agent/v1/agent_event';
import { ContactConnected } from '@patchbay/contracts/contact/v1/contact_event';
import { ContactAssigned } from '@patchbay/contracts/routing/v1/routing_event';
import { createIdSource } from '@patchbay/runtime/ids';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';

const ids = createIdSource();
let nats: TestNats;
let bus: BusConnection;

beforeAll(async () => {
  nats = await startNats();
  bus = await connectTestBus(nats.url, 'routing');
});
afterAll(async () => {
  await bus.drain();
  await nats.stop();
});

const assigned = (tenant: string, contactId: string) => newFact(ContactAssigned, { tenant, key: contactId, event: ContactAssigned.fromPartial({ contactId }) });
const signedOut = (tenant: string, agentId: string) => newFact(AgentSignedOut, { tenant, key: agentId, event: { agentId, by: 1, actor: '', reason: '' } });
const connected = (tenant: string, contactId: string) => newFact(ContactConnected, { tenant, key: contactId, event: { contactId, assignmentId: 'a', agentId: 'b' } });

async function replayed(tenant: string, fromSequence?: number): Promise<AnyFact[]> {
  const facts: AnyFact[] = [];
  for await (const fact of replayFacts(bus, { tenant, domains: ['routing', 'agent'], ...(fromSequence === undefined ? {} : { fromSequence }) })) facts.push(fact);
  return facts;
}

test('whole domains of one tenant are replayed in stream order, up to the end, from any place', async () => {
  expect(await replayed('empty')).toEqual([]);
  for (let round = 0; round < 4; round += 1) {
    await appendFacts(bus, Array.from({ length: 150 }, (_, index) => [assigned('mine', ids.next()), signedOut('mine', `agent-${String(index)}`), assigned('other', ids.next()), connected('mine', ids.next())]).flat());
  }
  const facts = await replayed('mine');
  expect(facts).toHaveLength(1_200);
  expect(facts.map((fact) => fact.type.split('.').at(-1)).slice(0, 4)).toEqual(['ContactAssigned', 'AgentSignedOut', 'ContactAssigned', 'AgentSignedOut']);
  expect(facts.every((fact, index) => index === 0 || fact.sequence > (facts[index - 1]?.sequence ?? 0))).toBe(true);
  expect(await replayed('mine', (facts[1_000]?.sequence ?? 0) + 1)).toHaveLength(199);
  expect(await replayed('mine', (facts.at(-1)?.sequence ?? 0) + 1)).toEqual([]);
});

test('a writer that lost its place lets go of the fact in hand, which goes to the next one; facts of other tenants do not come', async () => {
  const contactId = ids.next();
  const lost = new AbortController();
  const held: string[] = [];
  const first = await consumeFacts(bus, {
    consumer: 'place',
    tenant: 'place',
    domains: ['contact'],
    signal: lost.signal,
    async handle(fact) {
      held.push(fact.key);
      await new Promise(() => undefined);
    },
  });
  await appendFacts(bus, [connected('elsewhere', ids.next())]);
  await appendFacts(bus, [connected('place', contactId)]);
  await eventually('the fact in hand', () => held.length === 1);
  lost.abort(new Error('lease lost'));
  await first.stop();
  const next: string[] = [];
  const second = await consumeFacts(bus, { consumer: 'place', tenant: 'place', domains: ['contact'], handle: async (fact) => void next.push(fact.key) });
  await eventually('the next writer has it', () => next.length === 1);
  expect(next).toEqual([contactId]);
  expect(held).toEqual([contactId]);
  await second.stop();
});

test('a new writer takes the fact that a stopped one has in hand, and what follows, at once', async () => {
  const contactId = ids.next();
  const options = { consumer: 'seized', tenant: 'seized', domains: ['contact'] as const };
  const held: string[] = [];
  const lost = new AbortController();
  // It gives signs of life for what it has in hand, so that the server would never hand it over to anybody else.
  const stopped = await consumeFacts(bus, {
    ...options,
    signal: lost.signal,
    seize: true,
    async handle(fact) {
      held.push(fact.id);
      await new Promise(() => undefined);
    },
  });
  await appendFacts(bus, [connected('elsewhere', ids.next())]);
  await appendFacts(bus, [connected('seized', contactId)]);
  await eventually('the fact in hand', () => held.length === 1);
  await appendFacts(bus, [connected('elsewhere', ids.next())]);
  await appendFacts(bus, [connected('seized', contactId)]);
  const next: string[] = [];
  const startedMs = performance.now();
  const second = await consumeFacts(bus, { ...options, seize: true, handle: async (fact) => void next.push(fact.id) });
  await eventually('both', () => next.length === 2);
  // The server's own ways take four seconds: the pin's time-out, and ack_wait.
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  expect(next[0]).toBe(held[0]);
  expect(held).toHaveLength(1);
  lost.abort(new Error('lease lost'));
  await Promise.all([stopped.stop(), second.stop()]);
});

test('with several facts in flight each contact’s come in order, others side by side, and the next writer begins with what was left', async () => {
  const options = { consumer: 'window', tenant: 'window', domains: ['contact'] as const, inFlight: 8, seize: true };
  const partition = partitionOf('slow');
  const key = (name: string) => Array.from({ length: 200 }, (_, index) => `${name}${String(index)}`).find((one) => partitionOf(one) === partition) ?? '';
  const [quick, later] = [key('quick'), key('later')];
  const lost = new AbortController();
  const seen: string[] = [];
  const first = await consumeFacts(bus, {
    ...options,
    signal: lost.signal,
    async handle(fact) {
      seen.push(fact.key);
      if (fact.key === 'slow') await new Promise(() => undefined);
    },
  });
  await appendFacts(bus, [connected('window', 'slow'), connected('window', 'slow'), connected('window', quick)]);
  await eventually('the quick one to be handled beside the slow one', () => seen.includes(quick));
  expect(seen).toEqual(['slow', quick]);
  await appendFacts(bus, [connected('window', later)]);
  await eventually('the later one', () => seen.includes(later));
  const left: number[] = [];
  const second = await consumeFacts(bus, { ...options, handle: async (fact) => void (fact.key === 'slow' && left.push(fact.sequence)) });
  await eventually('what was left', () => left.length === 2);
  expect(left[0]).toBeLessThan(left[1] ?? 0);
  lost.abort(new Error('lease lost'));
  await Promise.all([first.stop(), second.stop()]);
});
