import { createBusJournal } from '@patchbay/routing/adapters/bus-journal';
import { toAgentPolicy } from '@patchbay/routing/domain/agent-policy';
import { createCentre } from '@patchbay/routing/domain/centre';
import { toQueuePolicy } from '@patchbay/routing/domain/queue-policy';
import { applyAgent, applyQueue, takeInput } from '@patchbay/routing/domain/perform';
import type { RoutingInput } from '@patchbay/routing/domain/inputs';
import { createRoutingState, defaultRules } from '@patchbay/routing/domain/state';
import { createLastSequences } from '@patchbay/routing/last-sequences';
import { createWriter, type Writer } from '@patchbay/routing/writer';
import { AgentState, ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { RoutingRequested } from '@patchbay/contracts/contact/v1/contact_event';
import { Agent, Queue, WrapUpMode } from '@patchbay/contracts/directory/v1/resource';
import { connectTestBus } from '@patchbay/testkit/bus';
import { startNats } from '@patchbay/testkit/real-nats';
import { percentile } from './measure.ts';

const agentCount = 400;
const contactCount = 10_000;
const inFlight = 300;

/** One routing domain with its facts on a real NATS: whole contacts a second, and the time from request to stored offer. */
export async function bench(emit: (row: Record<string, unknown>) => void): Promise<void> {
  const nats = await startNats();
  const bus = await connectTestBus(nats.url, 'routing');
  const state = createRoutingState(createCentre('main', 'Asia/Shanghai'), { ...defaultRules, leaseMs: 3_600_000 });
  applyQueue(state, 'sales', toQueuePolicy('sales', Queue.fromPartial({ offerTimeoutSeconds: 120, wrapUp: { mode: WrapUpMode.NONE } })));
  const offered = new Map<string, (offer: { offerId: string; agentId: string }) => void>();
  const batches: number[] = [];
  const writer = createWriter({
    state,
    sequences: createLastSequences(),
    lastSequence: 0,
    journal: createBusJournal(bus, { tenant: 'bench', timeoutMs: 10_000 }),
    epoch: 1n,
    isHeld: () => true,
    nowMs: () => Date.now(),
    setTimer: (delayMs, callback) => bus.clock.setTimer(delayMs, callback),
    newId: () => bus.ids.next(),
    onBroken: (error) => {
      throw error;
    },
    onCommitted(_changes, facts) {
      batches.push(facts.length);
      for (const fact of facts) if (fact.type === 'patchbay.routing.v1.ContactOffered') offered.get(fact.event.contactId)?.(fact.event);
    },
  });
  for (let number = 0; number < agentCount; number += 1) {
    const agentId = `a${String(number)}`;
    applyAgent(state, agentId, toAgentPolicy(agentId, Agent.fromPartial({ capacity: { webchat: 1 } }), ['sales']), Date.now());
    await give(writer, { kind: 'SignIn', request: { agentId, device: 'web' } });
    await give(writer, { kind: 'SetState', request: { agentId, state: AgentState.READY, reason: '' }, by: ChangedBy.AGENT });
  }
  const waits: number[] = [];
  async function live(): Promise<void> {
    const contactId = bus.ids.next();
    const offer = new Promise<{ offerId: string; agentId: string }>((resolve) => offered.set(contactId, resolve));
    const askedMs = performance.now();
    const event = RoutingRequested.fromPartial({ contactId, requestId: `${contactId}-r`, queue: 'sales', channel: 'webchat' });
    await give(writer, { kind: 'RoutingRequested', event, timeMs: Date.now() });
    const { offerId, agentId } = await offer;
    offered.delete(contactId);
    waits.push(performance.now() - askedMs);
    await give(writer, { kind: 'AcceptOffer', request: { contactId, offerId, agentId } });
    await give(writer, { kind: 'ContactEnded', event: { contactId, by: Party.AGENT, reason: EndReason.AGENT_ENDED, code: '' } });
  }
  batches.length = 0;
  const startedMs = performance.now();
  let begun = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (begun < contactCount) {
        begun += 1;
        await live();
      }
    }),
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  waits.sort((left, right) => left - right);
  const facts = batches.reduce((sum, count) => sum + count, 0);
  emit({
    measure: 'whole contacts, stored',
    agents: agentCount,
    contacts: contactCount,
    inFlight,
    contactsPerSecond: Math.round(contactCount / seconds),
    factsPerSecond: Math.round(facts / seconds),
    factsPerCommit: Math.round(facts / batches.length),
    requestToOfferP50Ms: percentile(waits, 0.5),
    requestToOfferP99Ms: percentile(waits, 0.99),
  });
  await writer.stop();
  await bus.drain();
  await nats.stop();
}

function give(writer: Writer, input: RoutingInput): Promise<unknown> {
  return writer.submit((state, context) => ({ facts: takeInput(state, input, context).facts, answer: undefined }));
}
