import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { serviceActor } from '@patchbay/bus/actor';
import type { AnyFact } from '@patchbay/bus/fact';
import { openKv } from '@patchbay/bus/kv';
import { createRpcClient, type RpcClient } from '@patchbay/bus/rpc-client';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { connectDesk, signInCookie } from '@patchbay/desk/testing/desk-client';
import { spokenDialogues } from '@patchbay/demo/dialogues';
import { startPhone } from '@patchbay/demo/phone/phone';
import { silentLogger } from '@patchbay/runtime/logger';
import { eventually } from '@patchbay/testkit/eventually';
import { openChat, type ChatClient } from '../support/chat-client.ts';
import { centreNames, startTestCentre, type TestCentre } from '../support/demo-centre.ts';
import { agentActor } from '../support/robot-centre.ts';
import { followHistory, type History } from '../support/stream-history.ts';

const { tenant, widgetKey } = centreNames;
/** What an agent whose desk is gone may hold on to a contact, as the service's default has it, and a second to see it. */
const leaseMs = 10_000;
const cleanups: (() => unknown)[] = [];

let centre: TestCentre;
let history: History;
let agents: RpcClient<typeof AgentServiceDefinition>;

beforeAll(async () => {
  centre = await startTestCentre({ kafka: false, services: ['directory', 'routing', 'web-chat', 'voice-gateway', 'crm', 'desk'] });
  history = followHistory(centre.bus, tenant);
  agents = createRpcClient(centre.bus, AgentServiceDefinition);
}, 120_000);
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(async () => {
  await history.stop();
  await centre.stop();
}, 60_000);

/** How long an offer of a queue rings. */
async function ring(queue: string, offerTimeoutSeconds: number): Promise<void> {
  const kv = await openKv(centre.bus, 'directory');
  const entry = await kv.get(`${tenant}.Queue.${queue}`);
  const resource = Resource.decode(entry?.value ?? new Uint8Array());
  if (resource.spec?.$case !== 'queue') throw new Error(`no queue ${queue}`);
  resource.spec.value.offerTimeoutSeconds = offerTimeoutSeconds;
  await kv.put(`${tenant}.Queue.${queue}`, Resource.encode(resource).finish());
}

/** Signs an agent in who is ready and gives signs of life, but answers nothing; for the time of the test. */
async function sitThere(agentId: string): Promise<void> {
  const as = { tenant, actor: agentActor(agentId), timeoutMs: 3_000 };
  const { sessionId } = await agents.signIn({ agentId, device: 'web' }, as);
  await agents.setState({ agentId, state: AgentState.READY }, as);
  const beating = setInterval(() => void agents.heartbeat({ agentId, sessionId }, as).catch(() => undefined), 2_000);
  cleanups.push(async () => {
    clearInterval(beating);
    await agents.signOut({ agentId }, { tenant, actor: serviceActor('test') });
  });
}

type Of<Type extends AnyFact['type']> = Extract<AnyFact, { type: Type }>;
function factsOf<Type extends AnyFact['type']>(type: Type, contactId: string): Of<Type>[] {
  return history.facts.filter((fact): fact is Of<Type> => fact.type === type && fact.key === contactId);
}
const offersOf = (contactId: string) => factsOf('patchbay.routing.v1.ContactOffered', contactId);
const queuedOf = (contactId: string) => factsOf('patchbay.routing.v1.ContactQueued', contactId);

async function slotsOf(agentId: string): Promise<number> {
  const { agents: all } = await agents.listAgents({ signedOut: true }, { tenant, actor: serviceActor('test') });
  return all.find((one) => one.agentId === agentId)?.slots.length ?? 0;
}

/** A visitor who has written and whose contact rings somewhere. */
async function visitorWhoRings(): Promise<{ contactId: string; visitor: ChatClient }> {
  const visitor = await openChat(8081 + centre.stack.portOffset, { hello: { widgetKey, language: 'zh-CN' }, origin: 'http://127.0.0.1' });
  cleanups.push(() => void visitor.close());
  await visitor.say('账单不对');
  const contactId = visitor.position().contactId;
  await eventually('an offer', () => offersOf(contactId).length > 0);
  return { contactId, visitor };
}

/** The offer after the first, and when it came after the harm. */
async function offeredAgain(contactId: string, sinceMs: number): Promise<{ agentId: string; afterMs: number }> {
  const [, next] = await eventually('another offer', () => offersOf(contactId).length > 1 && offersOf(contactId), 25_000);
  return { agentId: next?.event.agentId ?? '', afterMs: (next?.timeMs ?? 0) - sinceMs };
}

function expectItsAge(contactId: string): void {
  const ages = queuedOf(contactId).map(({ event }) => event.enqueuedAt?.getTime());
  expect(ages.length).toBeGreaterThan(1);
  expect(new Set(ages).size).toBe(1);
}

describe('in the middle of an offer', () => {
  test.each(['routing', 'web-chat'])('%s is killed: whom nobody answers is offered again with the age of the contact, and no slot stays taken', async (service) => {
    await ring('technical', 5);
    await sitThere('1007');
    const { contactId } = await visitorWhoRings();
    await sitThere('1008');
    const killedMs = Date.now();
    await centre.stack.kill(service);
    const next = await offeredAgain(contactId, killedMs);
    expect(next.afterMs).toBeLessThan(leaseMs);
    expectItsAge(contactId);
    const [first] = offersOf(contactId);
    await eventually('the first agent to be free', async () => (await slotsOf(first?.event.agentId ?? '')) === 0 || next.agentId === first?.event.agentId);
    process.stdout.write(`${service} killed: offered again after ${String(next.afterMs)} ms\n`);
  });

  test('the desk is killed: its agents are free within their lease, and the contact goes to another with its age', async () => {
    await ring('technical', 60);
    const url = `http://127.0.0.1:${String(8080 + centre.stack.portOffset)}`;
    const client = await connectDesk(url, await signInCookie(url, '1007', centre.password));
    cleanups.push(() => void client.close());
    await client.request('agent.signIn', {});
    await client.request('agent.setState', { state: 'ready', reason: '' });
    const { contactId } = await visitorWhoRings();
    await sitThere('1008');
    const killedMs = Date.now();
    await centre.stack.kill('desk');
    const next = await offeredAgain(contactId, killedMs);
    expect(next.agentId).toBe('1008');
    expect(next.afterMs).toBeLessThan(leaseMs);
    expect(await slotsOf('1007')).toBe(0);
    expectItsAge(contactId);
    process.stdout.write(`desk killed: offered again after ${String(next.afterMs)} ms\n`);
  });

  test('the voice gateway is killed: the call is over, its contact ends once, and the agent is free', async () => {
    const phone = await startPhone({ gateway: { port: 5060 + centre.stack.portOffset }, log: silentLogger, onCall: (call) => void call.ring() });
    cleanups.push(() => phone.close());
    await phone.register('1001', centre.password, 600);
    await sitThere('1001');
    const caller = await centre.voice.connect(1, new AbortController().signal);
    const call = caller.say(spokenDialogues.find(({ spoken }) => spoken?.queue === 'billing')?.turns[0]?.customer ?? '').catch(() => undefined);
    const offer = await eventually('the call to ring', () => history.facts.findLast((fact): fact is Of<'patchbay.routing.v1.ContactOffered'> => fact.type === 'patchbay.routing.v1.ContactOffered' && fact.event.channel === 'voice'), 30_000);
    const killedMs = Date.now();
    await centre.stack.kill('voice-gateway');
    await eventually('the slot to be free', async () => (await slotsOf('1001')) === 0);
    const endings = () => history.facts.filter(({ key, type }) => key === offer.key && (type.endsWith('.ContactAbandoned') || type.endsWith('.RoutingClosed')));
    const [ended] = await eventually('the contact to end', () => endings().length > 0 && endings());
    expect((ended?.timeMs ?? 0) - killedMs).toBeLessThan(leaseMs);
    expect(factsOf('patchbay.contact.v1.ContactEnded', offer.key)).toHaveLength(1);
    process.stdout.write(`voice-gateway killed: the slot is free after ${String((ended?.timeMs ?? 0) - killedMs)} ms\n`);
    await caller.leave();
    await call;
  });
});
