import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sendCommand } from '@patchbay/bus/commands';
import type { BusConnection } from '@patchbay/bus/connection';
import type { AnyFact } from '@patchbay/bus/fact';
import { readFacts } from '@patchbay/bus/read-facts';
import { createRpcClient, type RpcClient } from '@patchbay/bus/rpc-client';
import { AgentState, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import { EndContact, SendMessage } from '@patchbay/contracts/channel/v1/channel_command';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { FinalActionKind, Resource, Role, SurgeActionKind } from '@patchbay/contracts/directory/v1/resource';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { readEmailConfig } from '@patchbay/email/config';
import { startEmail } from '@patchbay/email/service';
import { SurgeServiceDefinition } from '@patchbay/contracts/routing/v1/surge_service';
import { startRouting } from '@patchbay/routing/service';
import { createConfigReader } from '@patchbay/runtime/config-reader';
import { createReadiness } from '@patchbay/runtime/health-server';
import { createIdSource } from '@patchbay/runtime/ids';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import { readWebChatConfig } from '@patchbay/web-chat/config';
import { startWebChat, type RunningWebChat } from '@patchbay/web-chat/service';
import { openChat, type ChatFrame } from '../support/chat-client.ts';
import { nextContact } from '../support/next-contact.ts';
import { greetSmtp, sendRawMail } from '../support/send-mail.ts';
import { agentActor, agentResource, putResources, queueResource, tenantResource } from '../support/robot-centre.ts';

const tenant = 'demo';
const anna = { tenant, actor: agentActor('anna') };
const ids = createIdSource();
const processOf = (name: string) => ({ name, log: silentLogger, metrics: createMetrics(name), readiness: createReadiness() });

let nats: TestNats;
let bus: BusConnection;
let agents: RpcClient<typeof AgentServiceDefinition>;
let routing: RpcClient<typeof RoutingServiceDefinition>;
let chat: RunningWebChat;
let stopRouting: () => Promise<void>;

const startChat = () => startWebChat(readWebChatConfig(createConfigReader({ NATS_URL: nats.url, WEBCHAT_PORT: '0' })), processOf('web-chat'));

beforeAll(async () => {
  nats = await startNats();
  bus = await connectTestBus(nats.url, 'test');
  agents = createRpcClient(bus, AgentServiceDefinition);
  routing = createRpcClient(bus, RoutingServiceDefinition);
  const settings = { origins: '*', 'message.quietSeconds': '2' };
  const widget = (address: string, plan: string) => Resource.fromPartial({ kind: 'EntryPoint', name: plan, revision: 1n, spec: { $case: 'entryPoint', value: { channel: 'webchat', address, plan, settings } } });
  const plan = (name: string, queue: string) =>
    Resource.fromPartial({ kind: 'RoutingPlan', name, spec: { $case: 'routingPlan', value: { targets: [{ queue, timeoutSeconds: 1 }], then: { kind: FinalActionKind.MESSAGE } } } });
  const mailbox = Resource.fromPartial({ kind: 'EntryPoint', name: 'mailbox', revision: 1n, spec: { $case: 'entryPoint', value: { channel: 'email', address: 'help@cc.test', plan: 'nobody' } } });
  const rush = Resource.fromPartial({ kind: 'SurgePlan', name: 'rush', spec: { $case: 'surgePlan', value: { queues: ['flooded'], actions: [{ kind: SurgeActionKind.ANNOUNCEMENT, name: 'rush' }] } } });
  const queues = [queueResource('support'), queueResource('empty'), queueResource('flooded'), plan('storm', 'flooded'), plan('evening', 'support'), plan('nobody', 'empty')];
  await putResources(bus, tenant, [...queues, agentResource('anna', ['support']), widget('W1', 'evening'), widget('W2', 'nobody'), widget('W3', 'storm'), rush, mailbox, tenantResource(tenant)]);
  const running = await startRouting({ natsUrl: nats.url, replicas: 1, writerLeaseMs: 2_000, agentLeaseMs: 60_000, lostGraceMs: 60_000, snapshotEveryMs: 500 }, processOf('routing'));
  stopRouting = () => running.stop();
  chat = await startChat();
});
afterAll(async () => {
  await chat.stop();
  await stopRouting();
  await bus.drain();
  await nats.stop();
});

const isPhase = (phase: string) => (frame: ChatFrame) => (frame.type === 'state' || frame.type === 'live') && frame['phase'] === phase;
const isMessage = (text: string) => (frame: ChatFrame) => frame.type === 'message' && JSON.stringify(frame['parts']).includes(text);
const story = (contactId: string): Promise<AnyFact[]> => readFacts(bus, { tenant, key: contactId, domains: ['contact', 'message', 'routing'] });
const queuedOf = (facts: readonly AnyFact[]) => facts.flatMap((fact) => (fact.type === 'patchbay.routing.v1.ContactQueued' ? [fact.event] : []));
const endOf = (facts: readonly AnyFact[]) => facts.flatMap((fact) => (fact.type === 'patchbay.contact.v1.ContactEnded' ? [fact.event] : []))[0];

// First: routing is asked for surges again only after some seconds.
test('a visitor who comes while a surge is announced is told that it may take longer', async () => {
  const lead = { tenant, actor: { subject: 'user:lead', kind: 'user' as const, roles: [Role.ADMIN] } };
  const surges = createRpcClient(bus, SurgeServiceDefinition);
  await surges.startSurge({ plan: 'rush', reason: 'storm' }, lead);
  const visitor = await openChat(chat.port, { hello: { widgetKey: 'W3', language: 'en' } });
  await visitor.say('hello?');
  await visitor.next('told of the surge', isMessage('Far more people than usual'));
  visitor.close();
}, 30_000);

test('a visitor for whom nobody is free leaves a message, web chat is started anew, and an agent answers while they are away', async () => {
  const visitor = await openChat(chat.port, { hello: { language: 'en' } });
  const contactId = String((await visitor.say('is anybody there?'))['contactId']);
  await visitor.next('asked for a message', isPhase('message'));
  await visitor.next('told', isMessage('Please leave a message'));
  await visitor.say('my parcel is late');
  visitor.close();
  await chat.stop();
  chat = await startChat();
  const facts = await eventually('the message is in line', async () => {
    const now = await story(contactId);
    return queuedOf(now).length === 2 ? now : undefined;
  }, 20_000);
  const [first, left] = queuedOf(facts);
  expect(left).toMatchObject({ leftMessage: true, queue: 'support', plan: '', enqueuedAt: first?.enqueuedAt });

  await agents.signIn({ agentId: 'anna', device: 'web' }, anna);
  await agents.setState({ agentId: 'anna', state: AgentState.READY }, anna);
  const slot = await eventually('anna is offered the message', async () => (await agents.listAgents({ signedOut: true }, anna)).agents[0]?.slots.find(({ state }) => state === SlotState.RESERVED));
  await routing.acceptOffer({ contactId: slot.contactId, offerId: slot.offerId, agentId: 'anna' }, anna);
  expect(slot.contactId).toBe(contactId);
  const content = [{ part: { $case: 'text' as const, value: { text: 'it arrives tomorrow' } } }];
  await sendCommand(bus, { tenant, channel: 'webchat', name: 'SendMessage', command: SendMessage.fromPartial({ contactId, commandId: ids.next(), by: Party.AGENT, agentId: 'anna', degrade: true, content }) });
  await sendCommand(bus, { tenant, channel: 'webchat', name: 'EndContact', command: EndContact.fromPartial({ contactId, commandId: ids.next(), by: Party.AGENT, reason: EndReason.AGENT_ENDED }) });
  await eventually('the contact ends', async () => endOf(await story(contactId)) !== undefined);

  const back = await openChat(chat.port, { hello: { visitorToken: visitor.visitorToken(), resume: visitor.position() } });
  await back.next('the answer', isMessage('it arrives tomorrow'));
  back.close();
}, 60_000);

test('a visitor who leaves no message is let go', async () => {
  const visitor = await openChat(chat.port, { hello: { widgetKey: 'W2', language: 'en' } });
  const contactId = String((await visitor.say('hello?'))['contactId']);
  await visitor.next('asked for a message', isPhase('message'));
  expect(await visitor.next('let go', isPhase('ended'), 10_000)).toMatchObject({ reason: 'expired' });
  expect(endOf(await story(contactId))).toMatchObject({ reason: EndReason.EXPIRED, code: 'message' });
  visitor.close();
}, 30_000);

test('a message that the visitor calls whole is in line without a wait', async () => {
  const visitor = await openChat(chat.port, { hello: { widgetKey: 'W2', language: 'en' } });
  const contactId = String((await visitor.say('hello?'))['contactId']);
  await visitor.next('asked for a message', isPhase('message'));
  visitor.send({ type: 'message', clientMsgId: ids.next(), text: 'call me back, please', whole: true });
  await visitor.next('left', isPhase('left'));
  expect((await story(contactId)).filter(({ type }) => type === 'patchbay.contact.v1.RoutingRequested')).toHaveLength(2);
  visitor.close();
}, 30_000);

test('a mail for which nobody is free stays in line at its place and does not end', async () => {
  const email = await startEmail(readEmailConfig(createConfigReader({ NATS_URL: nats.url, SMTP_PORT: '0' })), processOf('email'));
  const line = await greetSmtp(email.port);
  const raw = 'From: c@x.test\r\nTo: help@cc.test\r\nMessage-ID: <one@x.test>\r\nSubject: parcel\r\n\r\nIt is late.';
  const contactId = await nextContact(bus, tenant, () => sendRawMail(line, { from: 'c@x.test', to: 'help@cc.test', raw }));
  const facts = await eventually('the mail is in line again', async () => {
    const now = await story(contactId);
    return queuedOf(now).length === 2 ? now : undefined;
  }, 20_000);
  expect(queuedOf(facts)[1]).toMatchObject({ leftMessage: true, queue: 'empty', enqueuedAt: queuedOf(facts)[0]?.enqueuedAt });
  expect(endOf(facts)).toBeUndefined();
  line.close();
  await email.stop();
}, 30_000);
