import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BusConnection } from '@patchbay/bus/connection';
import { readFacts } from '@patchbay/bus/read-facts';
import { createRpcClient, type RpcClient } from '@patchbay/bus/rpc-client';
import { AgentState, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { AgentServiceDefinition, type AgentStatus } from '@patchbay/contracts/agent/v1/agent_service';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { startRouting } from '@patchbay/routing/service';
import { createConfigReader } from '@patchbay/runtime/config-reader';
import { createReadiness } from '@patchbay/runtime/health-server';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats } from '@patchbay/testkit/real-nats';
import { readWebChatConfig } from '@patchbay/web-chat/config';
import { startWebChat } from '@patchbay/web-chat/service';
import { openChat, type ChatFrame } from '../support/chat-client.ts';
import { agentActor, agentResource, putResources, queueResource, tenantResource } from '../support/robot-centre.ts';

const tenant = 'demo';
const anna = { tenant, actor: agentActor('anna') };
const stops: (() => Promise<unknown>)[] = [];
const processOf = (name: string) => ({ name, log: silentLogger, metrics: createMetrics(name), readiness: createReadiness() });

let bus: BusConnection;
let agents: RpcClient<typeof AgentServiceDefinition>;
let routing: RpcClient<typeof RoutingServiceDefinition>;
let chatPort: number;
let restartRouting: () => Promise<void>;

beforeAll(async () => {
  const nats = await startNats();
  bus = await connectTestBus(nats.url, 'test');
  agents = createRpcClient(bus, AgentServiceDefinition);
  routing = createRpcClient(bus, RoutingServiceDefinition);
  const widget = Resource.fromPartial({ kind: 'EntryPoint', name: 'web', revision: 1n, spec: { $case: 'entryPoint', value: { channel: 'webchat', address: 'W1', queue: 'support', settings: { origins: '*' } } } });
  await putResources(bus, tenant, [queueResource('support'), agentResource('anna', ['support']), widget, tenantResource(tenant)]);
  const settings = { natsUrl: nats.url, replicas: 1, writerLeaseMs: 2_000, agentLeaseMs: 60_000, lostGraceMs: 60_000, snapshotEveryMs: 500 };
  let running = await startRouting(settings, processOf('routing'));
  restartRouting = async () => {
    await running.stop();
    running = await startRouting(settings, processOf('routing'));
  };
  const chat = await startWebChat(readWebChatConfig(createConfigReader({ NATS_URL: nats.url, WEBCHAT_PORT: '0' })), processOf('web-chat'));
  chatPort = chat.port;
  stops.push(() => chat.stop(), () => running.stop(), () => bus.drain(), () => nats.stop());
});
afterAll(async () => {
  for (const stop of stops) await stop();
});

const isPhase = (phase: string) => (frame: ChatFrame) => (frame.type === 'state' || frame.type === 'live') && frame['phase'] === phase;
const statusOfAnna = async (): Promise<AgentStatus | undefined> => (await agents.listAgents({ signedOut: true }, anna)).agents[0];
const slotInState = (state: SlotState) => eventually(`anna has a slot in state ${String(state)}`, async () => (await statusOfAnna())?.slots.find((slot) => slot.state === state));

async function acceptNext(): Promise<{ contactId: string; assignmentId: string }> {
  const { contactId, offerId } = await slotInState(SlotState.RESERVED);
  const { assignmentId } = await routing.acceptOffer({ contactId, offerId, agentId: 'anna' }, anna);
  return { contactId, assignmentId };
}

async function lastMessageOf(contactId: string): Promise<string> {
  const facts = await readFacts(bus, { tenant, key: contactId, domains: ['message'] });
  return facts.flatMap((fact) => (fact.type === 'patchbay.message.v1.MessageReceived' ? [fact.event.messageId] : [])).at(-1) ?? '';
}

test('a visitor whose chat was put aside writes again and is served by the same agent, also after routing was started anew', async () => {
  const visitor = await openChat(chatPort);
  await visitor.say('my parcel is late');
  await agents.signIn({ agentId: 'anna', device: 'web' }, anna);
  await agents.setState({ agentId: 'anna', state: AgentState.READY }, anna);
  const first = await acceptNext();
  await visitor.next('connected', isPhase('connected'));

  await routing.parkContact({ ...first, agentId: 'anna', lastMessageId: await lastMessageOf(first.contactId) }, anna);
  expect(await statusOfAnna()).toMatchObject({ slots: [], parked: [{ contactId: first.contactId, queue: 'support', channel: 'webchat' }] });

  await restartRouting();
  await eventually('the new writer answers', async () => ((await statusOfAnna())?.parked.length === 1 ? true : undefined));
  await visitor.say('the number is 42');
  const again = await acceptNext();
  expect(again.contactId).toBe(first.contactId);
  expect(again.assignmentId).not.toBe(first.assignmentId);
  expect((await statusOfAnna())?.parked).toEqual([]);
  const told = (await readFacts(bus, { tenant, key: first.contactId, domains: ['routing'] })).map((fact) => fact.type.split('.').at(-1));
  expect(told).toEqual(['ContactQueued', 'ContactOffered', 'ContactAssigned', 'ContactParked', 'AssignmentClosed', 'ParkingEnded', 'ContactQueued', 'ContactOffered', 'ContactAssigned']);
  visitor.close();
});
