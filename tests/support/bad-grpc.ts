import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { QueryRequest } from '@patchbay/contracts/analytics/v1/analytics_service';
import { SendMessageRequest, GetContactRequest, ListContactsRequest, WatchContactsRequest } from '@patchbay/contracts/crm/v1/contact_service';
import { ApplyResourcesRequest, GetResourceRequest, RemoveResourceRequest } from '@patchbay/contracts/directory/v1/directory_service';
import { CreateApiKeyRequest, SetPasswordRequest, SignInRequest } from '@patchbay/contracts/directory/v1/identity_service';
import { SetStateRequest } from '@patchbay/contracts/agent/v1/agent_service';
import { ListDeadLettersRequest, ReplayDeadLettersRequest, WatchEventsRequest } from '@patchbay/contracts/event/v1/event_service';
import { AcceptOfferRequest } from '@patchbay/contracts/routing/v1/routing_service';

/** gRPC requests that must be refused with a code and reach no service. */
export interface BadGrpc {
  /** What is wrong with it. */
  name: string;
  /** Full method. */
  path: string;
  body: Uint8Array;
  /** Whose credential it bears; `none` for none. */
  as: 'admin' | 'agent' | 'manager' | 'none';
  metadata?: Readonly<Record<string, string>>;
  /** gRPC status (https://grpc.io/docs/guides/status-codes/). */
  status: number;
  /** Reason in ErrorInfo; absent where the transport refuses before any service of ours sees it. */
  reason?: string;
}

const contacts = '/patchbay.crm.v1.ContactService';
const directory = '/patchbay.directory.v1.DirectoryService';
const identity = '/patchbay.directory.v1.IdentityService';
const events = '/patchbay.event.v1.EventService';
const agents = '/patchbay.agent.v1.AgentService';
const analytics = '/patchbay.analytics.v1.AnalyticsService';
const contactId = '01890000-0000-7000-8000-0000000000ab';
const empty = new Uint8Array();

const sql = (text: string) => QueryRequest.encode({ sql: text, maxRows: 0 }).finish();
const getContact = (id: string) => GetContactRequest.encode({ contactId: id }).finish();
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

const soon = 4_102_444_800;
const claims = { iss: 'patchbay', aud: 'patchbay', sub: 'user:admin', tenant: 'demo', roles: ['admin'], iat: 1_700_000_000, exp: soon };
const unsigned = `${base64url({ alg: 'none' })}.${base64url(claims)}.`;
const hmacInput = `${base64url({ alg: 'HS256', kid: 'x' })}.${base64url(claims)}`;
const hmac = `${hmacInput}.${createHmac('sha256', 'secret').update(hmacInput).digest('base64url')}`;

const unauthenticated: readonly [string, Record<string, string>, string][] = [
  ['no credential', {}, 'API_NO_CREDENTIAL'],
  ['an empty bearer', { authorization: 'Bearer' }, 'API_BAD_CREDENTIAL'],
  ['a password instead of a token', { authorization: 'Basic YWRtaW46YWRtaW4=' }, 'API_BAD_CREDENTIAL'],
  ['a token that is none', { authorization: 'Bearer a.b.c' }, 'API_BAD_CREDENTIAL'],
  ['a token without a signature', { authorization: `Bearer ${unsigned}` }, 'API_BAD_CREDENTIAL'],
  ['a token signed by a shared secret', { authorization: `Bearer ${hmac}` }, 'API_BAD_CREDENTIAL'],
  ['a token as long as a letter', { authorization: `Bearer ${'x'.repeat(6_000)}` }, 'API_BAD_CREDENTIAL'],
  ['a key that is none', { 'x-api-key': 'secret' }, 'API_BAD_CREDENTIAL'],
  ['a key of nobody', { 'x-api-key': `pb_${'a'.repeat(12)}_${'A'.repeat(43)}` }, 'API_BAD_CREDENTIAL'],
  ['a key and a token', { 'x-api-key': `pb_${'a'.repeat(12)}_${'A'.repeat(43)}`, authorization: 'Bearer a.b.c' }, 'API_BAD_CREDENTIAL'],
];

const malformed: readonly [string, Uint8Array][] = [
  ['a field that is cut off', Buffer.from([0x0a])],
  ['a length beyond the end', Buffer.from([0x0a, 0x7f, 0x61])],
  ['a length of four gigabytes', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
  ['a number without an end', Buffer.alloc(20, 0xff)],
  ['field number zero', Buffer.from([0x02, 0x00])],
  ['a wire type that does not exist', Buffer.from([0x0f, 0x01])],
  ['the end of a group that never began', Buffer.from([0x0c])],
];

const badIds = ['*', '>', 'evt.demo.>', '../../etc/passwd', contactId.toUpperCase(), `${contactId} `, `${contactId}\u0000`, "' OR 1=1 --", '😀'];

const call = (name: string, path: string, body: Uint8Array, rest: Pick<BadGrpc, 'as' | 'status'> & { reason?: string }): BadGrpc => ({ name, path, body, ...rest });
const badField = { as: 'admin', status: 3, reason: 'API_BAD_FIELD' } as const;
const forbidden = { status: 7, reason: 'API_FORBIDDEN' } as const;
const unknown = { as: 'admin', status: 12 } as const;

/** Every kind of bad request, one a row. */
export const badGrpc: readonly BadGrpc[] = [
  ...unauthenticated.map(([name, metadata, reason]): BadGrpc => ({ name, path: `${contacts}/GetContact`, body: getContact(contactId), as: 'none', metadata, status: 16, reason })),
  ...malformed.map(([name, body]) => call(name, `${contacts}/GetContact`, body, { as: 'admin', status: 3, reason: 'API_MALFORMED_REQUEST' })),
  ...badIds.map((id) => call(`the contact ${JSON.stringify(id)}`, `${contacts}/GetContact`, getContact(id), badField)),
  call('bytes that are no text as an id', `${contacts}/GetContact`, Buffer.from([0x0a, 0x02, 0xc3, 0x28]), badField),
  call('a time beyond the calendar', `${contacts}/ListContacts`, Buffer.from([0x3a, 0x09, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), badField),
  call('a queue with a wildcard', `${contacts}/ListContacts`, ListContactsRequest.encode(ListContactsRequest.fromPartial({ queue: 'billing.>' })).finish(), badField),
  call('one bad id among good ones', `${contacts}/WatchContacts`, WatchContactsRequest.encode(WatchContactsRequest.fromPartial({ contactIds: [contactId, 'x'] })).finish(), badField),
  call('a command id that is none', `${contacts}/SendMessage`, SendMessageRequest.encode(SendMessageRequest.fromPartial({ contactId, commandId: 'again' })).finish(), badField),
  call('a tenant with a wildcard', `${identity}/SignIn`, SignInRequest.encode({ tenant: '*', user: 'admin', password: 'x' }).finish(), { as: 'none', status: 3, reason: 'API_BAD_FIELD' }),
  call('a user with signs of the bus', `${identity}/SignIn`, SignInRequest.encode({ tenant: 'demo', user: 'admin.>', password: 'x' }).finish(), { as: 'none', status: 3, reason: 'API_BAD_FIELD' }),
  call('a wrong password', `${identity}/SignIn`, SignInRequest.encode({ tenant: 'demo', user: 'nobody', password: 'x' }).finish(), { as: 'none', status: 16, reason: 'DIRECTORY_BAD_CREDENTIALS' }),
  call('a kind that does not exist', `${directory}/GetResource`, GetResourceRequest.encode({ kind: 'Line', name: 'x' }).finish(), { as: 'admin', status: 3, reason: 'DIRECTORY_BAD_REQUEST' }),
  call('a resource that does not exist', `${directory}/GetResource`, GetResourceRequest.encode({ kind: 'Queue', name: 'nowhere' }).finish(), { as: 'admin', status: 5, reason: 'DIRECTORY_UNKNOWN_RESOURCE' }),
  call('the removal of the tenant', `${directory}/RemoveResource`, RemoveResourceRequest.encode({ kind: 'Tenant', name: 'demo' }).finish(), { as: 'admin', status: 9, reason: 'DIRECTORY_TENANT_STAYS' }),
  call('a file that is no YAML', `${directory}/ApplyResources`, ApplyResourcesRequest.encode(ApplyResourcesRequest.fromPartial({ files: [{ name: 'a', yaml: '{' }] })).finish(), { as: 'admin', status: 3, reason: 'DIRECTORY_INVALID_RESOURCES' }),
  call('a request larger than the bus passes on', `${directory}/ApplyResources`, ApplyResourcesRequest.encode(ApplyResourcesRequest.fromPartial({ files: [{ name: 'a', yaml: ' '.repeat(4 * 1024 * 1024 - 1_000) }] })).finish(), { as: 'admin', status: 8, reason: 'API_REQUEST_TOO_LARGE' }),
  call('a request larger than is taken at all', `${directory}/ApplyResources`, ApplyResourcesRequest.encode(ApplyResourcesRequest.fromPartial({ files: [{ name: 'a', yaml: ' '.repeat(5 * 1024 * 1024) }] })).finish(), { as: 'admin', status: 8 }),
  call('a key without roles', `${identity}/CreateApiKey`, CreateApiKeyRequest.encode(CreateApiKeyRequest.fromPartial({ title: 'x' })).finish(), { as: 'admin', status: 3, reason: 'DIRECTORY_BAD_REQUEST' }),
  call('a key with a role that does not exist', `${identity}/CreateApiKey`, Buffer.from([0x0a, 0x01, 0x78, 0x12, 0x01, 0x63]), { as: 'admin', status: 3, reason: 'DIRECTORY_BAD_REQUEST' }),
  call('a password that is too short', `${identity}/SetPassword`, SetPasswordRequest.encode({ user: 'admin', password: 'short' }).finish(), { as: 'admin', status: 3, reason: 'DIRECTORY_WEAK_PASSWORD' }),
  call("an agent who sets somebody else's password", `${identity}/SetPassword`, SetPasswordRequest.encode({ user: 'admin', password: 'long enough it is' }).finish(), { as: 'agent', status: 7, reason: 'DIRECTORY_FORBIDDEN' }),
  call('an agent who applies resources', `${directory}/ApplyResources`, empty, { as: 'agent', ...forbidden }),
  call('an agent who reads events', `${events}/WatchEvents`, empty, { as: 'agent', ...forbidden }),
  call("an agent who changes another's state", `${agents}/SetState`, SetStateRequest.encode(SetStateRequest.fromPartial({ agentId: '1002' })).finish(), { as: 'agent', ...forbidden }),
  call("an agent who takes another's offer", '/patchbay.routing.v1.RoutingService/AcceptOffer', AcceptOfferRequest.encode({ agentId: '1002', offerId: contactId, contactId }).finish(), { as: 'agent', ...forbidden }),
  call("an agent who lists another's contacts", `${contacts}/ListContacts`, ListContactsRequest.encode(ListContactsRequest.fromPartial({ agentId: '1002' })).finish(), { as: 'agent', ...forbidden }),
  call('a manager who makes keys', `${identity}/CreateApiKey`, empty, { as: 'manager', ...forbidden }),
  call('a manager who replays dead letters', `${events}/ReplayDeadLetters`, empty, { as: 'manager', ...forbidden }),
  call('a resume token that is none', `${events}/WatchEvents`, WatchEventsRequest.encode(WatchEventsRequest.fromPartial({ resumeToken: 'x' })).finish(), { as: 'admin', status: 3, reason: 'API_BAD_RESUME_TOKEN' }),
  call('a fact type that does not exist', `${events}/WatchEvents`, WatchEventsRequest.encode(WatchEventsRequest.fromPartial({ types: ['patchbay.x.v1.Nothing'] })).finish(), badField),
  call('a page of a million', `${events}/ListDeadLetters`, ListDeadLettersRequest.encode({ service: '', pageSize: 1_000_000 }).finish(), badField),
  call('a replay of nothing in particular', `${events}/ReplayDeadLetters`, ReplayDeadLettersRequest.encode({ sequences: [], service: '' }).finish(), badField),
  call('the secrets of an entry point', `${directory}/GetSecrets`, empty, unknown),
  call('the digests of a phone', `${identity}/GetPhoneCredential`, empty, unknown),
  call('the owner of a key', `${identity}/VerifyApiKey`, empty, unknown),
  call('the failure of an offer', '/patchbay.routing.v1.RoutingService/FailOffer', empty, unknown),
  call('a method that does not exist', `${contacts}/DeleteEverything`, empty, unknown),
  call('a service that does not exist', '/patchbay.crm.v9.ContactService/GetContact', empty, unknown),
  call('a path that is none', '/', empty, unknown),
  call('an agent who asks the warehouse', `${analytics}/Query`, sql('select 1'), { as: 'agent', ...forbidden }),
  call('an agent who reads the figures', `${analytics}/GetKpis`, empty, { as: 'agent', ...forbidden }),
  call('an agent who removes a resource', `${directory}/RemoveResource`, RemoveResourceRequest.encode({ kind: 'Queue', name: 'support' }).finish(), { as: 'agent', ...forbidden }),
  call('an agent who lists the keys', `${identity}/ListApiKeys`, empty, { as: 'agent', ...forbidden }),
  call('an agent who listens to a recording', '/patchbay.recording.v1.RecordingService/ListRecordings', empty, { as: 'agent', ...forbidden }),
  call('a manager who applies resources', `${directory}/ApplyResources`, empty, { as: 'manager', ...forbidden }),
  call('a manager who writes to customers', `${contacts}/SendMessage`, SendMessageRequest.encode(SendMessageRequest.fromPartial({ contactId, commandId: contactId })).finish(), { as: 'manager', ...forbidden }),
];

/** SQL that writes, reads what is not the tenant's, or leaves the warehouse; one a row. */
export const badSql: readonly BadGrpc[] = (
  [
    ['a file that is read', "select * from read_csv('/etc/passwd')"],
    ['a file between quotes', "select * from '/etc/hosts.csv'"],
    ['a file as the name of a table', 'select * from "/etc/hosts.csv"'],
    ['a text file', "select content from read_text('/etc/passwd')"],
    ['a list of files', "select * from glob('/etc/*')"],
    ['a file that is written', "copy (select 1) to '/tmp/patchbay.csv'"],
    ['a database that is attached', "attach '/tmp/patchbay.duckdb' as other"],
    ['an extension that is installed', 'install httpfs'],
    ['an extension that is loaded', 'load httpfs'],
    ['a setting', "set enable_external_access = true"],
    ['a pragma', 'pragma database_list'],
    ['an environment variable', "select getenv('PATH')"],
    ['a row that is deleted', 'delete from event'],
    ['a row that is changed', "update dim_queue set title = ''"],
    ['a table that is dropped', 'drop table event'],
    ['a table that is made', 'create table x as select 1'],
    ['two statements', 'select 1; delete from event'],
    ['rows of all tenants by the schema', 'select * from main.event'],
    ['rows of all tenants behind a comment', "select * from --'\n main.event --'"],
    ['rows of all tenants behind a backslash', "select E'\\'', * from main.event where tenant <> 'x'"],
    ['the tables of the catalogue', 'select * from duckdb_tables()'],
    ['a table of nobody', 'select * from nothing'],
    ['words', 'how many contacts are there?'],
    ['nothing', ''],
    ['a statement of 30 KB', `select ${'1,'.repeat(15_000)}1`],
  ] as const
).map(([name, text]) => ({ name: `SQL with ${name}`, path: `${analytics}/Query`, body: sql(text), as: 'manager', status: 3, reason: 'ANALYTICS_BAD_SQL' }));

const part = (token: string, index: number) => token.split('.')[index] ?? '';
const opened = (token: string, index: number) => JSON.parse(Buffer.from(part(token, index), 'base64url').toString()) as Record<string, unknown>;

/** Tokens made out of a good one; none may be taken. */
export function forgedTokens(good: string, other: string): readonly BadGrpc[] {
  const claimed = (change: object) => [part(good, 0), base64url({ ...opened(good, 1), ...change }), part(good, 2)].join('.');
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const ownKey = (header: object) => {
    const input = `${base64url({ ...opened(good, 0), alg: 'EdDSA', ...header })}.${part(good, 1)}`;
    return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
  };
  return (
    [
      ['with more roles', claimed({ roles: ['admin', 'manager', 'qa'] })],
      ['of another tenant', claimed({ tenant: 'other' })],
      ['of another user', claimed({ sub: 'user:root' })],
      ['that never ends', claimed({ exp: soon })],
      ["with another token's signature", [part(good, 0), part(good, 1), part(other, 2)].join('.')],
      ['with a signature that is cut off', good.slice(0, -8)],
      ['with a fourth part', `${good}.x`],
      ['whose header says that none is needed', [base64url({ ...opened(good, 0), alg: 'none' }), part(good, 1), part(good, 2)].join('.')],
      ['that brings its own key', ownKey({ jwk: publicKey.export({ format: 'jwk' }) })],
      ['that is signed by another key of the same name', ownKey({})],
      ['whose key is a file', ownKey({ kid: '../../../dev/null' })],
      ['whose key is an address', ownKey({ jku: 'http://127.0.0.1:9/keys' })],
    ] as const
  ).map(([name, token]) => ({ name: `a token ${name}`, path: `${contacts}/GetContact`, body: getContact(contactId), as: 'none', metadata: { authorization: `Bearer ${token}` }, status: 16, reason: 'API_BAD_CREDENTIAL' }));
}

/** HTTP/2 that carries no good gRPC message (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). */
export interface BadGrpcStream {
  name: string;
  headers?: Readonly<Record<string, string>>;
  body: Uint8Array;
  /** `grpc-status` in headers or trailers, or the HTTP status where it is no gRPC. */
  status: { grpc: number } | { http: number } | 'reset';
}

/** Every kind of stream that is none, one a row. */
export const badGrpcStreams: readonly BadGrpcStream[] = [
  { name: 'another content type', headers: { 'content-type': 'text/plain' }, body: Buffer.from('hello'), status: { http: 415 } },
  { name: 'a web request', headers: { ':method': 'GET' }, body: Buffer.alloc(0), status: 'reset' },
  { name: 'a length of four gigabytes', body: Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1]), status: { grpc: 8 } },
  { name: 'a length that is cut off', body: Buffer.from([0, 0, 0]), status: { grpc: 12 } },
  { name: 'a message that is cut off', body: Buffer.from([0, 0, 0, 0, 9, 1]), status: { grpc: 12 } },
  { name: 'no message', body: Buffer.alloc(0), status: { grpc: 12 } },
  { name: 'two messages', body: Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), status: { grpc: 12 } },
  { name: 'a packed message that is not', headers: { 'grpc-encoding': 'gzip' }, body: Buffer.from([1, 0, 0, 0, 3, 1, 2, 3]), status: { grpc: 13 } },
  { name: 'a packing that nobody knows', headers: { 'grpc-encoding': 'nothing' }, body: Buffer.from([1, 0, 0, 0, 1, 1]), status: { grpc: 12 } },
  { name: 'a deadline that is a word', headers: { 'grpc-timeout': 'soon' }, body: Buffer.from([0, 0, 0, 0, 0]), status: { grpc: 13 } },
  { name: 'a deadline that has passed', headers: { 'grpc-timeout': '0n' }, body: Buffer.from([0, 0, 0, 0, 0]), status: { grpc: 4 } },
];
