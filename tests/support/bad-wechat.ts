import { createCipheriv, createHash } from 'node:crypto';
import type { AnyFact } from '@patchbay/bus/fact';
import type { WeChatAccount } from './edge-centre.ts';

/** One HTTP request as the platform, or somebody else, makes it. */
export interface WeChatCall {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** One kind of bad call-back. */
export interface BadWeChat {
  readonly name: string;
  call(account: WeChatAccount): WeChatCall;
  /** HTTP status. */
  readonly status: number;
  /** Code in the answer; absent where the HTTP layer refuses, and for what is taken. */
  readonly code?: string;
  /** What a call-back that is taken becomes: the message's part. Absent: nothing is published. */
  readonly becomes?: (fact: AnyFact & { type: 'patchbay.message.v1.MessageReceived' }) => unknown;
  readonly expected?: unknown;
}

const nowSeconds = () => Math.floor(Date.now() / 1_000);
const sha1 = (...parts: string[]) => createHash('sha1').update(parts.sort().join('')).digest('hex');

/** What of the envelope is to be wrong. */
interface Envelope {
  appId?: string;
  encodingAesKey?: string;
  /** Bytes behind the message, in place of PKCS#7 to 32. */
  padding?: (length: number) => Uint8Array;
  /** Claimed length of the message. */
  length?: number;
}

/** AES-256-CBC of 16 random bytes, the length, the message and the app id, padded to blocks of 32 (消息加解密). */
function seal(message: string | Uint8Array, account: WeChatAccount, envelope: Envelope = {}): string {
  const key = Buffer.from(`${envelope.encodingAesKey ?? account.encodingAesKey}=`, 'base64');
  const content = Buffer.from(message);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(envelope.length ?? content.length);
  const plain = Buffer.concat([Buffer.alloc(16, 1), length, content, Buffer.from(envelope.appId ?? account.appId)]);
  const pad = 32 - (plain.length % 32);
  const padding = envelope.padding?.(pad) ?? Buffer.alloc(pad, pad);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(Buffer.concat([plain, padding])), cipher.final()]).toString('base64');
}

interface Signing {
  token?: string;
  timestamp?: string;
  nonce?: string;
}

function signed(account: WeChatAccount, encrypted: string, change: Signing = {}, body = `<xml><ToUserName>gh</ToUserName><Encrypt>${encrypted}</Encrypt></xml>`): WeChatCall {
  const { token = account.token, timestamp = String(nowSeconds()), nonce = '42' } = change;
  return { query: { timestamp, nonce, encrypt_type: 'aes', msg_signature: sha1(token, timestamp, nonce, encrypted) }, body };
}

let lastMessage = 0n;
const nextId = () => String(7_000_000_000_000_000n + (lastMessage += 1n));

/** Fields of a text message; undefined takes one out. */
function messageXml(fields: Readonly<Record<string, string | undefined>> = {}): string {
  const all: Record<string, string | undefined> = { ToUserName: 'gh', FromUserName: `o-edge-${nextId()}`, CreateTime: String(nowSeconds()), MsgType: 'text', Content: 'hello', MsgId: nextId(), ...fields };
  return `<xml>${Object.entries(all).map(([name, value]) => (value === undefined ? '' : `<${name}><![CDATA[${value}]]></${name}>`)).join('')}</xml>`;
}

/** A genuine message of a follower. */
export const goodCall = (account: WeChatAccount, fields: Readonly<Record<string, string | undefined>> = {}): WeChatCall => signed(account, seal(messageXml(fields), account));

const badRequest = { status: 400, code: 'WECHAT_BAD_REQUEST' } as const;
const badSignature = { status: 403, code: 'WECHAT_BAD_SIGNATURE' } as const;
const unknownAccount = { status: 404, code: 'WECHAT_UNKNOWN_ACCOUNT' } as const;
const tooLarge = { status: 413, code: 'WECHAT_TOO_LARGE' } as const;
type Refused = { status: number; code?: string };

const row = (name: string, refused: Refused, call: BadWeChat['call']): BadWeChat => ({ name, ...refused, call });
/** A good envelope around something that is no message. */
const sealed = (name: string, message: string | Uint8Array): BadWeChat => row(`${name} inside a good envelope`, badRequest, (account) => signed(account, seal(message, account)));
/** A good signature beside a body that is not the platform's. */
const body = (name: string, text: string | Uint8Array): BadWeChat => row(name, badRequest, (account) => ({ ...goodCall(account), body: text }));
const without = (name: string): BadWeChat =>
  row(`no ${name}`, badRequest, (account) => {
    const call = goodCall(account);
    return { ...call, query: Object.fromEntries(Object.entries(call.query ?? {}).filter(([key]) => key !== name)) };
  });

const laughs = `<!DOCTYPE x [<!ENTITY a "ha">${'bcdefghij'.split('').map((name, index) => `<!ENTITY ${name} "${`&${'abcdefghij'[index]};`.repeat(10)}">`).join('')}]><xml><Encrypt>&j;</Encrypt></xml>`;

const envelopes: readonly BadWeChat[] = [
  row('a signature by another token', badSignature, (account) => signed(account, seal(messageXml(), account), { token: 'other' })),
  row('a signature of another message', badSignature, (account) => ({ ...goodCall(account), query: goodCall(account).query ?? {} })),
  row('a signature that is cut off', badSignature, (account) => ({ ...goodCall(account), query: { ...goodCall(account).query, msg_signature: 'ab' } })),
  row('a signature in capitals', badSignature, (account) => {
    const call = goodCall(account);
    return { ...call, query: { ...call.query, msg_signature: (call.query?.['msg_signature'] ?? '').toUpperCase() } };
  }),
  row('a signature of 1,000 signs', badRequest, (account) => ({ ...goodCall(account), query: { ...goodCall(account).query, msg_signature: 'a'.repeat(1_000) } })),
  row('a call of ten minutes ago', badSignature, (account) => signed(account, seal(messageXml(), account), { timestamp: String(nowSeconds() - 600) })),
  row('a call of tomorrow', badSignature, (account) => signed(account, seal(messageXml(), account), { timestamp: String(nowSeconds() + 86_400) })),
  row('a time that is a word', badSignature, (account) => signed(account, seal(messageXml(), account), { timestamp: 'soon' })),
  row('a time with a fraction', badSignature, (account) => signed(account, seal(messageXml(), account), { timestamp: `${nowSeconds()}.5` })),
  row('a time below zero', badSignature, (account) => signed(account, seal(messageXml(), account), { timestamp: '-1' })),
  row('a message for another app id', badSignature, (account) => signed(account, seal(messageXml(), account, { appId: 'wxother' }))),
  row('a message under another key', badSignature, (account) => signed(account, seal(messageXml(), account, { encodingAesKey: 'Z'.repeat(43) }))),
  row('padding of zero', badSignature, (account) => signed(account, seal(messageXml(), account, { padding: (length) => Buffer.alloc(length) }))),
  row('padding of 33', badSignature, (account) => signed(account, seal(messageXml(), account, { padding: (length) => Buffer.alloc(length, 33) }))),
  row('padding that is not all the same', badSignature, (account) => signed(account, seal(messageXml(), account, { padding: (length) => Buffer.from(Array.from({ length }, (_, index) => (index === length - 1 ? Math.max(2, length) : 77))) }))),
  row('a length of four gigabytes', badSignature, (account) => signed(account, seal(messageXml(), account, { length: 0xffff_ffff }))),
  row('a length that leaves no app id', badSignature, (account) => signed(account, seal(messageXml(), account, { length: messageXml().length + 18 }))),
  row('a cipher text of half a block', badSignature, (account) => signed(account, Buffer.alloc(24, 7).toString('base64'))),
  row('a cipher text that is noise', badSignature, (account) => signed(account, createHash('sha512').update('noise').digest('base64').slice(0, 64))),
  row('a cipher text of no letters of Base64', badSignature, (account) => signed(account, '????')),
  row('a plain message where safe mode is set', badRequest, (account) => ({ query: { timestamp: String(nowSeconds()), nonce: '42', signature: sha1(account.token, String(nowSeconds()), '42') }, body: messageXml() })),
  ...['timestamp', 'nonce', 'msg_signature'].map(without),
];

const bodies: readonly BadWeChat[] = [
  body('an empty body', ''),
  body('words for a body', 'hello'),
  body('an unclosed element', '<xml><Encrypt>x'),
  body('elements that close crosswise', '<xml><a><Encrypt>x</a></Encrypt></xml>'),
  body('another root', '<message><Encrypt>x</Encrypt></message>'),
  body('no Encrypt', '<xml><ToUserName>gh</ToUserName></xml>'),
  body('an empty Encrypt', '<xml><ToUserName>gh</ToUserName><Encrypt></Encrypt></xml>'),
  body('an Encrypt with elements in it', '<xml><ToUserName>gh</ToUserName><Encrypt><a>b</a></Encrypt></xml>'),
  body('two Encrypt', '<xml><ToUserName>gh</ToUserName><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>'),
  body('a DTD', '<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/x.dtd"><xml><Encrypt>x</Encrypt></xml>'),
  body('an entity that is a file', '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Encrypt>&f;</Encrypt></xml>'),
  body('a parameter entity', '<!DOCTYPE x [<!ENTITY % f SYSTEM "http://127.0.0.1:9/">%f;]><xml><Encrypt>x</Encrypt></xml>'),
  body('entities that multiply', laughs),
  body('a DTD in small letters', '<!doctype x><xml><Encrypt>x</Encrypt></xml>'),
  body('NUL in the text', '<xml><Encrypt>a\0b</Encrypt></xml>'),
  body('bytes that are no UTF-8', Buffer.from('3c786d6c3e3c456e63727970743ec328c0af3c2f456e63727970743e3c2f786d6c3e', 'hex')),
  body('UTF-16', Buffer.from('\ufeff<xml><Encrypt>x</Encrypt></xml>', 'utf16le')),
  body('8,000 elements one in another', `${'<a>'.repeat(8_000)}${'</a>'.repeat(8_000)}`),
  body('10,000 brackets', '<'.repeat(10_000)),
  body('a CDATA without an end', '<xml><Encrypt><![CDATA[x</Encrypt></xml>'),
  body('JSON that is cut off', '{"Encrypt":"x'),
  body('a JSON list', '[{"Encrypt":"x"}]'),
  body('JSON with a prototype', '{"__proto__":{"Encrypt":"x"}}'),
  body('an element named as the prototype', '<xml><__proto__><Encrypt>x</Encrypt></__proto__></xml>'),
  body('a packed body that says so', Buffer.from('1f8b0800000000000003030000000000000000000000', 'hex')),
];

const contents: readonly BadWeChat[] = [
  sealed('nothing', ''),
  sealed('words', 'hello'),
  sealed('a DTD', '<!DOCTYPE x [<!ENTITY a "b">]><xml><FromUserName>&a;</FromUserName><MsgType>text</MsgType></xml>'),
  sealed('bytes that are no UTF-8', Buffer.concat([Buffer.from('<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><Content>'), Buffer.from([0xc3, 0x28]), Buffer.from('</Content></xml>')])),
  sealed('a deep pile of elements', `<xml>${'<a>'.repeat(3_000)}${'</a>'.repeat(3_000)}</xml>`),
  sealed('a message of nobody', messageXml({ FromUserName: undefined })),
  sealed('a message with an empty sender', messageXml({ FromUserName: '' })),
  sealed('a message without a kind', messageXml({ MsgType: undefined })),
  sealed('a sender of 300 signs', messageXml({ FromUserName: 'o'.repeat(300) })),
  sealed('a sender with a line end', messageXml({ FromUserName: 'o\r\nX: y' })),
];

const http: readonly BadWeChat[] = [
  row('an app id of nobody', unknownAccount, (account) => ({ ...goodCall(account), path: '/wechat/wxnobody' })),
  row('a path above the door', unknownAccount, (account) => ({ ...goodCall(account), path: `/wechat/../wechat/x/${account.appId}` })),
  row('an app id with signs of the bus', unknownAccount, (account) => ({ ...goodCall(account), path: '/wechat/%3e' })),
  row('no path', unknownAccount, (account) => ({ ...goodCall(account), path: '/' })),
  row('a path that is none', unknownAccount, (account) => ({ ...goodCall(account), path: '//' })),
  row('a DELETE', badRequest, (account) => ({ ...goodCall(account), method: 'DELETE' })),
  row('a PUT', badRequest, (account) => ({ ...goodCall(account), method: 'PUT' })),
  row('a check of the address without an echo', badRequest, () => ({ method: 'GET', query: { timestamp: '1', nonce: '2', signature: 'x' } })),
  row('a check of the address with a wrong signature', badSignature, () => ({ method: 'GET', query: { timestamp: '1', nonce: '2', signature: 'x', echostr: '<script>' } })),
  row('a body over 64 KiB', tooLarge, (account) => ({ ...goodCall(account), body: `<xml><Encrypt>${'x'.repeat(66_000)}</Encrypt></xml>` })),
  row('a body of 2 MB without a length', tooLarge, (account) => ({ ...goodCall(account), headers: { 'transfer-encoding': 'chunked' }, body: 'x'.repeat(2_000_000) })),
  row('a query of 20 KB', { status: 431 }, (account) => ({ ...goodCall(account), query: { x: 'y'.repeat(20_000) } })),
  row('headers of 20 KB', { status: 431 }, (account) => ({ ...goodCall(account), headers: { 'x-long': 'y'.repeat(20_000) } })),
];

const takenAs = (name: string, fields: Readonly<Record<string, string | undefined>>, expected: unknown, becomes: NonNullable<BadWeChat['becomes']> = ({ event }) => event.content[0]?.part): BadWeChat => ({
  name: `${name} is taken, without its fault`,
  status: 200,
  call: (account) => goodCall(account, fields),
  becomes,
  expected,
});

const neutralised: readonly BadWeChat[] = [
  takenAs('a time beyond the calendar', { CreateTime: '99999999999999999999' }, undefined, ({ event }) => event.platformTime),
  takenAs('a time that is a word', { CreateTime: 'soon' }, undefined, ({ event }) => event.platformTime),
  takenAs('a place that is no number', { MsgType: 'location', Location_X: 'north', Location_Y: 'NaN', Label: 'x' }, { $case: 'unsupported', value: { kind: 'location', raw: undefined, text: '[location]' } }),
  takenAs('a place beyond the globe', { MsgType: 'location', Location_X: '1e300', Location_Y: '500', Label: 'x' }, { $case: 'unsupported', value: { kind: 'location', raw: undefined, text: '[location]' } }),
  takenAs('a kind that nobody knows', { MsgType: 'hologram' }, { $case: 'unsupported', value: { kind: 'hologram', raw: undefined, text: '[hologram]' } }),
  takenAs('a picture that the platform does not give', { MsgType: 'image', MediaId: '../../etc/passwd', PicUrl: 'file:///etc/passwd' }, { $case: 'unsupported', value: { kind: 'image', raw: undefined, text: '[图片]' } }),
  takenAs('a link that runs', { MsgType: 'link', Url: 'javascript:alert(1)', Title: 'x', Description: 'y' }, { $case: 'link', value: { url: '', title: 'x', description: 'y' } }),
];

/** Every kind of bad call-back, one a row. */
export const badWeChat: readonly BadWeChat[] = [...envelopes, ...bodies, ...contents, ...http, ...neutralised];
