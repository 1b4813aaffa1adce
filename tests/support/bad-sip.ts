import { createHash } from 'node:crypto';
import { tortureMessage } from '@patchbay/sip/testing/torture/torture-message';

/** Where a message is sent from, and ids that no other message has. */
export interface SipPlace {
  readonly id: string;
  /** Our port. */
  readonly port: number;
  /** The gateway's. */
  readonly gatewayPort: number;
  /** Nonce of a challenge that this place got; empty when the row wants none. */
  readonly nonce: string;
}

/** One kind of SIP that is none, or means nothing here. */
export interface BadSip {
  /** What is wrong with it. */
  readonly name: string;
  readonly transport: 'UDP' | 'TCP';
  bytes(place: SipPlace): Uint8Array;
  /** Status of the answer (RFC 3261 section 21); `none` where nothing may be answered. */
  readonly answer: number | 'none';
  /** Whether the gateway ends the connection: it cannot tell where the next message begins. */
  readonly closes?: boolean;
  /** Whether a nonce is fetched first. */
  readonly needsNonce?: boolean;
}

interface Parts {
  readonly method?: string;
  readonly uri?: string;
  /** The whole first line. */
  readonly start?: string;
  /** Headers in place of those with the same name. */
  readonly set?: Readonly<Record<string, string>>;
  readonly drop?: readonly string[];
  /** Lines after the others, as they stand. */
  readonly add?: readonly string[];
  readonly body?: string | Uint8Array;
  readonly transport?: 'UDP' | 'TCP';
}

const goodSdp = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 40000 RTP/AVP 0 8', ''].join('\r\n');

/** A request that is good but for what the parts change. */
export function sipRequest(place: SipPlace, parts: Parts = {}): Uint8Array {
  const { method = 'OPTIONS', transport = 'UDP', body = '' } = parts;
  const content = Buffer.from(body);
  const uri = parts.uri ?? `sip:4000@127.0.0.1:${place.gatewayPort}`;
  const headers: Record<string, string> = {
    Via: `SIP/2.0/${transport} 127.0.0.1:${place.port};branch=z9hG4bK${place.id};rport`,
    'Max-Forwards': '70',
    From: `<sip:8613800001234@127.0.0.1>;tag=${place.id}`,
    To: `<${uri}>`,
    'Call-ID': `${place.id}@127.0.0.1`,
    CSeq: `1 ${method}`,
    Contact: `<sip:8613800001234@127.0.0.1:${place.port}>`,
    ...(content.length === 0 ? {} : { 'Content-Type': 'application/sdp' }),
    'Content-Length': String(content.length),
    ...parts.set,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (parts.drop?.includes(name) === true ? [] : [`${name}: ${value}`]));
  const head = [parts.start ?? `${method} ${uri} SIP/2.0`, ...lines, ...(parts.add ?? []), '', ''].join('\r\n');
  return Uint8Array.from(Buffer.concat([Buffer.from(head, 'latin1'), content]));
}

/** A message of RFC 4475 that wants its answer where it came from, as behind a NAT (RFC 3581), as a transaction of its own. */
function tortured(file: string, id: string): Uint8Array {
  const text = Buffer.from(tortureMessage(file)).toString('latin1');
  return Uint8Array.from(Buffer.from(text.replace(/^((?:via|v)\s*:\s*SIP\s*\/\s*2\.0\s*\/\s*\w+\s+[^;,\r\n]+)/im, '$1;rport').replace(/;branch=[^;\r\n]*/i, `;branch=z9hG4bK${id}`), 'latin1'));
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** Authorization of a REGISTER, with a response that is wrong unless the password is the phone's. */
function digest(place: SipPlace, change: Readonly<Record<string, string>> = {}): string {
  const uri = `sip:127.0.0.1:${place.gatewayPort}`;
  const response = md5(`${md5('1001:patchbay:wrong')}:${place.nonce}:00000001:c:auth:${md5(`REGISTER:${uri}`)}`);
  const fields = { username: '"1001"', realm: '"patchbay"', nonce: `"${place.nonce}"`, uri: `"${uri}"`, response: `"${response}"`, algorithm: 'MD5', qop: 'auth', nc: '00000001', cnonce: '"c"', ...change };
  return `Authorization: Digest ${Object.entries(fields).flatMap(([name, value]) => (value === '' ? [] : [`${name}=${value}`])).join(', ')}`;
}

const registerParts = (parts: Parts): Parts => ({ method: 'REGISTER', uri: 'sip:127.0.0.1', ...parts, set: { To: '<sip:1001@127.0.0.1>', From: '<sip:1001@127.0.0.1>;tag=r', Contact: '<sip:1001@127.0.0.1:9>', ...parts.set } });

type Row = readonly [name: string, parts: Parts | ((place: SipPlace) => Parts), answer: number | 'none'];
const udp = ([name, parts, answer]: Row): BadSip => ({ name, transport: 'UDP', answer, bytes: (place) => sipRequest(place, typeof parts === 'function' ? parts(place) : parts) });
const raw = (name: string, bytes: Uint8Array | string, answer: number | 'none'): BadSip => ({ name, transport: 'UDP', answer, bytes: () => Uint8Array.from(Buffer.from(bytes)) });

/** What is no SIP: nobody is answered, or a scanner would learn that somebody listens. */
const noSip: readonly BadSip[] = [
  raw('an empty datagram', '', 'none'),
  raw('a datagram of line ends', '\r\n\r\n\r\n', 'none'),
  raw('four NULs that keep a NAT open', Buffer.alloc(4), 'none'),
  raw('64 KB of zeros', Buffer.alloc(65_000), 'none'),
  raw('a web request', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'none'),
  raw('a STUN binding request', Buffer.from('000100002112a442000102030405060708090a0b', 'hex'), 'none'),
  raw('a DNS query', Buffer.from('abcd01000001000000000000076578616d706c6503636f6d0000010001', 'hex'), 'none'),
  raw('a first line alone', 'OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n', 'none'),
  raw('an answer that nobody asked for', 'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n', 'none'),
  raw('an answer with a status of four digits', 'SIP/2.0 2000 OK\r\nVia: SIP/2.0/UDP 127.0.0.1\r\nFrom: <sip:a@b>\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n', 'none'),
];

const startLines: readonly Row[] = [
  ['SIP of version 3', { start: 'OPTIONS sip:4000@127.0.0.1 SIP/3.0' }, 505],
  ['a version that is no number', { start: 'OPTIONS sip:4000@127.0.0.1 SIP/2.x' }, 400],
  ['two spaces in the first line', { start: 'OPTIONS  sip:4000@127.0.0.1 SIP/2.0' }, 400],
  ['a method with a slash', { start: 'OPT/IONS sip:4000@127.0.0.1 SIP/2.0', set: { CSeq: '1 OPT/IONS' } }, 400],
  ['a method that nobody knows', { method: 'DANCE' }, 501],
  ['a method in small letters', { method: 'invite' }, 501],
  // No more of a faulty message is read than an answer is worth, and here that is no Via.
  ['a request URI of 9,000 characters', { uri: `sip:${'4'.repeat(9_000)}@127.0.0.1` }, 'none'],
  ['a request URI without a host', { start: 'OPTIONS sip:4000@ SIP/2.0' }, 400],
  ['a request URI with a port of 99999', { start: 'OPTIONS sip:4000@127.0.0.1:99999 SIP/2.0' }, 400],
  ['a request URI with an open bracket', { start: 'OPTIONS sip:4000@[::1 SIP/2.0' }, 400],
  ['a request URI with an escape of no digits', { start: 'OPTIONS sip:40%zz@127.0.0.1 SIP/2.0' }, 400],
  ['a request URI with headers', { start: 'OPTIONS sip:4000@127.0.0.1?Route=x SIP/2.0' }, 400],
  ['a scheme that nobody knows', { start: 'OPTIONS http://127.0.0.1/ SIP/2.0' }, 416],
];

const headerFaults: readonly Row[] = [
  ['no Via', { drop: ['Via'] }, 'none'],
  ['no From', { drop: ['From'] }, 400],
  ['no To', { drop: ['To'] }, 400],
  ['no Call-ID', { drop: ['Call-ID'] }, 400],
  ['no CSeq', { drop: ['CSeq'] }, 400],
  ['a CSeq of another method', { set: { CSeq: '1 INVITE' } }, 400],
  ['a CSeq of 2^32', { set: { CSeq: '4294967296 OPTIONS' } }, 400],
  ['a CSeq below zero', { set: { CSeq: '-1 OPTIONS' } }, 400],
  ['a CSeq without a method', { set: { CSeq: '1' } }, 400],
  ['two From', { add: ['From: <sip:x@y>;tag=2'] }, 400],
  ['two Call-ID, one of them short', { add: ['i: other'] }, 400],
  ['a Call-ID with a space', { set: { 'Call-ID': 'a b' } }, 400],
  ['Max-Forwards of 256', { set: { 'Max-Forwards': '256' } }, 400],
  ['Max-Forwards below zero', { set: { 'Max-Forwards': '-1' } }, 400],
  ['a quotation without an end in From', { set: { From: '"Mallory <sip:m@x>;tag=1' } }, 400],
  ['a bracket without an end in From', { set: { From: '<sip:m@x;tag=1' } }, 400],
  ['NUL in a header', { add: ['Subject: a\0b'] }, 400],
  ['a bare line feed in a header', { add: ['Subject: a\nVia: SIP/2.0/UDP evil.example'] }, 400],
  ['a line without a colon', { add: ['this is no header'] }, 400],
  ['a header name with a space', { add: ['Sub ject: x'] }, 400],
  ['a header of 9,000 bytes', { add: [`Subject: ${'x'.repeat(9_000)}`] }, 513],
  ['3,000 headers', { add: Array.from({ length: 3_000 }, (_, index) => `X-${index}: y`) }, 513],
  ['400 Via', { add: Array.from({ length: 400 }, (_, index) => `Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK${index}`) }, 513],
  ['a Contact list of 300', { set: { Contact: Array.from({ length: 300 }, (_, index) => `<sip:x@10.0.0.${index % 250}>`).join(',') } }, 513],
  ['a date of another calendar', { add: ['Date: Foo, 99 Bar 2026 25:00:00 GMT'] }, 400],
  ['an Expires of 10^12', { add: ['Expires: 1000000000000'] }, 400],
  ['a Content-Length beyond the datagram', { set: { 'Content-Length': '9999' } }, 400],
  ['a Content-Length below zero', { set: { 'Content-Length': '-1' } }, 400],
  ['a Content-Length in words', { set: { 'Content-Length': 'ten' } }, 400],
  ['two Content-Length', { add: ['l: 0'] }, 400],
  ['an extension that nobody has', { add: ['Require: time-travel'] }, 420],
  ['a CANCEL of nothing', { method: 'CANCEL' }, 481],
  ['a BYE outside of any call', { method: 'BYE' }, 481],
  ['a BYE for a call of nobody', (place) => ({ method: 'BYE', set: { To: `<sip:4000@127.0.0.1>;tag=${place.id}x` } }), 481],
  ['an INFO outside of any call', { method: 'INFO', body: 'Signal=1', set: { 'Content-Type': 'application/dtmf-relay' } }, 481],
  ['an ACK for nothing', { method: 'ACK' }, 'none'],
  ['an ACK that cannot be read', { method: 'ACK', drop: ['From'] }, 'none'],
  ['a MESSAGE', { method: 'MESSAGE', body: 'hello', set: { 'Content-Type': 'text/plain' } }, 405],
];

const sdpOf = (change: (lines: string[]) => string[]) => change(goodSdp.trimEnd().split('\r\n')).concat('').join('\r\n');
const without = (letter: string) => (lines: string[]) => lines.filter((line) => !line.startsWith(`${letter}=`));
const media = (...sections: string[]) => (lines: string[]) => [...without('m')(lines), ...sections];
const inviteWith = (body: string | Uint8Array, set: Readonly<Record<string, string>> = {}): Parts => ({ method: 'INVITE', body, set });

const invites: readonly Row[] = [
  ['an INVITE to a number of nobody', { method: 'INVITE', uri: 'sip:4999@127.0.0.1', body: goodSdp }, 404],
  ['an INVITE to a name with signs of the bus', { method: 'INVITE', uri: 'sip:4000.%3e@127.0.0.1', body: goodSdp }, 404],
  ['an INVITE to a number with an escaped NUL', { method: 'INVITE', uri: 'sip:4000%00@127.0.0.1', body: goodSdp }, 404],
  ['an INVITE with a packed body', inviteWith(goodSdp, { 'Content-Encoding': 'gzip' }), 415],
  ['an INVITE with words for a body', inviteWith('hello', { 'Content-Type': 'text/plain' }), 415],
  ['an INVITE with a content type that is none', inviteWith(goodSdp, { 'Content-Type': ';;;' }), 400],
  ['an INVITE of a caller who takes no SDP', { ...inviteWith(goodSdp), add: ['Accept: text/plain'] }, 406],
  ['an INVITE with binary for SDP', inviteWith(Buffer.alloc(200, 0xff)), 400],
  ['an INVITE with SDP of version 1', inviteWith(goodSdp.replace('v=0', 'v=1')), 400],
  ['an INVITE with SDP without a version', inviteWith(sdpOf(without('v'))), 400],
  ['an INVITE with SDP without an address', inviteWith(sdpOf(without('c'))), 400],
  ['an INVITE with SDP without media', inviteWith(sdpOf(without('m'))), 488],
  ['an INVITE with an address of 999', inviteWith(goodSdp.replace('c=IN IP4 127.0.0.1', 'c=IN IP4 999.1.1.1')), 488],
  ['an INVITE with a port of 70000', inviteWith(goodSdp.replace('audio 40000', 'audio 70000')), 400],
  ['an INVITE with a port that is a word', inviteWith(goodSdp.replace('audio 40000', 'audio many')), 400],
  ['an INVITE with audio that is switched off', inviteWith(goodSdp.replace('audio 40000', 'audio 0')), 488],
  ['an INVITE for video alone', inviteWith(sdpOf(media('m=video 40000 RTP/AVP 31'))), 488],
  ['an INVITE with codecs that nobody has', inviteWith(sdpOf(media('m=audio 40000 RTP/AVP 96', 'a=rtpmap:96 nothing/8000'))), 488],
  ['an INVITE with encrypted media only', inviteWith(sdpOf(media('m=audio 40000 RTP/SAVP 0'))), 488],
  ['an INVITE with a payload type of 999', inviteWith(sdpOf(media('m=audio 40000 RTP/AVP 999'))), 488],
  ['an INVITE whose Contact is missing', { ...inviteWith(goodSdp), drop: ['Contact'] }, 400],
  ['an INVITE whose Contact is no SIP address', inviteWith(goodSdp, { Contact: '<mailto:x@y>' }), 400],
];

const registers: readonly BadSip[] = [
  ...(
    [
      ['a REGISTER without a user', { set: { To: '<sip:127.0.0.1>' } }, 400],
      ['a REGISTER of a scheme that is none', { set: { To: '<http://x>' } }, 400],
      ['a REGISTER without a credential', {}, 401],
      ['a REGISTER of a phone of nobody', { set: { To: '<sip:9999@127.0.0.1>' } }, 401],
      ['a REGISTER with a password in the open', { add: ['Authorization: Basic MTAwMTp4'] }, 401],
      ['a REGISTER with a scheme of its own', { add: ['Authorization: NoOneKnows x=y'] }, 401],
      ['a REGISTER with a digest that is cut off', { add: ['Authorization: Digest username="1001'] }, 400],
      ['a REGISTER with a digest without fields', { add: ['Authorization: Digest'] }, 401],
      ['a REGISTER with an invented nonce', (place) => ({ add: [digest(place, { nonce: '"invented"' })] }), 401],
      ['a REGISTER for another realm', (place) => ({ add: [digest(place, { realm: '"elsewhere"' })] }), 401],
    ] satisfies Row[]
  ).map(([name, parts, answer]) => udp([name, (place) => registerParts(typeof parts === 'function' ? parts(place) : parts), answer])),
  ...(
    [
      ['a REGISTER with a wrong password', {}, 403],
      ['a REGISTER with the name of another phone', { username: '"1002"' }, 403],
      ['a REGISTER with a name out of SQL', { username: `"' OR 1=1 --"` }, 403],
      ['a REGISTER signed for another address', { uri: '"sip:elsewhere.example"' }, 403],
      ['a REGISTER with an algorithm of nobody', { algorithm: 'ROT13' }, 401],
      ['a REGISTER with a nonce count that is none', { nc: 'first' }, 400],
      ['a REGISTER without a client nonce', { cnonce: '' }, 400],
      ['a REGISTER with an empty response', { response: '""' }, 403],
    ] satisfies [string, Record<string, string>, number][]
  ).map(([name, change, answer]): BadSip => ({ name, transport: 'UDP', answer, needsNonce: true, bytes: (place) => sipRequest(place, registerParts({ add: [digest(place, change)] })) })),
];

/** RFC 4475: what its sections 3.1.2 and 3.3 call wrong, and what they want done. */
const torture: readonly BadSip[] = (
  [
    ['badinv01', 'commas and semicolons without values', 400],
    ['clerr', 'a Content-Length larger than the message', 400],
    ['ncl', 'a negative Content-Length', 400],
    ['scalar02', 'numbers beyond their fields', 400],
    ['scalarlg', 'an answer with numbers beyond their fields', 'none'],
    ['quotbal', 'an open quotation in To', 400],
    ['ltgtruri', 'a request URI in angle brackets', 400],
    ['lwsruri', 'a space in the request URI', 400],
    ['lwsstart', 'two spaces in the first line', 400],
    ['trws', 'a space behind the version', 400],
    ['escruri', 'an escaped header in the request URI', 400],
    ['baddate', 'a date in another time zone', 400],
    ['regbadct', 'a Contact whose parameters are its URI\'s', 400],
    ['badaspec', 'spaces inside an address', 400],
    ['baddn', 'a display name that is no token', 400],
    ['badvers', 'a version that nobody knows', 505],
    ['mismatch01', 'a CSeq of another method', 400],
    ['mismatch02', 'an unknown method with a CSeq of another', 400],
    ['bigcode', 'an answer with a status of 4294967301', 'none'],
    ['insuf', 'no Call-ID, From or To', 400],
    ['unkscm', 'an unknown scheme', 416],
    ['novelsc', 'a scheme that is known and not served', 416],
    ['bext01', 'extensions that must be known and are not', 420],
    ['invut', 'a body of an unknown type', 415],
    ['multi01', 'single headers that stand there twice', 400],
    ['mcl01', 'two Content-Length that differ', 400],
    ['bcast', 'an answer that went elsewhere', 'none'],
    ['sdp01', 'a caller who takes another body only', 406],
  ] as const
).map(([file, what, answer]): BadSip => ({ name: `${what} (RFC 4475, ${file})`, transport: 'UDP', answer, bytes: ({ id }) => tortured(file, id) }));

const tcpRow = (name: string, answer: number | 'none', bytes: (place: SipPlace) => Uint8Array | string, closes = true): BadSip => ({ name: `${name} over TCP`, transport: 'TCP', answer, closes, bytes: (place) => Uint8Array.from(Buffer.from(bytes(place))) });
const tcpRequest = (parts: Parts) => (place: SipPlace) => sipRequest(place, { ...parts, transport: 'TCP' });

const streams: readonly BadSip[] = [
  tcpRow('no Content-Length', 400, tcpRequest({ drop: ['Content-Length'] })),
  tcpRow('a Content-Length below zero', 400, tcpRequest({ set: { 'Content-Length': '-5' } })),
  tcpRow('a Content-Length in words', 400, tcpRequest({ set: { 'Content-Length': '0x10' } })),
  tcpRow('a Content-Length of four gigabytes', 513, tcpRequest({ set: { 'Content-Length': '4294967296' } })),
  tcpRow('two Content-Length, as messages are smuggled', 400, tcpRequest({ add: ['Content-Length: 0'] })),
  tcpRow('70 KB without an empty line', 'none', () => 'x'.repeat(70_000)),
  tcpRow('a web request', 'none', () => 'POST / HTTP/1.1\r\nHost: x\r\n\r\n'),
  tcpRow('the greeting of TLS', 'none', () => Buffer.concat([Buffer.from('1603010200010001fc0303', 'hex'), Buffer.alloc(512, 7), Buffer.from('\r\n\r\n')])),
  tcpRow('SIP of version 3', 505, tcpRequest({ start: 'OPTIONS sip:4000@127.0.0.1 SIP/3.0' }), false),
  tcpRow('no From', 400, tcpRequest({ drop: ['From'] }), false),
];

/** Every kind of bad SIP, one a row. */
export const badSip: readonly BadSip[] = [...noSip, ...[...startLines, ...headerFaults, ...invites].map(udp), ...registers, ...torture, ...streams];

/** What is no RTP or RTCP, or is none of this call's. */
export interface BadMedia {
  readonly name: string;
  /** Datagrams to the media port of a call that is up. */
  readonly packets: readonly Uint8Array[];
  /** Sent by somebody who is not the caller. */
  readonly fromStranger?: boolean;
}

/** An RTP packet (RFC 3550 section 5.1) with these two first bytes. */
const rtp = (first: number, second: number, payload: Uint8Array, ssrc = 7) => {
  const header = Buffer.alloc(12);
  header.writeUInt8(first, 0);
  header.writeUInt8(second, 1);
  header.writeUInt16BE(60_000, 2);
  header.writeUInt32BE(ssrc, 8);
  return Uint8Array.from(Buffer.concat([header, payload]));
};
const sound = Buffer.alloc(160, 0xff);

/** Every kind of bad media, one a row: none may end the call or be taken for a key. */
export const badMedia: readonly BadMedia[] = [
  { name: 'an empty packet', packets: [Uint8Array.of()] },
  { name: 'one byte', packets: [Uint8Array.of(0x80)] },
  { name: 'a header that is cut off', packets: [rtp(0x80, 0, sound).subarray(0, 11)] },
  { name: 'RTP of version 0, 1 and 3', packets: [rtp(0x00, 0, sound), rtp(0x40, 0, sound), rtp(0xc0, 0, sound)] },
  { name: 'more sources than there are bytes', packets: [rtp(0x8f, 0, Buffer.alloc(8))] },
  { name: 'an extension beyond the end', packets: [rtp(0x90, 0, Buffer.from('bede7fff', 'hex'))] },
  { name: 'padding longer than the packet', packets: [rtp(0xa0, 0, Buffer.from([1, 2, 250])), rtp(0xa0, 0, Buffer.from([0]))] },
  { name: 'a payload type that was not agreed', packets: [rtp(0x80, 97, sound)] },
  { name: 'sound of 60 KB', packets: [rtp(0x80, 0, Buffer.alloc(60_000))] },
  { name: 'a key event that is cut off', packets: [rtp(0x80, 101, Buffer.from([1, 0x8a]))] },
  { name: 'a key that no telephone has', packets: Array.from({ length: 3 }, () => rtp(0x80, 101, Buffer.from([200, 0x8a, 0x04, 0x60]))) },
  { name: 'a key of a stranger', packets: Array.from({ length: 3 }, () => rtp(0x80, 101, Buffer.from([1, 0x8a, 0x04, 0x60]), 99)), fromStranger: true },
  { name: 'the greeting of DTLS', packets: [Buffer.concat([Buffer.from('16fefd0000000000000000', 'hex'), Buffer.alloc(100)])] },
  { name: 'RTCP on the media port', packets: [Buffer.concat([Buffer.from('80c8000600000007', 'hex'), Buffer.alloc(20)]), Buffer.from('80cb0001', 'hex')] },
  { name: 'noise', packets: Array.from({ length: 50 }, (_, index) => createHash('sha512').update(String(index)).digest()) },
];
