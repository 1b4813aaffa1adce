import { connect } from 'node:http2';
import type { Client } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serviceActor, type Actor } from '@patchbay/bus/actor';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { serveRpc } from '@patchbay/bus/rpc-server';
import { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import { ContactStarted } from '@patchbay/contracts/contact/v1/contact_event';
import { type ContactServiceClient, ContactServiceDefinition, GetContactResponse } from '@patchbay/contracts/crm/v1/contact_service';
import { type DirectoryServiceClient, DirectoryServiceDefinition } from '@patchbay/contracts/directory/v1/directory_service';
import { type IdentityServiceClient, IdentityServiceDefinition } from '@patchbay/contracts/directory/v1/identity_service';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { type EventServiceClient, EventServiceDefinition, type WatchEventsResponse } from '@patchbay/contracts/event/v1/event_service';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { createConfigReader } from '@patchbay/runtime/config-reader';
import { createReadiness } from '@patchbay/runtime/health-server';
import { createIdSource } from '@patchbay/runtime/ids';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { connectTestBus } from '@patchbay/testkit/bus';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import { createChannel, createClientFactory, type Channel, type ClientError, Metadata as NiceMetadata } from 'nice-grpc';
import { readApiConfig } from '../../services/api/src/config.ts';
import { startApi, type RunningApi } from '../../services/api/src/service.ts';
import { startDirectory } from '../../services/directory/src/service.ts';
import { badGrpc } from '../support/bad-grpc.ts';
import { openGrpc, readTrailer, sendGrpc } from '../support/send-grpc.ts';

const password = 'a long password';
const ids = createIdSource();
let nats: TestNats;
let bus: BusConnection;
let api: RunningApi;
let channel: Channel;
let raw: Client;
const stops: (() => Promise<unknown> | void)[] = [];
const tokens: Record<string, string> = {};
/** What reached the services behind the edge. */
const reached: { method: string; actor: Actor; tenant: string }[] = [];

const process = (name: string) => ({ name, log: silentLogger, metrics: createMetrics(name), readiness: createReadiness() });

async function startEdge(environment: Record<string, string> = {}): Promise<RunningApi> {
  const config = readApiConfig(createConfigReader({ NATS_URL: nats.url, PATCHBAY_API_PORT: '0', PATCHBAY_API_SIGN_INS_PER_MINUTE: '1000', PATCHBAY_API_DRAIN_MS: '500', ...environment }));
  return startApi(config, process('api'));
}

const contact = GetContactResponse.fromPartial({
  contact: { agentId: '1001', customer: { type: 'tel', address: '13812341234', displayName: '张三' } },
  facts: [{ type: 'patchbay.contact.v1.ContactStarted', json: '{"customer":{"address":"13812341234"}}' }],
});

beforeAll(async () => {
  nats = await startNats();
  bus = await connectTestBus(nats.url, 'crm');
  const directory = await startDirectory({ natsUrl: nats.url, replicas: 1, tenant: 'demo', adminPassword: password }, process('directory'));
  api = await startEdge();
  stops.push(() => api.stop(), () => directory.stop());
  channel = createChannel(`127.0.0.1:${api.port}`);
  raw = openGrpc(api.port);
  const seen = (method: string, response: object) => async (_request: unknown, { actor, tenant }: { actor: Actor; tenant: string }) => {
    reached.push({ method, actor, tenant });
    return response;
  };
  const servers = [
    serveRpc(bus, ContactServiceDefinition, {
      getContact: seen('GetContact', contact),
      listContacts: seen('ListContacts', { contacts: [], nextPageToken: '' }),
      sendMessage: seen('SendMessage', {}),
      async *watchContacts(_request: unknown, { signal }: { signal: AbortSignal }) {
        reached.push({ method: 'WatchContacts', actor: serviceActor('x'), tenant: '' });
        yield { update: { $case: 'snapshotDone', value: true }, resumeToken: 'r' };
        await new Promise<void>((resolve) => { signal.addEventListener('abort', () => { resolve(); }); });
        reached.push({ method: 'WatchContacts ended', actor: serviceActor('x'), tenant: '' });
      },
      endContact: (_request: unknown, { signal }: { signal: AbortSignal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        }),
    } as never),
    serveRpc(bus, RoutingServiceDefinition, { acceptOffer: seen('AcceptOffer', {}) } as never),
    serveRpc(bus, AgentServiceDefinition, { setState: seen('SetState', {}) } as never),
  ];
  stops.push(async () => { await Promise.all(servers.map((server) => server.stop())); });
  const signIn = await anonymous<IdentityServiceClient>(IdentityServiceDefinition).signIn({ tenant: 'demo', user: 'admin', password });
  tokens['admin'] = signIn.token;
  await as<DirectoryServiceClient>('admin', DirectoryServiceDefinition).applyResources({
    files: [{ name: 'a.yaml', yaml: [
      'kind: Agent\nname: "1001"\nspec: {displayName: Agent 1001}\n',
      `kind: User\nname: agent\nspec: {displayName: A, roles: [agent], agent: "1001", initialPassword: ${password}}\n`,
      `kind: User\nname: manager\nspec: {displayName: M, roles: [manager], initialPassword: ${password}}\n`,
      `kind: User\nname: leaver\nspec: {displayName: L, roles: [qa], initialPassword: ${password}}\n`,
    ].join('---\n') }],
  });
  for (const user of ['agent', 'manager', 'leaver']) tokens[user] = (await anonymous<IdentityServiceClient>(IdentityServiceDefinition).signIn({ user, password })).token;
});
afterAll(async () => {
  raw.close();
  channel.close();
  for (const stop of stops) await stop();
  await bus.drain();
  await nats.stop();
});

const factory = createClientFactory();
type AnyDefinition = Parameters<typeof factory.create>[0];
/** The clients that ts-proto writes say what a request may leave out; those that are derived from definitions do not. */
const anonymous = <Client>(definition: AnyDefinition, on = channel) => factory.create(definition, on) as unknown as Client;
const as = <Client>(user: string, definition: AnyDefinition, on = channel) =>
  factory.create(definition, on, { '*': { metadata: NiceMetadata({ authorization: `Bearer ${tokens[user] ?? ''}` }) } }) as unknown as Client;

const send = (path: string, body: Uint8Array, metadata: Record<string, string> = {}, timeoutMs = 20_000) => sendGrpc(raw, path, body, { metadata, timeoutMs });

const bearer = (user: string): Record<string, string> => (user === 'none' ? {} : { authorization: `Bearer ${tokens[user] ?? ''}` });

describe('bad requests', () => {
  test('there are many kinds of them', () => {
    expect(badGrpc.length).toBeGreaterThanOrEqual(25);
  });

  test.each(badGrpc.map((row) => [row.name, row] as const))('%s gets its code and goes no further', async (_name, row) => {
    const before = reached.length;
    const told = await send(row.path, row.body, { ...bearer(row.as), ...row.metadata });
    expect({ code: told.code, reason: told.reason }).toEqual({ code: row.status, reason: row.reason });
    expect(reached.length).toBe(before);
  });

  test('bytes that are no gRPC at all harm nobody', async () => {
    const session = connect(`http://127.0.0.1:${api.port}`);
    const post = (headers: Record<string, string>, body: Buffer) =>
      new Promise<void>((resolve) => {
        const stream = session.request({ ':method': 'POST', ':path': '/patchbay.crm.v1.ContactService/GetContact', te: 'trailers', 'content-type': 'application/grpc', ...headers });
        stream.on('error', () => { resolve(); });
        stream.on('close', () => { resolve(); });
        stream.resume();
        stream.end(body);
      });
    await post({ 'content-type': 'text/plain' }, Buffer.from('hello'));
    await post({}, Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1]));
    await post({}, Buffer.from([0, 0, 0]));
    await post({}, Buffer.from([7, 0, 0, 0, 1, 1]));
    await post({ 'grpc-encoding': 'gzip' }, Buffer.from([1, 0, 0, 0, 3, 1, 2, 3]));
    await post({ 'grpc-timeout': 'soon' }, Buffer.from([0, 0, 0, 0, 0]));
    await post({ 'grpc-encoding': 'nothing' }, Buffer.from([1, 0, 0, 0, 1, 1]));
    session.close();
    expect((await send('/patchbay.crm.v1.ContactService/GetContact', Buffer.from([0x0a, 0x01, 0x78]), bearer('admin'))).reason).toBe('API_BAD_FIELD');
  });
});

describe('without a credential', () => {
  test('anybody may ask whether it serves', async () => {
    const answer = await new Promise<Buffer>((resolve, reject) => {
      raw.makeUnaryRequest('/grpc.health.v1.Health/Check', (bytes: Buffer) => bytes, (bytes: Buffer) => bytes, Buffer.from('\n\x1epatchbay.crm.v1.ContactService'), (error, response) => {
        if (error === null) resolve(response as Buffer);
        else reject(error);
      });
    });
    // status = 1, SERVING
    expect([...answer]).toEqual([0x08, 0x01]);
  });

  test.each(['v1', 'v1alpha'])('and for the services, by reflection %s', async (version) => {
    const stream = raw.makeBidiStreamRequest(`/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`, (bytes: Buffer) => bytes, (bytes: Buffer) => bytes);
    // list_services = ""
    stream.write(Buffer.from([0x3a, 0x00]));
    const answer = await new Promise<Buffer>((resolve, reject) => {
      stream.once('data', resolve);
      stream.once('error', reject);
    });
    stream.end();
    for (const name of ['patchbay.crm.v1.ContactService', 'patchbay.event.v1.EventService']) expect(answer.toString('latin1')).toContain(name);
  });
});

describe('errors', () => {
  test('name the fields, and speak the language that is asked for', async () => {
    const body = Buffer.from([0x0a, 0x01, 0x78]);
    const chinese = await send('/patchbay.crm.v1.ContactService/GetContact', body, { ...bearer('admin'), 'accept-language': 'zh-CN,zh;q=0.9' });
    expect(chinese).toMatchObject({ fields: ['contactId'], message: '请求中有字段格式不正确。' });
    expect((await send('/patchbay.crm.v1.ContactService/GetContact', body, { ...bearer('admin'), 'accept-language': 'en' })).message).toMatch(/not well formed/);
  });

  test('of an apply name file, line and path', async () => {
    const told = await as<DirectoryServiceClient>('admin', DirectoryServiceDefinition)
      .applyResources({ files: [{ name: 'q.yaml', yaml: 'kind: Queue\nname: q\nspec:\n  priority: -1\n' }] }, { onTrailer: (trailer) => (seen = trailer.get('grpc-status-details-bin') as Buffer | undefined) })
      .then(() => undefined, (error: unknown) => readTrailer((error as ClientError).code, seen));
    expect(told).toMatchObject({ reason: 'DIRECTORY_INVALID_RESOURCES', fields: ['q.yaml:4 spec.priority'] });
  });
  let seen: Buffer | undefined;

  test('of a service that does not run say to come again', async () => {
    const told = await send('/patchbay.analytics.v1.AnalyticsService/GetProgress', new Uint8Array(), bearer('admin'), 1_000);
    expect(told).toMatchObject({ code: 14, reason: 'BUS_NO_RESPONDER', retry: true });
  });
});

describe('who is let in', () => {
  const id = '01890000-0000-7000-8000-000000000001';

  test('reaches the service as the actor of the credential, in its tenant', async () => {
    reached.length = 0;
    await as<ContactServiceClient>('agent', ContactServiceDefinition).sendMessage({ contactId: id, commandId: id, content: [] });
    expect(reached).toEqual([{ method: 'SendMessage', tenant: 'demo', actor: { subject: 'user:agent', kind: 'user', roles: [Role.AGENT], agent: '1001' } }]);
  });

  test('sees customers as far as the role goes', async () => {
    const address = async (user: string) => (await as<ContactServiceClient>(user, ContactServiceDefinition).getContact({ contactId: id }));
    expect((await address('admin')).contact?.customer?.address).toBe('13812341234');
    expect((await address('agent')).contact?.customer?.address).toBe('13812341234');
    const masked = await address('manager');
    expect(masked.contact?.customer).toMatchObject({ address: '138****1234', displayName: '张**' });
    expect(masked.facts[0]?.json).toBe('{"customer":{"address":"138****1234"}}');
  });

  test('by a key has its roles, until it is revoked', async () => {
    const identity = as<IdentityServiceClient>('admin', IdentityServiceDefinition);
    const { apiKey, key } = await identity.createApiKey({ title: 'crm', roles: [Role.QA] });
    const withKey = factory.create(ContactServiceDefinition, channel, { '*': { metadata: NiceMetadata({ 'x-api-key': apiKey }) } }) as unknown as ContactServiceClient;
    await withKey.getContact({ contactId: id });
    await expect(withKey.sendMessage({ contactId: id, commandId: id })).rejects.toMatchObject({ code: 7 });
    await identity.revokeApiKey({ keyId: key?.keyId ?? '' });
    const second = await startEdge();
    const elsewhere = createChannel(`127.0.0.1:${second.port}`);
    await expect(anonymous<ContactServiceClient>(ContactServiceDefinition, elsewhere).getContact({ contactId: id }, { metadata: NiceMetadata({ 'x-api-key': apiKey }) })).rejects.toMatchObject({ code: 16 });
    elsewhere.close();
    await second.stop();
  });

  test('is out as soon as the directory says so', async () => {
    const leaver = as<ContactServiceClient>('leaver', ContactServiceDefinition);
    await leaver.listContacts({});
    await createRpcClient(bus, DirectoryServiceDefinition).removeResource({ kind: 'User', name: 'leaver' }, { tenant: 'demo', actor: { subject: 'user:admin', kind: 'user', roles: [Role.ADMIN] } });
    await expect(leaver.listContacts({})).rejects.toMatchObject({ code: 16 });
  });
});

describe('deadlines and cancelling', () => {
  const id = '01890000-0000-7000-8000-000000000001';

  test('a call ends at the deadline of its caller', async () => {
    const startedMs = performance.now();
    await expect(as<ContactServiceClient>('admin', ContactServiceDefinition).endContact({ contactId: id, commandId: id }, { signal: AbortSignal.timeout(300) })).rejects.toThrow();
    const told = await send('/patchbay.crm.v1.ContactService/EndContact', new Uint8Array(), bearer('admin'), 2_000);
    expect(told).toMatchObject({ code: 4, reason: 'RUNTIME_DEADLINE' });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  test('a stream that its reader leaves ends inside, too', async () => {
    reached.length = 0;
    const abort = new AbortController();
    const stream = as<ContactServiceClient>('admin', ContactServiceDefinition).watchContacts({}, { signal: abort.signal })[Symbol.asyncIterator]();
    await stream.next();
    abort.abort();
    await expect(stream.next()).rejects.toThrow();
    const deadlineMs = performance.now() + 5_000;
    while (reached.at(-1)?.method !== 'WatchContacts ended' && performance.now() < deadlineMs) await new Promise((resolve) => setImmediate(resolve));
    expect(reached.at(-1)?.method).toBe('WatchContacts ended');
  });

  test('too many calls at once are told to come again', async () => {
    const small = await startEdge({ PATCHBAY_API_MOST_CALLS: '1' });
    const busy = createChannel(`127.0.0.1:${small.port}`);
    const abort = new AbortController();
    const waiting = as<ContactServiceClient>('admin', ContactServiceDefinition, busy).endContact({ contactId: id, commandId: id }, { signal: abort.signal }).catch(() => undefined);
    const client = as<ContactServiceClient>('admin', ContactServiceDefinition, busy);
    let trailer: Buffer | undefined;
    const deadlineMs = performance.now() + 5_000;
    let code = 0;
    while (code !== 8 && performance.now() < deadlineMs) {
      code = await client.getContact({ contactId: id }, { onTrailer: (metadata) => (trailer = metadata.get('grpc-status-details-bin') as Buffer | undefined) }).then(() => 0, (error: unknown) => (error as ClientError).code);
    }
    expect(readTrailer(code, trailer)).toMatchObject({ code: 8, reason: 'API_BUSY', retry: true });
    abort.abort();
    await waiting;
    busy.close();
    await small.stop();
  });
});

describe('events', () => {
  const append = async (address: string) => {
    const contactId = ids.next();
    const [stored] = await appendFacts(bus, [newFact(ContactStarted, { tenant: 'demo', key: contactId, event: ContactStarted.fromPartial({ contactId, channel: 'voice', customer: { type: 'tel', address } }) })]);
    return { contactId, sequence: BigInt(stored?.sequence ?? 0) };
  };
  async function* facts(stream: AsyncIterable<WatchEventsResponse>) {
    for await (const response of stream) if (response.fact !== undefined) yield { sequence: response.fact.sequence, json: response.fact.json, resumeToken: response.resumeToken };
  }

  test('come as they happen, none is missing or twice after a break, and customers are masked', async () => {
    const request = { types: ['patchbay.contact.v1.ContactStarted'] };
    const abort = new AbortController();
    const live = as<EventServiceClient>('manager', EventServiceDefinition).watchEvents(request, { signal: abort.signal })[Symbol.asyncIterator]();
    expect((await live.next()).value).toMatchObject({ fact: undefined });
    const first = await append('13812341234');
    const seen = facts({ [Symbol.asyncIterator]: () => live });
    const one = (await seen.next()).value;
    expect(one).toMatchObject({ sequence: first.sequence });
    expect(one?.json).toContain('138****1234');
    abort.abort();
    await seen.next().catch(() => undefined);
    const missed = [await append('13812341235'), await append('13812341236')];
    const again = new AbortController();
    const resumed = facts(as<EventServiceClient>('admin', EventServiceDefinition).watchEvents({ ...request, resumeToken: one?.resumeToken ?? '' }, { signal: again.signal }));
    const later = [(await resumed.next()).value, (await resumed.next()).value];
    expect(later.map((fact) => fact?.sequence)).toEqual(missed.map((fact) => fact.sequence));
    expect(later[0]?.json).toContain('13812341235');
    again.abort();
    await resumed.next().catch(() => undefined);
  });

  test('end with a reason to come again when the server stops, and go on at another', async () => {
    const first = await startEdge();
    const there = createChannel(`127.0.0.1:${first.port}`);
    const stream = as<EventServiceClient>('admin', EventServiceDefinition, there).watchEvents({})[Symbol.asyncIterator]();
    const { resumeToken } = (await stream.next()).value as WatchEventsResponse;
    const ended = stream.next().then(() => undefined, (error: unknown) => error as ClientError);
    await first.stop();
    expect((await ended)?.code).toBe(14);
    there.close();
    const { sequence } = await append('13812341237');
    const abort = new AbortController();
    const resumed = facts(as<EventServiceClient>('admin', EventServiceDefinition).watchEvents({ resumeToken, types: ['patchbay.contact.v1.*'] }, { signal: abort.signal }));
    expect((await resumed.next()).value?.sequence).toBe(sequence);
    abort.abort();
    await resumed.next().catch(() => undefined);
  });
});
