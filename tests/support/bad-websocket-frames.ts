/** One frame that is not of the chat protocol, and what must come of it. */
export interface BadFrame {
  readonly name: string;
  /** Whether hello went before. */
  readonly after: 'connect' | 'hello';
  readonly send: { readonly text: string } | { readonly binary: Uint8Array } | { readonly raw: Uint8Array };
  readonly expect:
    /** An error frame; the connection lives unless a close code is given. */
    | { readonly error: string; readonly field?: string; readonly close?: number }
    /** The message is refused by its id. */
    | { readonly rejected: string }
    /** The WebSocket layer closes with a code of RFC 6455 section 7.4.1. */
    | { readonly close: number };
}

/** A good UUIDv7 for messages that are bad otherwise. */
export const goodMsgId = '0199c0de-0000-7000-8000-000000000001';

const hello = (change: Record<string, unknown>) => ({ text: JSON.stringify({ type: 'hello', protocol: 1, widgetKey: 'W1', ...change }) });
const message = (change: Record<string, unknown>) => ({ text: JSON.stringify({ type: 'message', clientMsgId: goodMsgId, text: 'x', ...change }) });
const badFrame = (field: string) => ({ error: 'WEBCHAT_BAD_FRAME', field });

/** A client frame of RFC 6455 section 5.2, masked with zeros unless told otherwise. */
function rawFrame(first: number, payload: Uint8Array, options: { masked?: boolean; lengthCode?: number } = {}): Uint8Array {
  const masked = options.masked ?? true;
  const length = options.lengthCode ?? payload.length;
  return Uint8Array.from([first, (masked ? 0x80 : 0) | length, ...(masked ? [0, 0, 0, 0] : []), ...payload]);
}

const notJson: readonly [string, string][] = [
  ['an empty frame', ''],
  ['plain words', 'hello there'],
  ['cut JSON', '{"type":"hello","proto'],
  ['JSON with a trailing comma', '{"type":"ping",}'],
  ['two JSON values', '{"type":"ping"}{"type":"ping"}'],
  ['a number', '7'],
  ['null', 'null'],
  ['a text', '"hello"'],
  ['a list', '[{"type":"ping"}]'],
  ['a list 30,000 deep', '['.repeat(30_000)],
  ['a byte order mark', '\ufeff{"type":"ping"}'],
  ['an HTTP request', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
];

const badHellos: readonly [string, Record<string, unknown>, BadFrame['expect']][] = [
  ['an unknown widget key', { widgetKey: 'nobody' }, { error: 'WEBCHAT_UNKNOWN_WIDGET', field: 'widgetKey', close: 4404 }],
  ['no widget key', { widgetKey: undefined }, badFrame('widgetKey')],
  ['an empty widget key', { widgetKey: '' }, badFrame('widgetKey')],
  ['a widget key that is a number', { widgetKey: 1 }, badFrame('widgetKey')],
  ['a widget key of 129 signs', { widgetKey: 'k'.repeat(129) }, badFrame('widgetKey')],
  ['another protocol version', { protocol: 2 }, { error: 'WEBCHAT_BAD_PROTOCOL', field: 'protocol', close: 4400 }],
  ['the protocol version as text', { protocol: '1' }, { error: 'WEBCHAT_BAD_PROTOCOL', field: 'protocol', close: 4400 }],
  ['an empty visitor token', { visitorToken: '' }, badFrame('visitorToken')],
  ['a visitor token that is null', { visitorToken: null }, badFrame('visitorToken')],
  ['an invented visitor token', { visitorToken: 'v1.e30.AAAA' }, { error: 'WEBCHAT_BAD_TOKEN', field: 'visitorToken', close: 4401 }],
  ['a visitor token without signature', { visitorToken: 'v1.eyJ0IjoiZGVtbyJ9.' }, { error: 'WEBCHAT_BAD_TOKEN', field: 'visitorToken', close: 4401 }],
  ['a visitor token of an unknown version', { visitorToken: 'v0.e30.AAAA' }, { error: 'WEBCHAT_BAD_TOKEN', field: 'visitorToken', close: 4401 }],
  ['a visitor token of 1025 signs', { visitorToken: 'x'.repeat(1025) }, badFrame('visitorToken')],
  ['a language that is none', { language: '../../etc' }, badFrame('language')],
  ['a name of 81 signs', { name: 'n'.repeat(81) }, badFrame('name')],
  ['a name with NUL', { name: 'a\0b' }, badFrame('name')],
  ['a page that is an object', { page: {} }, badFrame('page')],
  ['a resume that is a number', { resume: 5 }, badFrame('resume')],
  ['a resume without contact', { resume: { lastSeq: 1 } }, badFrame('resume')],
  ['a resume with a bad contact id', { resume: { contactId: 'evt.demo.>', lastSeq: 1 } }, badFrame('resume')],
  ['a resume with a negative sequence', { resume: { contactId: goodMsgId, lastSeq: -1 } }, badFrame('resume')],
  ['a resume with a sequence over 2^53', { resume: { contactId: goodMsgId, lastSeq: 2 ** 53 } }, badFrame('resume')],
  ['a resume with a fraction', { resume: { contactId: goodMsgId, lastSeq: 1.5 } }, badFrame('resume')],
];

const badMessages: readonly [string, Record<string, unknown>, BadFrame['expect']][] = [
  ['no id', { clientMsgId: undefined }, badFrame('clientMsgId')],
  ['an id that is a UUIDv4', { clientMsgId: '0199c0de-0000-4000-8000-000000000001' }, badFrame('clientMsgId')],
  ['an id in capitals', { clientMsgId: goodMsgId.toUpperCase() }, badFrame('clientMsgId')],
  ['an id that is a list', { clientMsgId: [goodMsgId] }, badFrame('clientMsgId')],
  ['neither text nor choice', { text: undefined }, { rejected: 'WEBCHAT_BAD_FRAME' }],
  ['both text and choice', { choice: { id: '1', label: 'a' } }, { rejected: 'WEBCHAT_BAD_FRAME' }],
  ['a text that is a number', { text: 5 }, { rejected: 'WEBCHAT_BAD_FRAME' }],
  ['a text that is an object', { text: { $case: 'text' } }, { rejected: 'WEBCHAT_BAD_FRAME' }],
  ['an empty text', { text: '' }, { rejected: 'WEBCHAT_EMPTY_MESSAGE' }],
  ['a text of blanks and NUL', { text: ' \n\0\t ' }, { rejected: 'WEBCHAT_EMPTY_MESSAGE' }],
  ['a text of 16 KiB and one byte', { text: 'x'.repeat(16 * 1024 + 1) }, { rejected: 'WEBCHAT_TEXT_TOO_LONG' }],
  ['a text over 16 KiB in UTF-8 only', { text: '汉'.repeat(6_000) }, { rejected: 'WEBCHAT_TEXT_TOO_LONG' }],
  ['a choice without id', { text: undefined, choice: { label: 'a' } }, { rejected: 'WEBCHAT_BAD_FRAME' }],
  ['a choice with an id of 65 signs', { text: undefined, choice: { id: 'i'.repeat(65), label: 'a' } }, { rejected: 'WEBCHAT_BAD_FRAME' }],
];

/** Malformed frames of every layer. Each has one coded answer, ends no process and publishes nothing. */
export const badWebSocketFrames: readonly BadFrame[] = [
  ...notJson.map(([name, text]): BadFrame => ({ name: `${name} as first frame`, after: 'connect', send: { text }, expect: badFrame('frame') })),
  ...notJson.slice(0, 4).map(([name, text]): BadFrame => ({ name: `${name} after hello`, after: 'hello', send: { text }, expect: badFrame('frame') })),
  ...badHellos.map(([name, change, expected]): BadFrame => ({ name: `hello with ${name}`, after: 'connect', send: hello(change), expect: expected })),
  ...badMessages.map(([name, change, expected]): BadFrame => ({ name: `message with ${name}`, after: 'hello', send: message(change), expect: expected })),
  { name: 'a frame without type', after: 'hello', send: { text: '{}' }, expect: badFrame('type') },
  { name: 'a frame of an unknown type', after: 'hello', send: { text: '{"type":"subscribe"}' }, expect: badFrame('type') },
  { name: 'a type from the prototype', after: 'hello', send: { text: '{"type":"constructor"}' }, expect: badFrame('type') },
  { name: 'a prototype in the frame', after: 'hello', send: { text: '{"__proto__":{"type":"end"}}' }, expect: badFrame('type') },
  { name: 'a message before hello', after: 'connect', send: message({}), expect: { error: 'WEBCHAT_HELLO_FIRST' } },
  { name: 'an end before hello', after: 'connect', send: { text: '{"type":"end"}' }, expect: { error: 'WEBCHAT_HELLO_FIRST' } },
  { name: 'hello twice', after: 'hello', send: hello({}), expect: { error: 'WEBCHAT_HELLO_TWICE' } },
  { name: 'a binary frame', after: 'hello', send: { binary: Uint8Array.from([1, 2, 3]) }, expect: { error: 'WEBCHAT_BINARY_FRAME' } },
  { name: 'a binary frame as first frame', after: 'connect', send: { binary: new Uint8Array() }, expect: { error: 'WEBCHAT_BINARY_FRAME' } },
  { name: 'a frame over 64 KiB', after: 'hello', send: { text: JSON.stringify({ type: 'ping', padding: 'x'.repeat(64 * 1024) }) }, expect: { close: 1009 } },
  { name: 'text that is not UTF-8', after: 'hello', send: { raw: rawFrame(0x81, Uint8Array.from([0xff, 0xfe])) }, expect: { close: 1007 } },
  { name: 'text with an encoded lone surrogate', after: 'hello', send: { raw: rawFrame(0x81, Uint8Array.from([0xed, 0xa0, 0x80])) }, expect: { close: 1007 } },
  { name: 'text with an overlong encoding', after: 'hello', send: { raw: rawFrame(0x81, Uint8Array.from([0xc0, 0xaf])) }, expect: { close: 1007 } },
  { name: 'a frame without mask', after: 'hello', send: { raw: rawFrame(0x81, Buffer.from('{}'), { masked: false }) }, expect: { close: 1002 } },
  { name: 'a reserved bit', after: 'hello', send: { raw: rawFrame(0xc1, Buffer.from('{}')) }, expect: { close: 1002 } },
  { name: 'an unknown opcode', after: 'hello', send: { raw: rawFrame(0x83, Buffer.from('{}')) }, expect: { close: 1002 } },
  { name: 'a continuation of nothing', after: 'hello', send: { raw: rawFrame(0x80, Buffer.from('{}')) }, expect: { close: 1002 } },
  { name: 'a ping in pieces', after: 'hello', send: { raw: rawFrame(0x09, Buffer.from('x')) }, expect: { close: 1002 } },
  { name: 'a ping over 125 bytes', after: 'hello', send: { raw: rawFrame(0x89, new Uint8Array(4), { lengthCode: 126 }) }, expect: { close: 1002 } },
  { name: 'a close frame of one byte', after: 'hello', send: { raw: rawFrame(0x88, Uint8Array.from([3])) }, expect: { close: 1002 } },
  { name: 'a close frame with a reserved code', after: 'hello', send: { raw: rawFrame(0x88, Uint8Array.from([0x03, 0xed])) }, expect: { close: 1002 } },
];

/** One HTTP request to the chat's port that is no good one. */
export interface BadChatHttp {
  readonly name: string;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
}

const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' };

/** Every kind of bad HTTP at the chat's port, one a row. */
export const badChatHttp: readonly BadChatHttp[] = [
  { name: 'a path that is none', path: '//', status: 400 },
  { name: 'a page that does not exist', path: '/admin', status: 404 },
  { name: 'a page that climbs', path: '/..%2f..%2fetc%2fpasswd', status: 404 },
  { name: 'a POST', method: 'POST', path: '/demo', status: 405 },
  { name: 'headers of 20 KB', path: '/demo', headers: { 'x-long': 'x'.repeat(20_000) }, status: 431 },
  { name: 'a socket at another path', path: '/ws', headers: upgrade, status: 404 },
  { name: 'a socket at a path that is none', path: '//', headers: upgrade, status: 404 },
  { name: 'a socket of version 7', path: '/socket', headers: { ...upgrade, 'sec-websocket-version': '7' }, status: 400 },
  { name: 'a socket without a key', path: '/socket', headers: { ...upgrade, 'sec-websocket-key': '' }, status: 400 },
];
