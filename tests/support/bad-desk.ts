/** One HTTP request of a browser, or of somebody who is none. */
export interface BadHttp {
  readonly name: string;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether it bears an agent's cookie. */
  readonly signedIn?: boolean;
  /** Origin; the desk's own when absent, none when null. */
  readonly origin?: string | null;
  readonly status: number;
  /** Code in the answer; absent where the HTTP layer refuses, or the upgrade. */
  readonly code?: string;
}

const json = { 'content-type': 'application/json' };
const signIn = (change: Record<string, unknown>) => JSON.stringify({ tenant: 'demo', user: 'agent', password: 'wrong', ...change });
const badRequest = { status: 400, code: 'DESK_BAD_REQUEST' } as const;
const signedOut = { status: 401, code: 'DESK_SIGNED_OUT' } as const;
const notFound = { status: 404, code: 'DESK_NOT_FOUND' } as const;
const unknownContact = { status: 404, code: 'CRM_CONTACT_UNKNOWN' } as const;
const badOrigin = { status: 403, code: 'DESK_BAD_ORIGIN' } as const;
const wrongPassword = { status: 401, code: 'DIRECTORY_BAD_CREDENTIALS' } as const;
const contactId = '0199c0de-0000-7000-8000-0000000000aa';

const signIns: readonly BadHttp[] = (
  [
    ['no content type', { headers: {}, body: signIn({}) }, badRequest],
    ['a form in place of JSON', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'user=agent&password=x' }, badRequest],
    ['JSON that is cut off', { body: '{"user":"agent"' }, badRequest],
    ['a JSON list', { body: '[]' }, badRequest],
    ['JSON null', { body: 'null' }, badRequest],
    ['an empty body', { body: '' }, badRequest],
    ['JSON 8,000 deep', { body: '['.repeat(8_000) }, badRequest],
    ['a user that is a list', { body: signIn({ user: ['agent'] }) }, badRequest],
    ['a user of 64 signs', { body: signIn({ user: 'u'.repeat(64) }) }, badRequest],
    ['a password that is a number', { body: signIn({ password: 7 }) }, badRequest],
    ['a password of 2,000 signs', { body: signIn({ password: 'p'.repeat(2_000) }) }, badRequest],
    ['a tenant with a wildcard', { body: signIn({ tenant: '*' }) }, badRequest],
    ['a tenant that climbs', { body: signIn({ tenant: '../demo' }) }, badRequest],
    ['a body over the limit', { body: JSON.stringify({ user: 'x'.repeat(20_000) }) }, { status: 413, code: 'DESK_TOO_LARGE' }],
    ['a wrong password', { body: signIn({}) }, wrongPassword],
    ['a user of nobody', { body: signIn({ user: 'nobody' }) }, wrongPassword],
    ['a tenant of nobody', { body: signIn({ tenant: 'nowhere' }) }, wrongPassword],
    ['a page of another site', { body: signIn({}), origin: 'http://evil.example' }, badOrigin],
    ['no origin', { body: signIn({}), origin: null }, badOrigin],
    ['the origin of a file', { body: signIn({}), origin: 'null' }, badOrigin],
  ] satisfies [string, Partial<BadHttp>, { status: number; code: string }][]
).map(([name, request, answer]) => ({ name: `a sign-in with ${name}`, method: 'POST', path: '/api/sign-in', headers: json, ...request, ...answer }));

const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' };

/** Every kind of bad HTTP at the desk, one a row. */
export const badDeskHttp: readonly BadHttp[] = [
  ...signIns,
  { name: 'a path that is none', path: '//', ...badRequest },
  { name: 'a path with a broken escape', path: `/api/recordings/%zz`, signedIn: true, ...badRequest },
  { name: 'a route that does not exist', path: '/api/everything', ...notFound },
  { name: 'a route named as the prototype', path: '/api/__proto__', ...notFound },
  { name: 'a route named as a constructor', path: '/api/constructor', ...notFound },
  { name: 'another method of a route', method: 'DELETE', path: '/api/session', ...notFound },
  { name: 'a file outside of the pages', path: '/assets/%2e%2e%2f%2e%2e%2fetc/passwd', ...notFound },
  { name: 'a session under a forged cookie', path: '/api/session', headers: { cookie: 'patchbay-desk=a.b.c' }, ...signedOut },
  { name: 'a session under an unsigned token', path: '/api/session', headers: { cookie: `patchbay-desk=${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"user:admin","tenant":"demo"}').toString('base64url')}.` }, ...signedOut },
  { name: 'a recording without a session', path: `/api/recordings/${contactId}`, ...signedOut },
  { name: 'a recording of a contact with a wildcard', path: '/api/recordings/%3e', signedIn: true, ...badRequest },
  { name: 'a recording of a contact that climbs', path: '/api/recordings/..%2f..%2fetc', signedIn: true, ...badRequest },
  { name: 'a recording of nothing', path: '/api/recordings', signedIn: true, ...badRequest },
  { name: 'a recording of a contact of nobody', path: `/api/recordings/${contactId}`, signedIn: true, ...unknownContact },
  { name: 'peaks without a session', path: `/api/peaks/${contactId}`, ...signedOut },
  { name: 'a file of a contact of nobody', path: `/api/attachments/${contactId}/photo`, signedIn: true, ...unknownContact },
  { name: 'a file that climbs', path: `/api/attachments/${contactId}/..%2f..%2fetc%2fpasswd`, signedIn: true, ...unknownContact },
  { name: 'preferences without a session', method: 'POST', path: '/api/preferences', headers: json, body: '{}', ...signedOut },
  { name: 'preferences of a language that is none', method: 'POST', path: '/api/preferences', headers: json, body: '{"language":"../zh"}', signedIn: true, ...badRequest },
  { name: 'preferences of a theme that is none', method: 'POST', path: '/api/preferences', headers: json, body: '{"theme":"<b>"}', signedIn: true, ...badRequest },
  { name: 'headers of 20 KB', path: '/api/session', headers: { 'x-long': 'x'.repeat(20_000) }, status: 431 },
  { name: 'a socket at another path', path: '/socket', headers: upgrade, signedIn: true, status: 404 },
  { name: 'a socket at a path that is none', path: '//', headers: upgrade, signedIn: true, status: 404 },
  { name: 'a socket without a session', path: '/ws', headers: upgrade, status: 401 },
  { name: 'a socket under a forged cookie', path: '/ws', headers: { ...upgrade, cookie: 'patchbay-desk=a.b.c' }, status: 401 },
  { name: 'a socket of a page of another site', path: '/ws', headers: upgrade, signedIn: true, origin: 'http://evil.example', status: 403 },
  { name: 'a socket without an origin', path: '/ws', headers: upgrade, signedIn: true, origin: null, status: 403 },
  { name: 'a socket of version 7', path: '/ws', headers: { ...upgrade, 'sec-websocket-version': '7' }, signedIn: true, status: 400 },
  { name: 'a socket without a key', path: '/ws', headers: { ...upgrade, 'sec-websocket-key': '' }, signedIn: true, status: 400 },
];

/** One frame of a browser that is none of the desk's protocol, or asks for what the user may not have. */
export interface BadDeskFrame {
  readonly name: string;
  readonly send: { readonly text: string } | { readonly binary: Uint8Array } | { readonly raw: Uint8Array };
  readonly expect:
    /** A failure; `field` is what it names. */
    | { readonly code: string; readonly field?: string }
    /** Code with which the socket closes. */
    | { readonly close: number };
}

const ask = (method: unknown, params?: unknown) => ({ text: JSON.stringify({ id: 7, method, params }) });
const badField = (field: string) => ({ code: 'DESK_BAD_REQUEST', field });
const id = { contactId, commandId: contactId };
const frame = (first: number, ...rest: number[]) => ({ raw: Uint8Array.from([first, ...rest]) });

/** Every kind of bad frame at the desk, one a row; the socket is an agent's. */
export const badDeskFrames: readonly BadDeskFrame[] = [
  { name: 'an empty frame', send: { text: '' }, expect: badField('frame') },
  { name: 'words', send: { text: 'hello' }, expect: badField('frame') },
  { name: 'JSON that is cut off', send: { text: '{"id":1,' }, expect: badField('frame') },
  { name: 'null', send: { text: 'null' }, expect: badField('frame') },
  { name: 'a list', send: { text: '[]' }, expect: badField('frame') },
  { name: 'lists 30,000 deep', send: { text: '['.repeat(30_000) }, expect: badField('frame') },
  { name: 'a binary frame', send: { binary: Uint8Array.of(1, 2, 3) }, expect: badField('frame') },
  { name: 'no id', send: { text: '{"method":"wall.open"}' }, expect: badField('id') },
  { name: 'an id below zero', send: { text: '{"id":-1,"method":"wall.open"}' }, expect: badField('id') },
  { name: 'an id with a fraction', send: { text: '{"id":1.5,"method":"wall.open"}' }, expect: badField('id') },
  { name: 'an id beyond 2^53', send: { text: '{"id":1e300,"method":"wall.open"}' }, expect: badField('id') },
  { name: 'an id from the prototype', send: { text: '{"__proto__":{"id":1,"method":"wall.open"}}' }, expect: badField('id') },
  { name: 'no method', send: { text: '{"id":7}' }, expect: badField('method') },
  { name: 'a method that is a list', send: ask(['wall.open']), expect: badField('method') },
  { name: 'a method of 65 signs', send: ask('m'.repeat(65)), expect: badField('method') },
  { name: 'a method that does not exist', send: ask('contact.delete', {}), expect: { code: 'DESK_UNKNOWN_METHOD' } },
  { name: 'a method that every object has', send: ask('toString', {}), expect: { code: 'DESK_UNKNOWN_METHOD' } },
  { name: 'the prototype as a method', send: ask('__proto__', {}), expect: { code: 'DESK_UNKNOWN_METHOD' } },
  { name: 'parameters that are a list', send: ask('contact.open', []), expect: badField('params') },
  { name: 'parameters that are a text', send: ask('contact.open', 'x'), expect: badField('params') },
  { name: 'no contact', send: ask('contact.open', {}), expect: badField('contactId') },
  { name: 'a contact with a wildcard', send: ask('contact.open', { contactId: '>' }), expect: badField('contactId') },
  { name: 'a contact that is an object', send: ask('contact.open', { contactId: { $ne: '' } }), expect: badField('contactId') },
  { name: 'a contact of 65 signs', send: ask('contact.open', { contactId: 'c'.repeat(65) }), expect: badField('contactId') },
  { name: 'a contact of nobody', send: ask('contact.open', { contactId }), expect: { code: unknownContact.code } },
  { name: 'a state that does not exist', send: ask('agent.setState', { state: 'asleep', reason: '' }), expect: badField('state') },
  { name: 'a state named as a constructor', send: ask('agent.setState', { state: 'constructor', reason: '' }), expect: badField('state') },
  { name: 'a reason with a space', send: ask('agent.setState', { state: 'break', reason: 'for tea' }), expect: badField('reason') },
  { name: 'a message without words', send: ask('contact.send', { ...id, text: '' }), expect: badField('text') },
  { name: 'a message of 8,001 signs', send: ask('contact.send', { ...id, text: 'x'.repeat(8_001) }), expect: badField('text') },
  { name: 'a message without a command id', send: ask('contact.send', { contactId, text: 'x' }), expect: badField('commandId') },
  { name: 'notes of 2,001 signs', send: ask('wrapUp.finish', { contactId, assignmentId: contactId, disposition: '', notes: 'n'.repeat(2_001) }), expect: badField('notes') },
  { name: 'an offer id that is a number', send: ask('offer.accept', { contactId, offerId: 5 }), expect: badField('offerId') },
  { name: 'the wall, by an agent', send: ask('wall.open', {}), expect: { code: 'DESK_FORBIDDEN' } },
  { name: 'the figures, by an agent', send: ask('kpis.today', {}), expect: { code: 'DESK_FORBIDDEN' } },
  { name: 'a session id with signs of the bus', send: ask('agent.signIn', { sessionId: '*.>' }), expect: badField('sessionId') },
  { name: 'a frame over 64 KiB', send: ask('contact.send', { ...id, text: 'x'.repeat(70_000) }), expect: { close: 1009 } },
  { name: 'text that is not UTF-8', send: frame(0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe), expect: { close: 1007 } },
  { name: 'a frame without mask', send: frame(0x81, 0x02, 0x7b, 0x7d), expect: { close: 1002 } },
  { name: 'a reserved opcode', send: frame(0x83, 0x80, 0, 0, 0, 0), expect: { close: 1002 } },
  { name: 'a reserved bit', send: frame(0xc1, 0x80, 0, 0, 0, 0), expect: { close: 1002 } },
  { name: 'a ping in pieces', send: frame(0x09, 0x80, 0, 0, 0, 0), expect: { close: 1002 } },
  { name: 'a continuation of nothing', send: frame(0x80, 0x80, 0, 0, 0, 0), expect: { close: 1002 } },
];
