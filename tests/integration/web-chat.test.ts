import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import { sendCommand } from '@patchbay/bus/commands';
import type { BusConnection } from '@patchbay/bus/connection';
import type { AnyFact } from '@patchbay/bus/fact';
import { openKv } from '@patchbay/bus/kv';
import { readFacts } from '@patchbay/bus/read-facts';
import { factRange } from '@patchbay/bus/watch-facts';
import { EndContact, SendMessage } from '@patchbay/contracts/channel/v1/channel_command';
import { Capabilities } from '@patchbay/contracts/channel/v1/capabilities';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { ContactAssigned, ContactRefused } from '@patchbay/contracts/routing/v1/routing_event';
import { createReadiness } from '@patchbay/runtime/health-server';
import { createIdSource } from '@patchbay/runtime/ids';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import { readWebChatConfig } from '@patchbay/web-chat/config';
import { startWebChat, type RunningWebChat } from '@patchbay/web-chat/service';
import { createConfigReader } from '@patchbay/runtime/config-reader';
import { badWebSocketFrames } from '../support/bad-websocket-frames.ts';
import { sendBadFrame } from '../support/send-bad-frame.ts';
import { openChat, type ChatClient, type ChatFrame } from '../support/chat-client.ts';

const tenant = 'demo';
const ids = createIdSource();
let nats: TestNats;
let bus: BusConnection;
let chat: RunningWebChat;

async function startChat(settings: Record<string, string> = {}): Promise<RunningWebChat> {
  const reader = createConfigReader({ NATS_URL: nats.url, WEBCHAT_PORT: '0', ...settings });
  return startWebChat(readWebChatConfig(reader), { log: silentLogger, metrics: createMetrics('web-chat'), readiness: createReadiness() });
}

async function apply(whole: Resource): Promise<void> {
  const directory = await openKv(bus, 'directory');
  await directory.put(`${tenant}.${whole.kind}.${whole.name}`, Resource.encode(whole).finish());
}

const widget = (name: string, address: string, settings: Record<string, string>) =>
  apply(
    Resource.fromPartial({
      kind: 'EntryPoint',
      name,
      revision: 1n,
      spec: { $case: 'entryPoint', value: { channel: 'webchat', address, queue: 'support', settings, titles: { en: 'Help', 'zh-CN': '帮助' } } },
    }),
  );

beforeAll(async () => {
  nats = await startNats();
  bus = await connectTestBus(nats.url, 'routing');
  await widget('web', 'W1', { origins: '*', greeting: 'Hello', 'greeting.zh-CN': '您好' });
  await widget('shop', 'W2', { origins: 'https://shop.test' });
  await apply(Resource.fromPartial({ kind: 'Agent', name: 'anna', spec: { $case: 'agent', value: { displayName: 'Anna', agentNo: '1001' } } }));
  chat = await startChat();
});

afterAll(async () => {
  await chat.stop();
  await bus.drain();
  await nats.stop();
});

const story = (contactId: string): Promise<AnyFact[]> => readFacts(bus, { tenant, key: contactId, domains: ['contact', 'message', 'routing'] });
const names = (facts: readonly AnyFact[]) => facts.map((fact) => fact.type.slice(fact.type.lastIndexOf('.') + 1));
const isMessage = (text: string) => (frame: ChatFrame) => frame.type === 'message' && JSON.stringify(frame['parts']).includes(text);
const isPhase = (phase: string) => (frame: ChatFrame) => (frame.type === 'state' || frame.type === 'live') && frame['phase'] === phase;
const messagesOf = (client: ChatClient) => client.frames.filter((frame) => frame.type === 'message').map((frame) => (frame['parts'] as { text: string }[])[0]?.text);

async function assign(contactId: string): Promise<void> {
  const request = (await story(contactId)).find((fact) => fact.type === 'patchbay.contact.v1.RoutingRequested');
  const event = ContactAssigned.fromPartial({ contactId, assignmentId: ids.next(), agentId: 'anna', requestId: request?.type === 'patchbay.contact.v1.RoutingRequested' ? request.event.requestId : '' });
  await appendFacts(bus, [newFact(ContactAssigned, { tenant, key: contactId, event })]);
}

function answer(contactId: string, text: string, commandId = ids.next()): Promise<void> {
  const command = SendMessage.fromPartial({ contactId, commandId, by: Party.AGENT, agentId: 'anna', degrade: true, content: [{ part: { $case: 'text', value: { text } } }] });
  return sendCommand(bus, { tenant, channel: 'webchat', name: 'SendMessage', command });
}

describe('a visitor', () => {
  test('writes, waits, is served and says goodbye', async () => {
    const visitor = await openChat(chat.port, { hello: { language: 'zh-CN', name: '小王', page: 'https://shop.test/cart' } });
    expect(visitor.frames[0]).toMatchObject({ type: 'welcome', protocol: 1, title: '帮助', greeting: '您好' });
    expect(visitor.frames[1]).toMatchObject({ type: 'live', phase: 'none' });
    const accepted = await visitor.say('我的订单在哪里');
    expect(accepted).toMatchObject({ type: 'accepted', duplicate: false });
    const contactId = String(accepted['contactId']);
    await visitor.next('waiting', isPhase('waiting'));
    await assign(contactId);
    expect(await visitor.next('connected', isPhase('connected'))).toMatchObject({ agent: '1001' });
    await answer(contactId, '正在为您查询');
    expect(await visitor.next('answer', isMessage('正在为您查询'))).toMatchObject({ from: 'agent', agent: '1001' });
    await visitor.say('好的，谢谢');
    await sendCommand(bus, { tenant, channel: 'webchat', name: 'EndContact', command: EndContact.fromPartial({ contactId, commandId: ids.next(), by: Party.AGENT, reason: EndReason.AGENT_ENDED }) });
    expect(await visitor.next('ended', isPhase('ended'))).toMatchObject({ reason: 'agent' });
    const facts = await story(contactId);
    expect(names(facts)).toEqual(['ContactStarted', 'MessageReceived', 'RoutingRequested', 'ContactAssigned', 'ContactConnected', 'MessageSent', 'MessageReceived', 'ContactEnded']);
    expect(facts[0]?.event).toMatchObject({ channel: 'webchat', entryPoint: 'web', customer: { type: 'visitor', displayName: '小王', verified: true }, attributes: expect.arrayContaining([{ name: 'language', value: 'zh-CN' }]) });
    const sequences = facts.flatMap((fact) => (fact.type === 'patchbay.message.v1.MessageReceived' || fact.type === 'patchbay.message.v1.MessageSent' ? [Number(fact.event.sequence)] : []));
    expect(sequences).toEqual([1, 2, 3]);
    visitor.close();
  });

  test('sees frames in rising order, each once', async () => {
    const visitor = await openChat(chat.port);
    const [contactId] = (await Promise.all(Array.from({ length: 15 }, (_, index) => visitor.say(`m${index}`)))).map((frame) => String(frame['contactId']));
    await visitor.next('last', isMessage('m14'));
    const sequences = visitor.frames.filter((frame) => frame.type === 'message' || frame.type === 'state').map((frame) => Number(frame['seq']));
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
    expect(messagesOf(visitor)).toEqual(Array.from({ length: 15 }, (_, index) => `m${index}`));
    expect(names(await story(contactId ?? '')).filter((name) => name === 'ContactStarted')).toHaveLength(1);
    visitor.close();
  });

  test('who sends the same message again, on this or a new connection, has one effect', async () => {
    const visitor = await openChat(chat.port);
    const clientMsgId = ids.next();
    const first = await visitor.say('once', clientMsgId);
    visitor.cut();
    const again = await openChat(chat.port, { hello: { visitorToken: visitor.visitorToken(), resume: visitor.position() } });
    const second = await again.say('once', clientMsgId);
    expect(second).toMatchObject({ type: 'accepted', duplicate: true, seq: first['seq'], messageId: first['messageId'] });
    expect(names(await story(String(first['contactId']))).filter((name) => name === 'MessageReceived')).toHaveLength(1);
    again.close();
  });

  test('who was away gets what was missed, state included, and nothing twice', async () => {
    const visitor = await openChat(chat.port);
    const contactId = String((await visitor.say('hello'))['contactId']);
    await visitor.next('waiting', isPhase('waiting'));
    await visitor.next('own message', isMessage('hello'));
    visitor.cut();
    await visitor.closed;
    await assign(contactId);
    await answer(contactId, 'while you were away');
    await eventually('the answer is a fact', async () => names(await story(contactId)).includes('MessageSent'));
    const back = await openChat(chat.port, { hello: { visitorToken: visitor.visitorToken(), resume: visitor.position() } });
    expect(back.frames.map((frame) => frame.type)).toEqual(['welcome', 'state', 'message', 'live']);
    expect(messagesOf(back)).toEqual(['while you were away']);
    expect(back.frames.at(-1)).toMatchObject({ type: 'live', phase: 'connected', agent: '1001' });
    back.close();
  });

  test('in two tabs sees the same', async () => {
    const one = await openChat(chat.port);
    const two = await openChat(chat.port, { hello: { visitorToken: one.visitorToken() } });
    await one.say('from tab one');
    await two.next('message of tab one', isMessage('from tab one'));
    await two.say('from tab two');
    await one.next('message of tab two', isMessage('from tab two'));
    expect(one.position().contactId).toBe(two.position().contactId);
    expect(messagesOf(one)).toEqual(messagesOf(two));
    one.close();
    two.close();
  });

  test('who submits twice in two tabs at once opens one contact', async () => {
    const one = await openChat(chat.port);
    const two = await openChat(chat.port, { hello: { visitorToken: one.visitorToken() } });
    const [left, right] = await Promise.all([one.say('a'), two.say('b')]);
    expect(left['contactId']).toBe(right['contactId']);
    one.close();
    two.close();
  });

  test('cannot read the contact of another visitor', async () => {
    const owner = await openChat(chat.port);
    await owner.say('my secret');
    const thief = await openChat(chat.port, { hello: { resume: { ...owner.position(), lastSeq: 0 } } });
    expect(thief.frames.map((frame) => frame.type)).toEqual(['welcome', 'live']);
    expect(JSON.stringify(thief.frames)).not.toContain('my secret');
    owner.close();
    thief.close();
  });

  test.each([
    ['changed', (token: string) => token.replace(/^v1\.(.)/, (_, sign: string) => `v1.${sign === 'e' ? 'f' : 'e'}`)],
    ['of another widget', (token: string) => token],
    ['cut', (token: string) => token.slice(0, -2)],
  ])('with a token that is %s is refused', async (name, change) => {
    const visitor = await openChat(chat.port);
    const hello = { visitorToken: change(visitor.visitorToken()), ...(name === 'of another widget' ? { widgetKey: 'W2' } : {}) };
    const other = await openChat(chat.port, { hello, origin: 'https://shop.test' });
    expect(other.frames[0]).toMatchObject({ type: 'error', code: 'WEBCHAT_BAD_TOKEN', fatal: true });
    expect(await other.closed).toBe(4401);
    visitor.close();
  });

  test('who ends the chat while waiting takes the request back; the next message opens a new contact of the conversation', async () => {
    const visitor = await openChat(chat.port);
    const first = String((await visitor.say('hello'))['contactId']);
    visitor.send({ type: 'end' });
    expect(await visitor.next('ended', isPhase('ended'))).toMatchObject({ reason: 'visitor' });
    expect(names(await story(first))).toEqual(['ContactStarted', 'MessageReceived', 'RoutingRequested', 'RoutingWithdrawn', 'ContactEnded']);
    const second = String((await visitor.say('one more thing'))['contactId']);
    expect(second).not.toBe(first);
    await visitor.next('live on the new contact', (frame) => frame.type === 'live' && frame['contactId'] === second);
    const [before, after] = [(await story(first))[0], (await story(second))[0]];
    expect(before?.type === 'patchbay.contact.v1.ContactStarted' && after?.type === 'patchbay.contact.v1.ContactStarted' && before.event.conversationId === after.event.conversationId).toBe(true);
    visitor.close();
  });

  test('who is refused is told so, and the contact ends', async () => {
    const visitor = await openChat(chat.port, { hello: { language: 'en' } });
    const contactId = String((await visitor.say('hello'))['contactId']);
    const request = (await story(contactId)).find((fact) => fact.type === 'patchbay.contact.v1.RoutingRequested');
    const requestId = request?.type === 'patchbay.contact.v1.RoutingRequested' ? request.event.requestId : '';
    await appendFacts(bus, [newFact(ContactRefused, { tenant, key: contactId, event: { contactId, requestId, reason: 'hours', queue: 'support' } })]);
    expect(await visitor.next('text', isMessage('We are closed now'))).toMatchObject({ from: 'system' });
    expect(await visitor.next('ended', isPhase('ended'))).toMatchObject({ reason: 'refused' });
    visitor.close();
  });

  test('who stays away while waiting leaves the queue', async () => {
    const short = await startChat({ WEBCHAT_AWAY_WAITING_S: '1' });
    const visitor = await openChat(short.port);
    const contactId = String((await visitor.say('hello'))['contactId']);
    await visitor.next('waiting', isPhase('waiting'));
    visitor.cut();
    await eventually('the contact ends', async () => names(await story(contactId)).includes('ContactEnded'), 40_000);
    expect(names(await story(contactId)).slice(3)).toEqual(['RoutingWithdrawn', 'ContactEnded']);
    await short.stop();
  }, 60_000);

  test('from a page that is not allowed is refused, and one that is allowed comes in', async () => {
    const refused = await openChat(chat.port, { hello: { widgetKey: 'W2' }, origin: 'https://evil.test' });
    expect(refused.frames[0]).toMatchObject({ type: 'error', code: 'WEBCHAT_ORIGIN_REFUSED', fatal: true });
    expect(await refused.closed).toBe(4403);
    const allowed = await openChat(chat.port, { hello: { widgetKey: 'W2' }, origin: 'https://shop.test' });
    expect(allowed.frames[0]).toMatchObject({ type: 'welcome' });
    allowed.close();
  });

  test('who writes too fast is told when to go on, and loses nothing', async () => {
    const slow = await startChat({ WEBCHAT_MESSAGE_BURST: '2', WEBCHAT_MESSAGES_PER_SECOND: '1' });
    const visitor = await openChat(slow.port);
    const answers = await Promise.all(['a', 'b', 'c'].map((text) => visitor.say(text)));
    expect(answers.map((frame) => frame.type)).toEqual(['accepted', 'accepted', 'rejected']);
    expect(answers[2]).toMatchObject({ code: 'WEBCHAT_TOO_FAST', retryable: true, retryAfterMs: expect.any(Number) });
    visitor.close();
    await slow.stop();
  });
});

describe('the service', () => {
  test('announces what the channel can do', async () => {
    const entry = await (await openKv(bus, 'channel-capabilities')).get('webchat');
    expect(Capabilities.decode(entry?.value ?? new Uint8Array())).toMatchObject({ channel: 'webchat', voice: false });
  });

  test('stopped, tells connections when to come back; another one goes on where it was, with nothing lost or doubled', async () => {
    const first = await startChat();
    const visitor = await openChat(first.port);
    const contactId = String((await visitor.say('one'))['contactId']);
    await visitor.next('waiting', isPhase('waiting'));
    const unanswered = ids.next();
    visitor.send({ type: 'message', clientMsgId: unanswered, text: 'two' });
    const stopped = first.stop();
    expect(await visitor.next('drain', (frame) => frame.type === 'drain')).toMatchObject({ retryAfterMs: expect.any(Number) });
    expect(await visitor.closed).toBe(1012);
    await stopped;
    const second = await startChat();
    await answer(contactId, 'answer');
    const back = await openChat(second.port, { hello: { visitorToken: visitor.visitorToken(), resume: visitor.position() } });
    await back.say('two', unanswered);
    await back.say('three');
    await back.next('answer', isMessage('answer'));
    await back.next('three', isMessage('three'));
    expect([...messagesOf(visitor), ...messagesOf(back)].sort()).toEqual(['answer', 'one', 'three', 'two']);
    back.close();
    await second.stop();
  });

  test('on two replicas serves one visitor', async () => {
    const other = await startChat();
    const one = await openChat(chat.port);
    const contactId = String((await one.say('hello'))['contactId']);
    const two = await openChat(other.port, { hello: { visitorToken: one.visitorToken() } });
    await two.say('from the other replica');
    await one.next('message', isMessage('from the other replica'));
    await answer(contactId, 'to both');
    await Promise.all([one, two].map((client) => client.next('answer', isMessage('to both'))));
    one.close();
    two.close();
    await other.stop();
  });

  test('fills a long gap by a reset and a snapshot', async () => {
    const visitor = await openChat(chat.port);
    const contactId = String((await visitor.say('start'))['contactId']);
    const position = visitor.position();
    await Promise.all(Array.from({ length: 520 }, (_, index) => answer(contactId, `line ${index}`)));
    await visitor.next('last line', isMessage('line 519'), 60_000);
    const back = await openChat(chat.port, { hello: { visitorToken: visitor.visitorToken(), resume: position } });
    expect(back.frames[1]).toEqual({ type: 'reset', contactId });
    expect(messagesOf(back)).toHaveLength(200);
    expect(messagesOf(back).at(-1)).toBe('line 519');
    visitor.close();
    back.close();
  }, 120_000);

  test('serves the demo page in both languages and refuses other paths', async () => {
    const base = `http://127.0.0.1:${chat.port}`;
    const zh = await fetch(`${base}/demo?lang=zh-CN`);
    expect(await zh.text()).toContain('data-key="W1" data-language="zh-CN"');
    expect(zh.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(await (await fetch(`${base}/demo?lang=en`)).text()).toContain('An ordinary page'.slice(3));
    expect((await fetch(`${base}/nothing`)).status).toBe(404);
    expect((await fetch(`${base}/demo`, { method: 'POST' })).status).toBe(405);
  });
});

describe('bad frames', () => {
  test('there are at least forty', () => {
    expect(badWebSocketFrames.length).toBeGreaterThanOrEqual(40);
  });

  test.each(badWebSocketFrames.map((row) => [row.name, row] as const))('%s', async (_name, row) => {
    const before = (await factRange(bus)).last;
    expect(await sendBadFrame(chat.port, row)).toMatchObject(row.expect);
    expect((await factRange(bus)).last).toBe(before);
  });

  test('twenty in a row end the connection', async () => {
    const client = await openChat(chat.port);
    for (let index = 0; index < 25; index += 1) client.socket.send('x');
    await client.next('last error', (frame) => frame['code'] === 'WEBCHAT_TOO_MANY_FAULTS');
    expect(await client.closed).toBe(1008);
  });
});
