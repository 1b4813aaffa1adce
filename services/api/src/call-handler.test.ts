import { describe, expect, test } from '@jest/globals';
import { ContactServiceDefinition, GetContactRequest, GetContactResponse, ListContactsRequest } from '@patchbay/contracts/crm/v1/contact_service';
import { IdentityServiceDefinition, SignInRequest } from '@patchbay/contracts/directory/v1/identity_service';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { WatchQueuesRequest } from '@patchbay/contracts/routing/v1/routing_service';
import { AppError } from '@patchbay/runtime/app-error';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { type CallParts, handleStream, handleUnary, type IncomingCall, type ServedMethod } from './call-handler.ts';
import { apiError } from './errors.ts';
import { createPlaces, createRateLimit } from './limits.ts';
import { servedServices } from './method-table.ts';
import type { ForwardedCall } from './ports.ts';

const contactId = '01890000-0000-7000-8000-000000000001';

function served(fullName: string): ServedMethod {
  for (const { definition, rules } of servedServices) {
    for (const [key, method] of Object.entries(definition.methods)) {
      const rule = rules[key];
      if (rule !== undefined && `${definition.fullName}/${method.name}` === fullName) return { definition, method, rule };
    }
  }
  throw new Error(`${fullName} is not served`);
}

function setUp(options: { roles?: Role[]; agent?: string; response?: unknown; calls?: number; stream?: AsyncIterable<unknown> } = {}) {
  const clock = createFakeClock();
  const forwarded: { method: string; request: Uint8Array; call: ForwardedCall }[] = [];
  const draining = new AbortController();
  const parts: CallParts = {
    authenticate: async (read) => {
      if (read('authorization') === undefined) throw apiError('API_NO_CREDENTIAL');
      return { tenant: 'demo', actor: { subject: 'user:u', kind: 'user', roles: options.roles ?? [Role.ADMIN], ...(options.agent === undefined ? {} : { agent: options.agent }) }, language: 'zh-CN' };
    },
    forwarder: {
      unary: async (_definition, method, request, call) => {
        forwarded.push({ method, request, call });
        return options.response ?? {};
      },
      stream: (_definition, method, request, call) => {
        forwarded.push({ method, request, call });
        return options.stream ?? (async function* () {})();
      },
    },
    unaryPlaces: createPlaces(options.calls ?? 10, 1_000),
    streamPlaces: createPlaces(1, 1_000),
    openRate: createRateLimit({ perMinute: 60, burst: 2, clock }),
    clock,
    defaultTenant: 'demo',
    defaultTimeoutMs: 30_000,
    longestTimeoutMs: 120_000,
    draining: draining.signal,
  };
  const call = (request: Uint8Array, more: Partial<IncomingCall> = {}): IncomingCall => ({
    request,
    metadata: (name) => (name === 'authorization' ? 'Bearer x' : undefined),
    address: '1.2.3.4',
    deadlineMs: undefined,
    signal: new AbortController().signal,
    onLanguage: () => {},
    ...more,
  });
  return { parts, call, forwarded, clock, draining };
}

async function errorOf(promise: Promise<unknown>): Promise<AppError> {
  return AppError.from(await promise.then(() => new Error('it was answered'), (error: unknown) => error));
}

const getContact = served(`${ContactServiceDefinition.fullName}/GetContact`);
const contactBytes = GetContactRequest.encode({ contactId }).finish();

describe('a call', () => {
  test('is passed on with the tenant and actor of its credential and the time that is left', async () => {
    const { parts, call, forwarded, clock } = setUp();
    await handleUnary(parts, getContact, call(contactBytes, { deadlineMs: clock.nowMs() + 5_000 }));
    expect(forwarded[0]).toMatchObject({ method: 'GetContact', call: { tenant: 'demo', timeoutMs: 4_800, actor: { subject: 'user:u' } } });
    expect(forwarded[0]?.request).toEqual(contactBytes);
  });

  test('without a deadline gets the usual one, and none is longer than the cap', async () => {
    const { parts, call, forwarded, clock } = setUp();
    await handleUnary(parts, getContact, call(contactBytes));
    await handleUnary(parts, getContact, call(contactBytes, { deadlineMs: clock.nowMs() + 86_400_000 }));
    expect(forwarded.map((one) => one.call.timeoutMs)).toEqual([30_000, 120_000]);
  });

  test.each([0, -1, -60_000])('whose deadline is %i ms away goes no further', async (awayMs) => {
    const { parts, call, forwarded, clock } = setUp();
    const error = await errorOf(handleUnary(parts, getContact, call(contactBytes, { deadlineMs: clock.nowMs() + awayMs })));
    expect([error.status, forwarded]).toEqual(['deadline_exceeded', []]);
  });

  test('that is cancelled is cancelled inside', async () => {
    const { parts, call, forwarded } = setUp();
    const cancel = new AbortController();
    await handleUnary(parts, getContact, call(contactBytes, { signal: cancel.signal }));
    cancel.abort();
    expect(forwarded[0]?.call.signal.aborted).toBe(true);
  });

  test.each([
    ['bytes that are no message', Buffer.from([0xff, 0xff, 0xff]), 'API_MALFORMED_REQUEST'],
    ['an id that is none', GetContactRequest.encode({ contactId: '*.>' }).finish(), 'API_BAD_FIELD'],
    ['more bytes than the bus passes on', Buffer.alloc(4 * 1024 * 1024), 'API_REQUEST_TOO_LARGE'],
  ])('with %s goes no further', async (_what, bytes, code) => {
    const { parts, call, forwarded } = setUp();
    expect((await errorOf(handleUnary(parts, getContact, call(bytes)))).code).toBe(code);
    expect(forwarded).toEqual([]);
  });

  test('without a credential is refused before its bytes are looked at', async () => {
    const { parts, call } = setUp();
    expect((await errorOf(handleUnary(parts, getContact, call(Buffer.from([0xff]), { metadata: () => undefined })))).code).toBe('API_NO_CREDENTIAL');
  });

  test('by a role that may not is refused', async () => {
    const { parts, call, forwarded } = setUp({ roles: [Role.AGENT] });
    const apply = served('patchbay.directory.v1.DirectoryService/ApplyResources');
    expect((await errorOf(handleUnary(parts, apply, call(new Uint8Array())))).code).toBe('API_FORBIDDEN');
    expect(forwarded).toEqual([]);
  });

  test('gives a place back however it ends', async () => {
    const { parts, call } = setUp({ calls: 1 });
    await errorOf(handleUnary(parts, getContact, call(Buffer.from([0xff]))));
    await handleUnary(parts, getContact, call(contactBytes));
    expect(parts.unaryPlaces.taken()).toBe(0);
  });
});

describe('answers', () => {
  const response = GetContactResponse.fromPartial({ contact: { contactId, agentId: '1001', customer: { type: 'tel', address: '13812341234' } } });
  const addressIn = (answer: unknown) => (answer as GetContactResponse).contact?.customer?.address;

  test('show customers to those whose work needs it and mask them for others', async () => {
    const shown = setUp({ response, roles: [Role.QA] });
    expect(addressIn(await handleUnary(shown.parts, getContact, shown.call(contactBytes)))).toBe('13812341234');
    const masked = setUp({ response, roles: [Role.MANAGER] });
    expect(addressIn(await handleUnary(masked.parts, getContact, masked.call(contactBytes)))).toBe('138****1234');
  });

  test("show an agent the own contact as it is, and of others' not even that they exist", async () => {
    const own = setUp({ response, roles: [Role.AGENT], agent: '1001' });
    expect(addressIn(await handleUnary(own.parts, getContact, own.call(contactBytes)))).toBe('13812341234');
    const other = setUp({ response, roles: [Role.AGENT], agent: '1002' });
    expect((await errorOf(handleUnary(other.parts, getContact, other.call(contactBytes)))).code).toBe('API_NOT_FOUND');
  });

  test("an agent's list is asked for the own contacts only", async () => {
    const { parts, call, forwarded } = setUp({ roles: [Role.AGENT], agent: '1001' });
    await handleUnary(parts, served(`${ContactServiceDefinition.fullName}/ListContacts`), call(ListContactsRequest.encode(ListContactsRequest.fromPartial({ channel: 'voice' })).finish()));
    expect(ListContactsRequest.decode(forwarded[0]?.request ?? new Uint8Array())).toMatchObject({ agentId: '1001', channel: 'voice' });
  });
});

describe('open calls', () => {
  const signIn = served(`${IdentityServiceDefinition.fullName}/SignIn`);

  test('need no credential, take the tenant of the request or the usual one, and are counted by address', async () => {
    const { parts, call, forwarded } = setUp();
    const without = { metadata: () => undefined };
    await handleUnary(parts, signIn, call(SignInRequest.encode({ tenant: 'other', user: 'u', password: 'p' }).finish(), without));
    await handleUnary(parts, signIn, call(SignInRequest.encode({ tenant: '', user: 'u', password: 'p' }).finish(), without));
    expect(forwarded.map((one) => [one.call.tenant, SignInRequest.decode(one.request).tenant])).toEqual([
      ['other', 'other'],
      ['demo', 'demo'],
    ]);
    expect(forwarded[0]?.call.actor).toMatchObject({ kind: 'service' });
    expect((await errorOf(handleUnary(parts, signIn, call(new Uint8Array(), without)))).code).toBe('API_RATE_LIMITED');
  });

  test('with a tenant that is no name go no further', async () => {
    const { parts, call, forwarded } = setUp();
    expect((await errorOf(handleUnary(parts, signIn, call(SignInRequest.encode({ tenant: '*', user: 'u', password: 'p' }).finish())))).code).toBe('API_BAD_FIELD');
    expect(forwarded).toEqual([]);
  });
});

describe('streams', () => {
  const watchQueues = served('patchbay.routing.v1.RoutingService/WatchQueues');
  const bytes = WatchQueuesRequest.encode({}).finish();

  test('end with a reason to come again when the server stops, and new calls are turned away', async () => {
    const source = { abort: () => {} };
    const { parts, call, draining } = setUp({
      stream: (async function* () {
        yield { queues: [] };
        await new Promise<void>((_, reject) => (source.abort = () => { reject(new DOMException('gone', 'AbortError')); }));
      })(),
    });
    const stream = handleStream(parts, watchQueues, call(bytes));
    await stream.next();
    const next = errorOf(stream.next());
    draining.abort();
    source.abort();
    expect((await next).code).toBe('API_DRAINING');
    expect((await errorOf(handleUnary(parts, getContact, call(contactBytes)))).code).toBe('API_DRAINING');
  });

  test('are refused when too many are open, and give their place back when they are left', async () => {
    const { parts, call } = setUp({ stream: (async function* () { yield {}; yield {}; })() });
    const open = handleStream(parts, watchQueues, call(bytes));
    await open.next();
    expect((await errorOf(handleStream(parts, watchQueues, call(bytes)).next())).code).toBe('API_BUSY');
    await open.return(undefined);
    expect(parts.streamPlaces.taken()).toBe(0);
  });
});
