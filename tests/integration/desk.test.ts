import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { openKv } from '@patchbay/bus/kv';
import { openObjects } from '@patchbay/bus/objects';
import { serveRpc, type RpcServer } from '@patchbay/bus/rpc-server';
import { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import { AnalyticsServiceDefinition } from '@patchbay/contracts/analytics/v1/analytics_service';
import { Capabilities } from '@patchbay/contracts/channel/v1/capabilities';
import { ContactServiceDefinition } from '@patchbay/contracts/crm/v1/contact_service';
import { IdentityServiceDefinition } from '@patchbay/contracts/directory/v1/identity_service';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { EventType } from '@patchbay/contracts/event-types';
import { MessageReceived } from '@patchbay/contracts/message/v1/message_event';
import { QualityServiceDefinition } from '@patchbay/contracts/quality/v1/quality_service';
import { RecordingServiceDefinition } from '@patchbay/contracts/recording/v1/recording_service';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { readDeskConfig } from '@patchbay/desk/config';
import { startDeskService, type RunningDesk } from '@patchbay/desk/service';
import { demoChannels, demoResources } from '@patchbay/desk/testing/demo-resources';
import { connectDesk, signInCookie, type DeskClient } from '@patchbay/desk/testing/desk-client';
import { createFakeCentre, type FakeCentre } from '@patchbay/desk/testing/fake-centre';
import { createFakeIdentity, fakePassword } from '@patchbay/desk/testing/fake-identity';
import { createFakeServices } from '@patchbay/desk/testing/fake-services';
import { systemClock } from '@patchbay/runtime/clock';
import { createConfigReader } from '@patchbay/runtime/config-reader';
import { createReadiness } from '@patchbay/runtime/health-server';
import { createIdSource } from '@patchbay/runtime/ids';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { connectTestBus } from '@patchbay/testkit/bus';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';

const tenant = 'demo';
const ids = createIdSource();
let nats: TestNats;
let bus: BusConnection;
let centre: FakeCentre;
let servers: RpcServer[];
let desk: RunningDesk;
let url: string;

async function startDesk(port = 0): Promise<RunningDesk> {
  const reader = createConfigReader({ NATS_URL: nats.url, PATCHBAY_DESK_PORT: String(port) });
  return startDeskService(readDeskConfig(reader), { name: 'desk', log: silentLogger, metrics: createMetrics('desk'), readiness: createReadiness() });
}

/** Resources and capabilities as directory and channels write them. */
async function fillBuckets(): Promise<Resource[]> {
  const resources = demoResources();
  const directory = await openKv(bus, 'directory');
  for (const resource of resources) await directory.put(`${tenant}.${resource.kind}.${resource.name}`, Resource.encode(resource).finish());
  const capabilities = await openKv(bus, 'channel-capabilities');
  for (const channel of demoChannels()) await capabilities.put(channel.channel, Capabilities.encode(channel).finish());
  return resources;
}

beforeAll(async () => {
  nats = await startNats();
  bus = await connectTestBus(nats.url, 'fake-centre');
  const resources = await fillBuckets();
  const sink = {
    append: async (owner: string, type: EventType, key: string, event: unknown, timeMs: number) => {
      await appendFacts(bus, [newFact({ $type: type }, { tenant: owner, key, event: event as never, timeMs })]);
    },
  };
  centre = createFakeCentre({ tenant, sink, clock: systemClock, ids });
  for (const resource of resources) {
    if (resource.spec?.$case === 'agent') centre.addAgent({ agentId: resource.name, name: resource.spec.value.displayName });
    if (resource.spec?.$case === 'queue') centre.setQueue({ queue: resource.name, titles: resource.spec.value.titles });
  }
  const fake = createFakeServices(centre, systemClock);
  const identity = await createFakeIdentity({ tenant, resources, clock: systemClock });
  servers = [
    serveRpc(bus, IdentityServiceDefinition, identity as never),
    serveRpc(bus, AgentServiceDefinition, fake.agents),
    serveRpc(bus, RoutingServiceDefinition, fake.routing),
    serveRpc(bus, ContactServiceDefinition, fake.contacts),
    serveRpc(bus, RecordingServiceDefinition, fake.recordings),
    serveRpc(bus, QualityServiceDefinition, fake.quality),
    serveRpc(bus, AnalyticsServiceDefinition, fake.analytics),
  ];
  desk = await startDesk();
  url = `http://127.0.0.1:${desk.port}`;
});
afterAll(async () => {
  await desk.stop();
  await Promise.all(servers.map((server) => server.stop()));
  await bus.drain();
  await nats.stop();
});

async function connected(user = '8001'): Promise<DeskClient> {
  const client = await connectDesk(url, await signInCookie(url, user, fakePassword));
  await client.frame('hello');
  return client;
}

async function chatInHand(): Promise<string> {
  const contactId = await centre.start({ channel: 'webchat', queue: 'billing', name: '顾客甲', address: '13812348888', addressType: 'tel' });
  await centre.offer(contactId, '8001');
  await centre.accept(contactId);
  return contactId;
}

const wordsOf = (items: readonly { kind: string; parts?: readonly unknown[] }[]) =>
  items.flatMap((item) => (item.kind === 'message' ? (item.parts ?? []) : [])).map((part) => (part as { text?: string }).text);

describe('the desk over a real bus', () => {
  test('an agent accepts a chat, talks, ends it and wraps it up', async () => {
    const client = await connected();
    await client.request('agent.signIn', {});
    await client.request('agent.setState', { state: 'ready', reason: '' });
    const contactId = await centre.start({ channel: 'webchat', queue: 'billing', name: '顾客甲', address: '13812348888', addressType: 'tel' });
    const offerId = await centre.offer(contactId, '8001');
    await client.frame('agent', ({ agent }) => agent?.slots.some((slot) => slot.offerId === offerId) ?? false);
    await client.frame('contact', ({ contact }) => contact.contactId === contactId && contact.customer.address === '138****8888');
    const { assignmentId } = await client.request('offer.accept', { offerId, contactId });
    await client.request('contact.open', { contactId });
    await centre.receive(contactId, '账单不对');
    await client.frame('timeline', ({ items }) => wordsOf(items).includes('账单不对'));
    await client.request('contact.send', { contactId, commandId: ids.next(), text: '我来查一下' });
    await client.frame('timeline', ({ items }) => items.some((item) => item.kind === 'message' && item.delivery === 'sent'));
    await client.request('contact.end', { contactId, commandId: ids.next() });
    await client.frame('contact', ({ contact }) => contact.contactId === contactId && contact.status === 'wrap_up');
    await client.request('wrapUp.finish', { contactId, assignmentId, disposition: 'fee.bill', notes: '' });
    await client.frame('contact', ({ contact }) => contact.contactId === contactId && contact.status === 'closed' && contact.disposition === 'fee.bill');
    client.close();
  });

  test('the catalogue follows the directory and the channels', async () => {
    const client = await connected();
    const { catalogue } = await client.frame('catalogue', (frame) => frame.catalogue.channels['voice']?.voice === true);
    expect(catalogue.queues['billing']?.wrapUp).toEqual({ mode: 'mandatory_timed', limitSeconds: 90, extensionSeconds: 60, dispositions: 'service' });
    const night = Resource.fromPartial({ kind: 'Queue', name: 'night', revision: 1n, spec: { $case: 'queue', value: { titles: { en: 'Night' } } } });
    await (await openKv(bus, 'directory')).put(`${tenant}.Queue.night`, Resource.encode(night).finish());
    await client.frame('catalogue', (frame) => frame.catalogue.queues['night']?.titles['en'] === 'Night');
    client.close();
  });

  test('messages come once each, in order, over a crash of NATS', async () => {
    const contactId = await chatInHand();
    const client = await connected();
    await client.request('contact.open', { contactId });
    await centre.receive(contactId, '一');
    await client.frame('timeline', ({ items }) => wordsOf(items).includes('一'));
    await nats.crashAndRestart();
    await centre.receive(contactId, '二');
    await centre.receive(contactId, '三');
    await client.frame('timeline', ({ items }) => wordsOf(items).includes('三'));
    const live = client.frames.flatMap((frame) => (frame.type === 'timeline' && frame.contactId === contactId ? wordsOf(frame.items) : []));
    expect(live).toEqual(['一', '二', '三']);
    await client.frame('beat', ({ feeds }) => feeds.queues === 0 && feeds.facts === 0);
    client.close();
  });

  test('a desk that starts again serves the same session and the whole story', async () => {
    const contactId = await chatInHand();
    const cookie = await signInCookie(url, '8001', fakePassword);
    const first = await connectDesk(url, cookie);
    const commandId = ids.next();
    await first.request('contact.send', { contactId, commandId, text: '请稍等' });
    const { port } = desk;
    await desk.stop();
    await first.closed;
    await centre.receive(contactId, '好的');
    desk = await startDesk(port);
    const second = await connectDesk(url, cookie);
    await second.frame('hello');
    await second.request('contact.send', { contactId, commandId, text: '请稍等' });
    const { items } = await second.request('contact.open', { contactId });
    expect(wordsOf(items)).toEqual(['请稍等', '好的']);
    second.close();
  });

  test('recordings and files of messages come through the bus to those who may have them', async () => {
    const contactId = await chatInHand();
    await (await openObjects(bus, 'attachments')).put('photo-1', Buffer.from('png bytes'), { mime: 'image/png' });
    const media = { kind: 1, object: { object: 'photo-1', sha256: '', sizeBytes: 9n, mime: 'image/png', name: '光猫.png' }, caption: '' };
    await centre.append(MessageReceived, contactId, { contactId, messageId: ids.next(), content: [{ part: { $case: 'media', value: media } }] });
    const cookie = await signInCookie(url, '8001', fakePassword);
    const get = (path: string, headers: Record<string, string> = { cookie }) => fetch(`${url}${path}`, { headers });
    const photo = await get(`/api/attachments/${contactId}/photo-1`);
    expect([photo.status, photo.headers.get('content-type'), await photo.text()]).toEqual([200, 'image/png', 'png bytes']);
    expect(photo.headers.get('content-security-policy')).toContain('sandbox');
    expect((await get(`/api/attachments/${contactId}/other`)).status).toBe(404);
    expect((await get(`/api/attachments/${contactId}/photo-1`, {})).status).toBe(401);
    const sound = await get(`/api/recordings/${contactId}`, { cookie, range: 'bytes=0-3' });
    expect([sound.status, await sound.text()]).toEqual([206, 'RIFF']);
  });

  test('preferences are kept for the user', async () => {
    const cookie = await signInCookie(url, '8002', fakePassword);
    const saved = await fetch(`${url}/api/preferences`, { method: 'POST', headers: { cookie, origin: url, 'content-type': 'application/json' }, body: JSON.stringify({ language: 'en', theme: 'dark' }) });
    expect(saved.status).toBe(200);
    const session = (await (await fetch(`${url}/api/session`, { headers: { cookie } })).json()) as { preferences: unknown };
    expect(session.preferences).toEqual({ language: 'en', theme: 'dark' });
  });
});
