import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Actor } from '@patchbay/bus/actor';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import type { AnyFact } from '@patchbay/bus/fact';
import { openKv } from '@patchbay/bus/kv';
import { replayFacts } from '@patchbay/bus/replay-facts';
import { createRpcClient, type RpcClient } from '@patchbay/bus/rpc-client';
import { AgentSignedOut, AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { AgentServiceDefinition, type AgentStatus } from '@patchbay/contracts/agent/v1/agent_service';
import { EndReason } from '@patchbay/contracts/contact/v1/contact';
import { ContactStarted } from '@patchbay/contracts/contact/v1/contact_event';
import { Role, RoutingPlan, SurgeActionKind, SurgePlan, WrapUpMode, type Resource } from '@patchbay/contracts/directory/v1/resource';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { SurgeServiceDefinition } from '@patchbay/contracts/routing/v1/surge_service';
import type { RoutingFact } from '@patchbay/routing/domain/facts';
import { FactChecker } from '@patchbay/routing/domain/testing/fact-checker';
import { startRouting } from '@patchbay/routing/service';
import { createReadiness } from '@patchbay/runtime/health-server';
import { createIdSource } from '@patchbay/runtime/ids';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import { agentActor, agentResource, createRobotChannel, gatherFacts, putResources, queueResource, startRobotAgent, tenantResource, wrapUp } from '../support/robot-centre.ts';

const ids = createIdSource();
const root = join(import.meta.dirname, '../..');
const lead: Actor = { subject: 'user:lead', kind: 'user', roles: [Role.TEAM_LEAD] };
const manager: Actor = { subject: 'user:manager', kind: 'user', roles: [Role.MANAGER] };
const cleanups: (() => Promise<unknown> | void)[] = [];

let nats: TestNats;
let bus: BusConnection;
let agents: RpcClient<typeof AgentServiceDefinition>;
let routing: RpcClient<typeof RoutingServiceDefinition>;

beforeAll(async () => {
  nats = await startNats();
  bus = await connectTestBus(nats.url, 'test');
  agents = createRpcClient(bus, AgentServiceDefinition);
  routing = createRpcClient(bus, RoutingServiceDefinition);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(async () => {
  await bus.drain();
  await nats.stop();
});

const [queue, agent] = [queueResource, agentResource];

/** A tenant of its own for each test, so that tests do not meet. */
async function centre(tenant: string, resources: Resource[]): Promise<string> {
  await putResources(bus, tenant, [...resources, tenantResource(tenant)]);
  cleanups.push(async () => {
    await (await openKv(bus, 'directory')).delete(`${tenant}.Tenant.${tenant}`);
  });
  return tenant;
}

async function startHere(settings: { agentLeaseMs?: number } = {}): Promise<void> {
  const config = { natsUrl: nats.url, replicas: 1, writerLeaseMs: 2_000, agentLeaseMs: 9_000, lostGraceMs: 60_000, snapshotEveryMs: 1_000, ...settings };
  const service = await startRouting(config, { name: 'routing', log: silentLogger, metrics: createMetrics('routing'), readiness: createReadiness() });
  cleanups.push(() => service.stop());
}

function startProcess(): ChildProcess {
  const child = spawn(process.execPath, [join(root, 'services/routing/src/main.ts')], {
    env: { ...process.env, NATS_URL: nats.url, PATCHBAY_ROUTING_LEASE_MS: '2000', PATCHBAY_ROUTING_SNAPSHOT_MS: '1000', PATCHBAY_HEALTH_PORT: '0', PATCHBAY_LOG_LEVEL: process.env['PATCHBAY_LOG_LEVEL'] ?? 'warn' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  cleanups.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

async function ready(tenant: string, agentId: string): Promise<{ sessionId: string }> {
  const options = { tenant, actor: agentActor(agentId) };
  const { sessionId } = await agents.signIn({ agentId, device: 'web' }, options);
  await agents.setState({ agentId, state: AgentState.READY }, options);
  return { sessionId };
}

async function statusOf(tenant: string, agentId: string): Promise<AgentStatus | undefined> {
  const { agents: all } = await agents.listAgents({ signedOut: true }, { tenant, actor: lead });
  return all.find((one) => one.agentId === agentId);
}

/** The one slot of an agent that is in use, once it is. */
function slotOf(tenant: string, agentId: string) {
  return eventually(`${agentId} has a contact`, async () => (await statusOf(tenant, agentId))?.slots[0]);
}

async function storedFacts(tenant: string): Promise<AnyFact[]> {
  const facts: AnyFact[] = [];
  for await (const fact of replayFacts(bus, { tenant, domains: ['routing', 'agent'] })) facts.push(fact);
  return facts;
}

const names = (facts: readonly AnyFact[]) => facts.map((fact) => fact.type.split('.').at(-1));

describe('one contact', () => {
  test('is queued, offered, assigned, wrapped up and closed, each step stored before it is told', async () => {
    const tenant = await centre('one', [queue('sales', { wrapUp: wrapUp(WrapUpMode.OPTIONAL, 60) }), agent('anna', ['sales'])]);
    const channel = createRobotChannel(bus, tenant);
    await startHere();
    await ready(tenant, 'anna');
    const contactId = ids.next();
    await channel.request(contactId, { queue: 'sales' });
    const { offerId } = await slotOf(tenant, 'anna');
    const accepted = await routing.acceptOffer({ offerId, agentId: 'anna', contactId }, { tenant, actor: agentActor('anna') });
    expect((await storedFacts(tenant)).map((fact) => fact.type)).toContain('patchbay.routing.v1.ContactAssigned');
    expect(await routing.acceptOffer({ offerId, agentId: 'anna', contactId }, { tenant, actor: agentActor('anna') })).toEqual(accepted);
    await channel.connect(contactId, accepted.assignmentId, 'anna');
    await channel.end(contactId);
    await eventually('wrap-up', async () => (await statusOf(tenant, 'anna'))?.slots[0]?.endsAt !== undefined);
    await routing.closeAssignment({ assignmentId: accepted.assignmentId, agentId: 'anna', contactId, disposition: '', notes: 'ok' }, { tenant, actor: agentActor('anna') });
    const contactFacts = (await storedFacts(tenant)).filter((fact) => fact.domain === 'routing');
    expect(names(contactFacts)).toEqual(['ContactQueued', 'ContactOffered', 'ContactAssigned', 'WrapUpStarted', 'AssignmentClosed']);
    const [queued] = contactFacts;
    expect(queued?.causationId).toMatch(/^[0-9a-f-]{36}$/);
    const { queues } = await routing.listQueues({}, { tenant, actor: lead });
    expect(queues).toMatchObject([{ queue: 'sales', waiting: 0, offeredToday: 1n, answeredToday: 1n, agentsSignedIn: 1, agentsAvailable: 1 }]);
  });

  test('is explained long after its offer, from the facts alone, and while it waits; not to agents', async () => {
    const tenant = await centre('explained', [queue('sales', { wrapUp: wrapUp(WrapUpMode.NONE) }), agent('anna', ['sales']), agent('bo', ['sales'])]);
    const channel = createRobotChannel(bus, tenant);
    await startHere();
    await ready(tenant, 'bo');
    await ready(tenant, 'anna');
    const [first, second, third] = [ids.next(), ids.next(), ids.next()];
    const serve = async (contactId: string, agentId: string) => {
      await channel.request(contactId, { queue: 'sales' });
      const { offerId } = await slotOf(tenant, agentId);
      await routing.acceptOffer({ offerId, agentId, contactId }, { tenant, actor: agentActor(agentId) });
    };
    await serve(first, 'bo');
    await serve(second, 'anna');
    await channel.request(third, { queue: 'sales' });
    const waiting = await eventually('it waits', () => routing.explainWaiting({ contactId: third }, { tenant, actor: lead }).catch(() => undefined));
    expect(waiting).toMatchObject({ ahead: 0, openOffers: [], leftOut: { capacity: 2 }, waitsAs: { queue: 'sales' } });
    await channel.end(first);
    const explained = await eventually('the offer is told', () => routing.explainOffer({ contactId: third, offerId: '' }, { tenant, actor: lead }).catch(() => undefined));
    expect(explained).toMatchObject({ contactId: third, agentId: 'bo', centreChanged: false });
    expect(explained.agents.map(({ agentId, place, leftOut }) => [agentId, place, leftOut])).toEqual([['bo', 1, ''], ['anna', 0, 'capacity']]);
    const earlier = await routing.explainOffer({ contactId: first, offerId: '' }, { tenant, actor: lead });
    expect(earlier.agents.map(({ agentId, place }) => [agentId, place])).toEqual([['bo', 1], ['anna', 2]]);
    await expect(routing.explainOffer({ contactId: first, offerId: '' }, { tenant, actor: agentActor('anna') })).rejects.toMatchObject({ code: 'ROUTING_FORBIDDEN' });
    await expect(routing.explainWaiting({ contactId: first }, { tenant, actor: lead })).rejects.toMatchObject({ code: 'ROUTING_UNKNOWN_CONTACT', status: 'not_found' });
  });

  test('another agent may not act for the first; a manager may', async () => {
    const tenant = await centre('rights', [queue('sales'), agent('anna', ['sales']), agent('bo', ['sales'])]);
    await startHere();
    await ready(tenant, 'anna');
    await expect(agents.setState({ agentId: 'anna', state: AgentState.BREAK, reason: 'meal' }, { tenant, actor: agentActor('bo') })).rejects.toMatchObject({ code: 'ROUTING_FORBIDDEN' });
    await expect(agents.signIn({ agentId: 'anna', device: 'web' }, { tenant, actor: { subject: 'key:1', kind: 'key', roles: [Role.MANAGER] } })).rejects.toMatchObject({ code: 'ROUTING_FORBIDDEN' });
    await agents.setState({ agentId: 'anna', state: AgentState.BREAK, reason: 'meal' }, { tenant, actor: manager });
    expect(await statusOf(tenant, 'anna')).toMatchObject({ state: AgentState.BREAK, reason: 'meal' });
    await expect(agents.setState({ agentId: 'anna', state: AgentState.BREAK }, { tenant, actor: manager })).rejects.toMatchObject({ code: 'ROUTING_REASON_NEEDED', status: 'invalid_argument' });
  });

  test('goes to an agent whose resource comes while it waits; queues and agents are watched live', async () => {
    const tenant = await centre('live', [queue('sales')]);
    const channel = createRobotChannel(bus, tenant);
    await startHere();
    const watching = new AbortController();
    cleanups.push(() => {
      watching.abort();
    });
    const waiting: number[] = [];
    void (async () => {
      for await (const { queues } of routing.watchQueues({}, { tenant, actor: lead, signal: watching.signal })) for (const one of queues) waiting.push(one.waiting);
    })().catch(() => undefined);
    await eventually('the first figures', () => waiting.length > 0);
    const contactId = ids.next();
    await channel.request(contactId, { queue: 'sales' });
    await eventually('one waits', () => waiting.at(-1) === 1);
    await putResources(bus, tenant, [agent('late', ['sales'])]);
    await eventually('the agent is known', async () => (await statusOf(tenant, 'late')) !== undefined);
    await ready(tenant, 'late');
    expect((await slotOf(tenant, 'late')).contactId).toBe(contactId);
    await channel.withdraw(contactId);
    await eventually('nobody waits', () => waiting.at(-1) === 0);
    expect((await storedFacts(tenant)).filter((fact) => fact.key === contactId).map((fact) => fact.type.split('.').at(-1))).toEqual(['ContactQueued', 'ContactOffered', 'OfferCancelled', 'ContactAbandoned']);
  });

  test('is not left with an agent whose desk is gone: no heartbeats, no idle ghost', async () => {
    const tenant = await centre('ghost', [queue('sales'), agent('anna', ['sales'])]);
    await startHere({ agentLeaseMs: 1_000 });
    const { sessionId } = await ready(tenant, 'anna');
    const heartbeat = () => agents.heartbeat({ agentId: 'anna', sessionId }, { tenant, actor: agentActor('anna') });
    expect(await heartbeat()).toEqual({ current: true });
    await eventually('unreachable', async () => (await statusOf(tenant, 'anna'))?.state === AgentState.UNREACHABLE);
    expect(await heartbeat()).toEqual({ current: false });
    expect((await storedFacts(tenant)).filter((fact) => fact.type.endsWith('AgentStateChanged'))).toHaveLength(3);
  });
});

describe('a routing plan', () => {
  test('that the directory holds is followed', async () => {
    const value = RoutingPlan.fromPartial({ targets: [{ queue: 'help' }] });
    const plan = { ...queue('shop'), kind: 'RoutingPlan', spec: { $case: 'routingPlan' as const, value } };
    const tenant = await centre('planned', [queue('sales'), queue('help'), agent('anna', ['help']), plan]);
    await startHere();
    await ready(tenant, 'anna');
    const contactId = ids.next();
    await createRobotChannel(bus, tenant).request(contactId, { queue: 'sales', plan: 'shop' });
    expect(await slotOf(tenant, 'anna')).toMatchObject({ contactId, queue: 'help' });
  });
});

describe('a surge', () => {
  test('begins by itself, borrows agents, is stored and told, and ends by hand; not by agents', async () => {
    const actions = [{ kind: SurgeActionKind.BORROW, queues: ['help'] }, { kind: SurgeActionKind.ANNOUNCEMENT, name: 'busy' }];
    const value = SurgePlan.fromPartial({ queues: ['sales'], trigger: { waiting: { startsAt: 1, endsAt: 0 } }, minimumSeconds: 3_600, actions });
    const plan = { ...queue('rush'), kind: 'SurgePlan', spec: { $case: 'surgePlan' as const, value } };
    const tenant = await centre('surging', [queue('sales'), queue('help'), agent('anna', ['help']), plan]);
    const surges = createRpcClient(bus, SurgeServiceDefinition);
    await startHere();
    await ready(tenant, 'anna');
    const contactId = ids.next();
    await createRobotChannel(bus, tenant).request(contactId, { queue: 'sales' });
    expect((await slotOf(tenant, 'anna')).contactId).toBe(contactId);
    expect((await surges.listSurges({}, { tenant, actor: lead })).surges).toMatchObject([{ plan: 'rush', active: true, reason: 'waiting', observed: 1, actions }]);
    await expect(surges.stopSurge({ plan: 'rush', reason: 'enough' }, { tenant, actor: agentActor('anna') })).rejects.toMatchObject({ code: 'ROUTING_FORBIDDEN' });
    await expect(surges.stopSurge({ plan: 'rush' }, { tenant, actor: lead })).rejects.toMatchObject({ code: 'ROUTING_REASON_NEEDED' });
    await expect(surges.stopSurge({ plan: 'rush', reason: 'x'.repeat(201) }, { tenant, actor: lead })).rejects.toMatchObject({ code: 'ROUTING_REASON_TOO_LONG' });
    expect((await surges.stopSurge({ plan: 'rush', reason: 'enough' }, { tenant, actor: lead })).surge?.active).toBe(false);
    expect((await surges.startSurge({ plan: 'rush', reason: 'rain' }, { tenant, actor: lead })).surge).toMatchObject({ active: true, by: 'user:lead', note: 'rain' });
    expect(names((await storedFacts(tenant)).filter(({ key }) => key === 'rush'))).toEqual(['SurgeStarted', 'SurgeEnded', 'SurgeStarted']);
  });
});

describe('several routing domains', () => {
  test('are written apart, and answer as one tenant', async () => {
    const tenant = await centre('many', [queue('sales'), queue('help', { domain: 'help' }), agent('anna', ['sales']), agent('bo', ['help'])]);
    const channel = createRobotChannel(bus, tenant);
    await startHere();
    await ready(tenant, 'anna');
    await ready(tenant, 'bo');
    const [sales, help] = [ids.next(), ids.next()];
    await channel.request(sales, { queue: 'sales' });
    await channel.request(help, { queue: 'help' });
    const [annas, bos] = [await slotOf(tenant, 'anna'), await slotOf(tenant, 'bo')];
    expect([annas.contactId, bos.contactId]).toEqual([sales, help]);
    await routing.acceptOffer({ offerId: bos.offerId, agentId: 'bo', contactId: help }, { tenant, actor: agentActor('bo') });
    const { queues } = await routing.listQueues({}, { tenant, actor: lead });
    expect(queues.map((one) => [one.queue, one.offered, one.engaged])).toEqual([
      ['help', 0, 1],
      ['sales', 1, 0],
    ]);
    const queuedIn = (await storedFacts(tenant)).flatMap((fact) => (fact.type === 'patchbay.routing.v1.ContactQueued' ? [fact.event.domain] : []));
    expect(queuedIn.sort()).toEqual(['help', 'main']);
    // A transfer over the border: the first agent wraps up, the contact waits in the other domain.
    await channel.request(help, { queue: 'sales', requestId: `${help}-again`, firstEnqueuedAt: new Date() });
    await eventually('it waits in sales', async () => (await routing.listQueues({}, { tenant, actor: lead })).queues.find((one) => one.queue === 'sales')?.waiting === 2);
    await eventually('bo wraps up', async () => (await storedFacts(tenant)).some((fact) => fact.type === 'patchbay.routing.v1.WrapUpStarted' && fact.key === help));
  });
});

describe('the writer', () => {
  test('that finds facts of another writer in its domain builds its state again', async () => {
    const tenant = await centre('witness', [queue('sales'), agent('anna', ['sales'])]);
    await startHere();
    await ready(tenant, 'anna');
    const [last] = (await storedFacts(tenant)).slice(-1);
    await appendFacts(bus, [newFact(AgentSignedOut, { tenant, key: 'anna', event: { agentId: 'anna', by: 2, actor: '', reason: '' }, expectedSequence: last?.sequence })]);
    // The next thing that is written about the agent meets the newer fact, is refused, and is done again on the truth.
    await eventually('the truth', async () => {
      await agents.setState({ agentId: 'anna', state: AgentState.NOT_READY }, { tenant, actor: agentActor('anna') }).catch(() => undefined);
      return (await statusOf(tenant, 'anna'))?.state === AgentState.SIGNED_OUT;
    });
  });

  test.each([
    { signal: 'SIGKILL', what: 'killed in the middle of the work' },
    { signal: 'SIGSTOP', what: 'paused in the middle of the work and woken after its lease' },
  ] as const)('$what: another process takes over, nothing is lost and nothing assigned twice', async ({ signal }) => {
    const agentIds = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'];
    const tenant = await centre(signal.toLowerCase(), [queue('sales', { wrapUp: wrapUp(WrapUpMode.MANDATORY), offerTimeoutSeconds: 5, maxMissedOffers: 9 }), ...agentIds.map((id) => agent(id, ['sales'], { webchat: 2 }))]);
    const channel = createRobotChannel(bus, tenant);
    const holder = startProcess();
    const leases = await openKv(bus, 'leases');
    await eventually('the first process holds the lease', async () => (await leases.get(`routing.${tenant}.main`)) !== undefined);
    startProcess();
    const gathered = gatherFacts(bus, tenant);
    cleanups.push(() => {
      gathered.stop();
    });
    for (const agentId of agentIds) {
      const robot = startRobotAgent(bus, { tenant, agentId, endContact: (contactId) => channel.end(contactId) });
      cleanups.push(() => robot.stop());
    }
    const contacts = Array.from({ length: 60 }, () => ids.next());
    const send = async (some: readonly string[]) => {
      for (const [index, contactId] of some.entries()) {
        await appendFacts(bus, [newFact(ContactStarted, { tenant, key: contactId, event: ContactStarted.fromPartial({ contactId, channel: 'webchat' }) })]);
        await channel.request(contactId, { queue: 'sales' });
        if (index % 10 === 9) await channel.end(contactId, EndReason.CUSTOMER_LEFT);
      }
    };
    const closed = () => gathered.facts.filter((fact) => fact.type === 'patchbay.routing.v1.AssignmentClosed').length;
    await send(contacts.slice(0, 30));
    await eventually('work is under way', () => closed() >= 5);
    holder.kill(signal);
    const killedMs = performance.now();
    await send(contacts.slice(30));
    await eventually('the other one offers', () => epochs(gathered.facts).size === 2);
    const tookOverMs = performance.now() - killedMs;
    if (signal === 'SIGSTOP') holder.kill('SIGCONT');
    await eventually('every contact is over', () => endedContacts(gathered.facts).size === contacts.length, 40_000);
    const checker = new FactChecker({ agents: Object.fromEntries(agentIds.map((id) => [id, { capacity: { webchat: 2 } }])) });
    for (const fact of await storedFacts(tenant)) checker.check(fact as AnyFact & RoutingFact);
    expect([...checker.requests.values()].filter((place) => place.at !== 'end')).toEqual([]);
    expect(checker.requests.size).toBe(contacts.length);
    expect(epochs(gathered.facts).size).toBe(2);
    expect(tookOverMs).toBeLessThan(12_000);
    process.stdout.write(`fail-over: first offer ${String(Math.round(tookOverMs))} ms after ${signal}\n`);
  });
});

describe('the NATS server', () => {
  test('killed and started again in the middle of the work: every contact still ends, once', async () => {
    const agentIds = ['a1', 'a2', 'a3'];
    const tenant = await centre('crash', [queue('sales', { wrapUp: wrapUp(WrapUpMode.MANDATORY), maxMissedOffers: 9 }), ...agentIds.map((id) => agent(id, ['sales'], { webchat: 2 }))]);
    const channel = createRobotChannel(bus, tenant);
    await startHere();
    for (const agentId of agentIds) {
      const robot = startRobotAgent(bus, { tenant, agentId, endContact: (contactId) => channel.end(contactId) });
      cleanups.push(() => robot.stop());
    }
    const contacts = Array.from({ length: 20 }, () => ids.next());
    for (const contactId of contacts.slice(0, 12)) await channel.request(contactId, { queue: 'sales' });
    await eventually('work is under way', async () => (await storedFacts(tenant)).some((fact) => fact.type === 'patchbay.routing.v1.AssignmentClosed'));
    await nats.crashAndRestart();
    for (const contactId of contacts.slice(12)) await channel.request(contactId, { queue: 'sales' });
    await eventually('every contact is over', async () => endedContacts(await storedFacts(tenant)).size === contacts.length, 40_000);
    const checker = new FactChecker({ agents: Object.fromEntries(agentIds.map((id) => [id, { capacity: { webchat: 2 } }])) });
    for (const fact of await storedFacts(tenant)) checker.check(fact as AnyFact & RoutingFact);
    expect([...checker.requests.values()].every((place) => place.at === 'end')).toBe(true);
    expect(checker.requests.size).toBe(contacts.length);
  });
});

const epochs = (facts: readonly AnyFact[]) => new Set(facts.flatMap((fact) => (fact.type === 'patchbay.routing.v1.ContactOffered' ? [fact.event.epoch] : [])));

function endedContacts(facts: readonly AnyFact[]): Set<string> {
  const ended = new Set<string>();
  for (const fact of facts) {
    if (fact.type === 'patchbay.routing.v1.AssignmentClosed' || fact.type === 'patchbay.routing.v1.ContactAbandoned' || fact.type === 'patchbay.routing.v1.RoutingClosed' || fact.type === 'patchbay.routing.v1.RoutingExpired') ended.add(fact.key);
    else if (fact.type === 'patchbay.routing.v1.ContactQueued') ended.delete(fact.key);
  }
  return ended;
}
