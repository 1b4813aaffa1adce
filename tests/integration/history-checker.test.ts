import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFacts, newFact, type NewFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { replayFacts } from '@patchbay/bus/replay-facts';
import { AgentSlotChanged, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { RoutingRequested } from '@patchbay/contracts/contact/v1/contact_event';
import { AssignmentClosed, ContactAbandoned, ContactAssigned, ContactOffered, ContactQueued, OfferMissed } from '@patchbay/contracts/routing/v1/routing_event';
import { createIdSource } from '@patchbay/runtime/ids';
import { connectTestBus } from '@patchbay/testkit/bus';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import { checkHistory } from '../support/check-history.ts';
import { HistoryCheck } from '../support/history-check.ts';

const ids = createIdSource();
let nats: TestNats;
let bus: BusConnection;

beforeAll(async () => {
  nats = await startNats();
  bus = await connectTestBus(nats.url);
});
afterAll(async () => {
  await bus.drain();
  await nats.stop();
});

const startMs = Date.parse('2026-03-02T10:00:00+08:00');

/** Facts of a tenant as its writers would have written them, one second apart. */
function storyOf(tenant: string) {
  let nowMs = startMs;
  const envelope = (key: string, epoch?: bigint) => ({ tenant, key, epoch, timeMs: (nowMs += 1_000) });
  const requestId = (contactId: string) => `${contactId}-r`;
  return {
    asked: (contactId: string) => newFact(RoutingRequested, { ...envelope(contactId), event: RoutingRequested.fromPartial({ contactId, requestId: requestId(contactId), queue: 'sales' }) }),
    queued: (contactId: string, epoch: bigint, second = 0) =>
      newFact(ContactQueued, { ...envelope(contactId, epoch), event: ContactQueued.fromPartial({ contactId, requestId: requestId(contactId), queue: 'sales', enqueuedAt: new Date(startMs + second * 1_000) }) }),
    offered: (contactId: string, agentId: string, epoch: bigint) => newFact(ContactOffered, { ...envelope(contactId, epoch), event: ContactOffered.fromPartial({ contactId, requestId: requestId(contactId), offerId: `${contactId}-${agentId}`, agentId }) }),
    missed: (contactId: string, agentId: string, epoch: bigint) => newFact(OfferMissed, { ...envelope(contactId, epoch), event: { contactId, offerId: `${contactId}-${agentId}`, agentId, retryAgentAt: new Date(nowMs + 60_000) } }),
    assigned: (contactId: string, agentId: string, epoch: bigint) =>
      newFact(ContactAssigned, { ...envelope(contactId, epoch), event: ContactAssigned.fromPartial({ contactId, requestId: requestId(contactId), offerId: `${contactId}-${agentId}`, assignmentId: `${contactId}-${agentId}-a`, agentId }) }),
    closed: (contactId: string, agentId: string, epoch: bigint) => newFact(AssignmentClosed, { ...envelope(contactId, epoch), event: AssignmentClosed.fromPartial({ contactId, assignmentId: `${contactId}-${agentId}-a`, agentId, disposition: 'done' }) }),
    abandoned: (contactId: string, epoch: bigint) => newFact(ContactAbandoned, { ...envelope(contactId, epoch), event: ContactAbandoned.fromPartial({ contactId, requestId: requestId(contactId), queue: 'sales' }) }),
    slot: (agentId: string, slot: string, state: SlotState, epoch: bigint) => newFact(AgentSlotChanged, { ...envelope(agentId, epoch), event: AgentSlotChanged.fromPartial({ agentId, slot, state }) }),
  };
}
type Story = ReturnType<typeof storyOf>;

/** Stores a history. */
async function store(tell: (story: Story) => NewFact[], lost: readonly string[] = []) {
  const tenant = `t-${ids.next()}`;
  const acknowledged = lost.map((contactId) => ({ contactId, sequence: 1 }));
  for (const fact of tell(storyOf(tenant))) {
    const [appended] = await appendFacts(bus, [fact]);
    if (fact.type === 'patchbay.contact.v1.RoutingRequested') acknowledged.push({ contactId: fact.key, sequence: appended?.sequence ?? 0 });
  }
  return { tenant, expected: { capacity: { anna: 1, bo: 2 }, acknowledged } };
}

/** Lets the program judge a history. */
async function programsVerdict(tell: (story: Story) => NewFact[]) {
  const { tenant, expected } = await store(tell);
  return checkHistory({ natsUrl: nats.url, tenant, ...expected });
}

/** One contact from request to end. */
const whole = (s: Story, contactId: string, agentId: string, epoch: bigint) => [s.asked(contactId), s.queued(contactId, epoch), s.offered(contactId, agentId, epoch), s.assigned(contactId, agentId, epoch), s.closed(contactId, agentId, epoch)];

describe('the checker of histories', () => {
  test('finds nothing wrong with one that is right: a miss, a fail-over, an abandoned contact', async () => {
    const verdict = await programsVerdict((s) => [
      ...whole(s, 'c1', 'anna', 3n),
      s.asked('c2'),
      s.queued('c2', 3n, 1),
      s.offered('c2', 'anna', 3n),
      s.missed('c2', 'anna', 3n),
      s.queued('c2', 3n, 1),
      s.asked('c3'),
      s.queued('c3', 3n, 2),
      // Anna has just missed the earlier one, so the later one is hers.
      s.offered('c3', 'anna', 3n),
      s.offered('c2', 'bo', 9n),
      s.assigned('c2', 'bo', 9n),
      s.missed('c3', 'anna', 9n),
      s.abandoned('c3', 9n),
      s.closed('c2', 'bo', 9n),
    ]);
    expect(verdict.faults).toEqual([]);
    expect(verdict).toMatchObject({ exitCode: 0, facts: 18, contacts: 3, ends: { closed: 2, abandoned: 1 }, failOvers: [{ fromEpoch: '3', toEpoch: '9', gapMs: 1_000 }] });
  });

  const broken: [string, (s: Story) => NewFact[], RegExp][] = [
    ['a request that was acknowledged is not in the stream', (s) => whole(s, 'c1', 'anna', 1n), /c9: was acknowledged at 1 and is lost/],
    ['a contact has not ended', (s) => whole(s, 'c1', 'anna', 1n).slice(0, -1), /c1: has not ended \(agent\)/],
    ['a contact was never routed', (s) => [s.asked('c1')], /c1: has not ended \(asked\)/],
    ['a contact ended twice', (s) => [...whole(s, 'c1', 'anna', 1n), s.abandoned('c1', 1n)], /c1: ended 2 times \(closed, abandoned\)/],
    ['a contact is routed on after its end', (s) => [...whole(s, 'c1', 'anna', 1n), s.queued('c1', 1n)], /ContactQueued at \d+ comes while the contact is at end/],
    ['two agents have one contact', (s) => [...whole(s, 'c1', 'anna', 1n).slice(0, -1), s.assigned('c1', 'bo', 1n), s.closed('c1', 'bo', 1n)], /is the second: anna has the contact/],
    ['a contact rings at two agents', (s) => [...whole(s, 'c1', 'anna', 1n).slice(0, 3), s.offered('c1', 'bo', 1n), s.assigned('c1', 'bo', 1n), s.closed('c1', 'bo', 1n)], /comes while the contact is at offer/],
    ['an agent has more than it may', (s) => [s.asked('c1'), s.queued('c1', 1n, 1), s.offered('c1', 'anna', 1n), s.asked('c2'), s.queued('c2', 1n, 2), s.offered('c2', 'anna', 1n), ...['c1', 'c2'].flatMap((c) => [s.assigned(c, 'anna', 1n), s.closed(c, 'anna', 1n)])], /gives anna 2 contacts of 1/],
    ['an agent fills more slots than it has', (s) => [s.slot('anna', 'webchat.1', SlotState.RESERVED, 1n), s.slot('anna', 'webchat.2', SlotState.RESERVED, 1n)], /anna: AgentSlotChanged at \d+ fills 2 slots/],
    ['who came later is served first', (s) => [s.asked('c1'), s.queued('c1', 1n, 1), s.asked('c2'), s.queued('c2', 1n, 5), ...['c2', 'c1'].flatMap((c) => [s.offered(c, 'bo', 1n), s.assigned(c, 'bo', 1n), s.closed(c, 'bo', 1n)])], /passes over c1, who came 4000 ms earlier/],
    ['a contact loses its age', (s) => [s.asked('c1'), s.queued('c1', 1n, 1), s.queued('c1', 1n, 9), s.offered('c1', 'bo', 1n), s.assigned('c1', 'bo', 1n), s.closed('c1', 'bo', 1n)], /lost 8000 ms of its age/],
    ['a deposed writer wrote after its successor', (s) => [...whole(s, 'c1', 'anna', 1n), ...whole(s, 'c2', 'anna', 2n), s.slot('bo', 'webchat.1', SlotState.RESERVED, 1n)], /bo: AgentSlotChanged at \d+ is of a deposed writer/],
    ['a fact tells no writer', (s) => [...whole(s, 'c1', 'anna', 1n), { ...s.slot('bo', 'webchat.1', SlotState.RESERVED, 1n), epoch: undefined }], /tells no epoch/],
  ];
  test.each(broken)('says so when %s', async (what, tell, fault) => {
    const { tenant, expected } = await store(tell, what.startsWith('a request that was acknowledged') ? ['c9'] : []);
    const check = new HistoryCheck(expected);
    for await (const story of replayFacts(bus, { tenant, domains: ['contact', 'routing', 'agent'] })) check.take(story);
    const { faults } = check.verdict();
    expect(faults.join('\n')).toMatch(fault);
    expect(faults.length).toBeLessThanOrEqual(2);
  });

  test('ends with 1 when something is wrong', async () => {
    const verdict = await programsVerdict((s) => whole(s, 'c1', 'anna', 1n).slice(0, -1));
    expect(verdict).toMatchObject({ exitCode: 1, faults: ['c1: has not ended (agent)'] });
  });
});
