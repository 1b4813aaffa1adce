import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
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
import { ContactOffered } from '@patchbay/contracts/routing/v1/routing_event';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import { startReplica } from '../support/faults/replica.ts';
import { startCrowd } from '../support/faults/robot-crowd.ts';
import { agentResource, putResources, queueResource, tenantResource, wrapUp } from '../support/robot-centre.ts';
import { hundredth, percentile, tenth } from './measure.ts';
import { cpuMsOf, machineCpuMs } from './process-cpu.ts';

type Emit = (row: Record<string, unknown>) => void;

const agentCount = 400;
const contactCount = 20_000;
const inFlight = 300;
/** Facts of a commit of the writer, about. */
const factsPerBatch = 345;
const batchCount = 200;

/** What was spent since the last time. */
interface Spent {
  readonly seconds: number;
  /** CPU milliseconds by process. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** Cores that processes of others kept busy meanwhile: what this machine could not give. */
  readonly othersCores: number;
}

/** Takes the time, and the CPU time of these processes. Each call tells what was spent since the one before. */
function startMeter(pids: Readonly<Record<string, number>>): () => Spent {
  const read = () => ({ atMs: performance.now(), machineMs: machineCpuMs(), cpuMs: Object.entries(pids).map(([name, pid]) => [name, cpuMsOf(pid)] as const) });
  let before = read();
  return () => {
    const now = read();
    const spent = now.cpuMs.map(([name, ms], index) => [name, ms - (before.cpuMs[index]?.[1] ?? 0)] as const);
    const wallMs = now.atMs - before.atMs;
    const othersMs = now.machineMs - before.machineMs - spent.reduce((sum, [, ms]) => sum + ms, 0);
    before = now;
    return { seconds: wallMs / 1_000, cpuMs: Object.fromEntries(spent), othersCores: hundredth(Math.max(0, othersMs) / wallMs) };
  };
}

/** Facts that nobody decided, in atomic batches one after the other: what the server alone would let a writer write. */
async function bareBatches(bus: BusConnection, take: () => Spent, emit: Emit): Promise<number> {
  const fact = () => {
    const [contactId, offerId] = [bus.ids.next(), bus.ids.next()];
    const event = ContactOffered.fromPartial({ contactId, offerId, requestId: `${contactId}-r`, agentId: 'a1', channel: 'webchat', queue: 'sales', expiresAt: new Date(), epoch: 1n });
    return newFact(ContactOffered, { tenant: 'bare', key: contactId, event, epoch: 1n, expectedSequence: 0 });
  };
  take();
  for (let batch = 0; batch < batchCount; batch += 1) await appendFacts(bus, Array.from({ length: factsPerBatch }, fact));
  const { seconds, cpuMs, othersCores } = take();
  const facts = batchCount * factsPerBatch;
  const factsPerSecond = Math.round(facts / seconds);
  emit({ measure: 'bare batches, nothing decided', factsPerBatch, factsPerSecond, cpuUsAFact: tenth((1_000 * (cpuMs['writer'] ?? 0)) / facts), natsCpuUsAFact: tenth((1_000 * (cpuMs['nats'] ?? 0)) / facts), othersCores });
  return factsPerSecond;
}

/** The writer of one domain in this process: whole contacts a second with every fact stored. */
async function wholeContacts(bus: BusConnection, take: () => Spent, emit: Emit, barePerSecond: number): Promise<void> {
  const state = createRoutingState(createCentre('main', 'Asia/Shanghai'), { ...defaultRules, leaseMs: 3_600_000 });
  applyQueue(state, 'sales', toQueuePolicy('sales', Queue.fromPartial({ offerTimeoutSeconds: 120, wrapUp: { mode: WrapUpMode.NONE } })));
  const offered = new Map<string, (offer: { offerId: string; agentId: string }) => void>();
  const batches: number[] = [];
  const writer = createWriter({
    state,
    sequences: createLastSequences(),
    lastSequence: 0,
    journal: createBusJournal(bus, { tenant: 'bench' }),
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
  async function live(): Promise<void> {
    const contactId = bus.ids.next();
    const offer = new Promise<{ offerId: string; agentId: string }>((resolve) => offered.set(contactId, resolve));
    const event = RoutingRequested.fromPartial({ contactId, requestId: `${contactId}-r`, queue: 'sales', channel: 'webchat' });
    await give(writer, { kind: 'RoutingRequested', event, timeMs: Date.now() });
    const { offerId, agentId } = await offer;
    offered.delete(contactId);
    await give(writer, { kind: 'AcceptOffer', request: { contactId, offerId, agentId } });
    await give(writer, { kind: 'ContactEnded', event: { contactId, by: Party.AGENT, reason: EndReason.AGENT_ENDED, code: '' } });
  }
  batches.length = 0;
  take();
  let begun = 0;
  const lane = async () => {
    while (begun < contactCount) {
      begun += 1;
      await live();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const { seconds, cpuMs, othersCores } = take();
  const facts = batches.reduce((sum, count) => sum + count, 0);
  emit({
    measure: 'whole contacts, stored',
    agents: agentCount,
    contacts: contactCount,
    inFlight,
    contactsPerSecond: Math.round(contactCount / seconds),
    factsAContact: tenth(facts / contactCount),
    factsPerSecond: Math.round(facts / seconds),
    ratioToBare: hundredth(facts / seconds / barePerSecond),
    factsPerCommit: Math.round(facts / batches.length),
    commitsPerSecond: Math.round(batches.length / seconds),
    cpuMsAContact: hundredth((cpuMs['writer'] ?? 0) / contactCount),
    natsCpuMsAContact: hundredth((cpuMs['nats'] ?? 0) / contactCount),
    contactsPerCpuSecond: Math.round((1_000 * contactCount) / (cpuMs['writer'] ?? 0)),
    contactsPerNatsCpuSecond: Math.round((1_000 * contactCount) / (cpuMs['nats'] ?? 0)),
    othersCores,
  });
  await writer.stop();
}

const perSecond = 500;
/** An agent has one open offer at a time: so many that nobody waits for one, even when robots are slow to accept. */
const steadyAgents = 400;
const warmUpMs = 5_000;
const measureMs = 20_000;

/**
 * Routing as a process of its own: contacts come by chance at a steady rate, whatever became of those before, and agents
 * accept over RPC. The clock runs from when the customer was due, before the channel stores the request, to when a
 * subscriber has the offer.
 */
async function arrivalToOffer(nats: TestNats, bus: BusConnection, emit: Emit): Promise<void> {
  const tenant = 'steady';
  const agents = Array.from({ length: steadyAgents }, (_, index) => `a${String(index + 1)}`);
  await putResources(bus, tenant, [queueResource('sales', { wrapUp: wrapUp(WrapUpMode.NONE) }), ...agents.map((id) => agentResource(id, ['sales'], { webchat: 25 })), tenantResource(tenant)]);
  const routing = startReplica({ natsUrl: nats.url, copies: 1 });
  await eventually('a writer', () => routing.epoch() > 0);
  const crowd = startCrowd(bus, { tenant, agents, perSecond, mostOpen: perSecond * 20 });
  const take = startMeter({ nats: nats.pid, routing: routing.pid, robots: process.pid });
  try {
    await eventually('contacts to end', () => crowd.ended() > perSecond, 30_000);
    await new Promise((resolve) => setTimeout(resolve, warmUpMs));
    crowd.takeWaits();
    take();
    const before = crowd.acknowledged.length;
    await new Promise((resolve) => setTimeout(resolve, measureMs));
    const { seconds, cpuMs, othersCores } = take();
    const waits = crowd.takeWaits();
    const contacts = crowd.acknowledged.length - before;
    emit({
      measure: 'arrival to offer, routing as a process',
      askedPerSecond: perSecond,
      contactsPerSecond: Math.round(contacts / seconds),
      open: crowd.acknowledged.length - crowd.ended(),
      p50Ms: percentile(waits, 0.5),
      p99Ms: percentile(waits, 0.99),
      ...Object.fromEntries(Object.entries(cpuMs).map(([name, ms]) => [`${name}CpuMsAContact`, hundredth(ms / contacts)])),
      othersCores,
    });
  } catch (error) {
    emit({ measure: 'what routing said last', warnings: routing.warnings.slice(-5) });
    throw error;
  } finally {
    await crowd.stop();
    await routing.kill();
  }
}

/** One routing domain with its facts on a real NATS server: whole contacts a second, and the time from arrival to offer. */
export async function bench(emit: Emit): Promise<void> {
  const nats = await startNats();
  const bus = await connectTestBus(nats.url, 'routing');
  const take = startMeter({ nats: nats.pid, writer: process.pid });
  const barePerSecond = await bareBatches(bus, take, emit);
  await wholeContacts(bus, take, emit, barePerSecond);
  await bus.drain();
  const robots = await connectTestBus(nats.url, 'robots');
  await arrivalToOffer(nats, robots, emit);
  await robots.drain();
  await nats.stop();
}

function give(writer: Writer, input: RoutingInput): Promise<unknown> {
  return writer.submit((state, context) => ({ facts: takeInput(state, input, context).facts, answer: undefined }));
}
