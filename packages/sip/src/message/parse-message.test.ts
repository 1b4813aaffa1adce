import { describe, expect, test } from '@jest/globals';
import { AppError } from '@patchbay/runtime/app-error';
import { maxHeaderFields, maxLineBytes, maxMessageBytes } from '../limits.ts';
import { tortureMessage } from '../testing/torture/torture-message.ts';
import { decodeText } from './cursor.ts';
import { contactsOf, headerOf, headersOf, routesOf, viasOf } from './headers.ts';
import type { SipMessage } from './message.ts';
import { parseMessage } from './parse-message.ts';
import { headerField, writeMessage } from './write-message.ts';

const plain = ['Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1', 'From: <sip:a@example.com>;tag=1', 'To: <sip:b@example.com>', 'Call-ID: c1', 'CSeq: 1 OPTIONS'];

function read(lines: readonly string[], body = ''): SipMessage {
  return parseMessage(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'utf8'));
}

function options(...more: readonly string[]): SipMessage {
  return read(['OPTIONS sip:b@example.com SIP/2.0', ...plain, ...more]);
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'accepted';
  } catch (thrown) {
    return AppError.from(thrown).code;
  }
}

describe('a message', () => {
  test('is read with folding, odd white space and compact names undone', () => {
    const message = parseMessage(tortureMessage('wsinv'));
    expect(message.core.to).toEqual({ displayName: undefined, uri: 'sip:vivekg@chair-dnrc.example.com', parameters: new Map([['tag', '1918181833n']]) });
    expect(message.core.from.displayName).toBe('J Rosenberg \\"');
    expect(message.core.cseq).toEqual({ number: 9, method: 'INVITE' });
    expect(message.core.maxForwards).toBe(68);
    expect(viasOf(message).map((via) => [via.transport, via.host, via.branch])).toEqual([
      ['UDP', '192.0.2.2', '390skdjuw'],
      ['TCP', 'spindle.example.com', 'z9hG4bK9ikj8'],
      ['UDP', '192.168.255.111', 'z9hG4bK30239'],
    ]);
    expect(routesOf(message).map((route) => route.uri)).toEqual(['sip:services.example.com;lr;unknownwith=value;unknown-no-value']);
    expect(headerOf(message, 'newfangledheader')).toBe('newfangled value continued newfangled value');
    expect(contactsOf(message)).toEqual([
      { displayName: 'Quoted string ""', uri: 'sip:jdrosen@example.com', parameters: new Map([['newparam', 'newvalue'], ['secondparam', undefined], ['q', '0.33']]) },
    ]);
    expect(message.body.length).toBe(150);
  });

  test('keeps bytes that are no ASCII exactly and gives their text', () => {
    const message = parseMessage(tortureMessage('unreason'));
    expect(message.kind === 'response' && decodeText(message.reason)).toBe('= 2**3 * 5**2 но сто девяносто девять - простое');
    expect(Buffer.from(writeMessage(message)).includes(Buffer.from('простое', 'utf8'))).toBe(true);
    const named = options('Subject: 您好');
    expect(decodeText(headerOf(named, 'subject') ?? '')).toBe('您好');
  });

  test('gives display names as text, quoted or not', () => {
    const message = read(['OPTIONS sip:b@example.com SIP/2.0', plain[0]!, 'From: "王小明 \\"VIP\\"" <sip:a@example.com>;tag=1', 'To: Front Desk <sip:b@example.com>', ...plain.slice(3)]);
    expect([message.core.from.displayName, message.core.to.displayName]).toEqual(['王小明 "VIP"', 'Front Desk']);
  });

  test('without Content-Length takes the rest of the datagram as its body', () => {
    expect(Buffer.from(read(['OPTIONS sip:b@example.com SIP/2.0', ...plain], 'rest').body).toString()).toBe('rest');
  });

  test('drops what follows the body in a datagram', () => {
    expect(Buffer.from(read(['OPTIONS sip:b@example.com SIP/2.0', ...plain, 'l: 2'], 'rest').body).toString()).toBe('re');
  });

  test('may come after empty lines', () => {
    expect(parseMessage(Buffer.from(`\r\n\r\n${['OPTIONS sip:b@example.com SIP/2.0', ...plain].join('\r\n')}\r\n\r\n`)).kind).toBe('request');
  });

  test('with several addresses in one Contact, commas in names and URIs included, has one field for each', () => {
    const message = options('m: "Bell, A." <sip:a,b@example.com>;q=0.1, sip:c@example.com;q=0.2 ,<sip:d@example.com>');
    expect(headersOf(message, 'contact')).toEqual(['"Bell, A." <sip:a,b@example.com>;q=0.1', 'sip:c@example.com;q=0.2', '<sip:d@example.com>']);
  });
});

describe('RFC 5118', () => {
  test.each([
    ['sip:[2001:db8::10]', 'accepted'],
    ['sip:[2001:db8::10:5070]', 'accepted'],
    ['sip:[2001:db8::10]:5070', 'accepted'],
    ['sip:2001:db8::10', 'SIP_BAD_START_LINE'],
    ['sip:user@[2001:db8::1::2]', 'SIP_BAD_START_LINE'],
  ])('Request-URI %s is %s', (uri, expected) => {
    expect(codeOf(() => read([`OPTIONS ${uri} SIP/2.0`, ...plain]))).toBe(expected);
  });

  test.each(['[2001:db8::9:1];received=[2001:db8::9:255]', '[2001:db8::9:1]:5070;received=2001:db8::9:255'])('Via %s is accepted', (sentBy) => {
    const message = read(['OPTIONS sip:b@example.com SIP/2.0', `Via: SIP/2.0/UDP ${sentBy};branch=z9hG4bK1`, ...plain.slice(1)]);
    expect(message.core.via.host).toBe('[2001:db8::9:1]');
  });
});

describe('a message is refused', () => {
  test.each<[string, string[], string]>([
    ['for a bare line feed', ['Subject: a\nb: c'], 'SIP_BAD_HEADER'],
    ['for a bare carriage return', ['Subject: a\rb: c'], 'SIP_BAD_HEADER'],
    ['for a NUL', ['Subject: a\0b'], 'SIP_BAD_HEADER'],
    ['for a line without a colon', ['nonsense'], 'SIP_BAD_HEADER'],
    ['for a parameter that stands twice', ['Contact: <sip:a@b.example>;q=1;q=0'], 'SIP_BAD_HEADER'],
    ['for an IPv4 address with a number too large', ['Contact: <sip:a@192.0.2.256>'], 'SIP_BAD_HEADER'],
    ['for a port beyond 65535', ['Contact: <sip:a@b.example:65536>'], 'SIP_BAD_HEADER'],
    ['for half an escape', ['Contact: <sip:a%4@b.example>'], 'SIP_BAD_HEADER'],
    ['for an Expires beyond 32 bits', ['Expires: 4294967296'], 'SIP_BAD_HEADER'],
    ['for a second From', ['f: <sip:x@example.com>;tag=2'], 'SIP_DUPLICATE_HEADER'],
    ['for a header beyond the longest line', [`Subject: ${'x'.repeat(maxLineBytes)}`], 'SIP_MESSAGE_TOO_LARGE'],
    ['for a header folded beyond the longest line', [`Subject: x${'\r\n xxxxxxxx'.repeat(maxLineBytes / 8)}`], 'SIP_MESSAGE_TOO_LARGE'],
    ['for too many headers', Array.from({ length: maxHeaderFields }, () => 'X: y'), 'SIP_MESSAGE_TOO_LARGE'],
    ['for too many values of one header', [`Route: ${Array.from({ length: maxHeaderFields }, () => '<sip:a.example;lr>').join(',')}`], 'SIP_MESSAGE_TOO_LARGE'],
  ])('%s', (_why, lines, code) => {
    expect(codeOf(() => options(...lines))).toBe(code);
  });

  test('beyond 64 KiB', () => {
    expect(codeOf(() => parseMessage(new Uint8Array(maxMessageBytes + 1)))).toBe('SIP_MESSAGE_TOO_LARGE');
  });

  test('when its head does not end', () => {
    expect(codeOf(() => parseMessage(Buffer.from('OPTIONS sip:b@example.com SIP/2.0\r\n')))).toBe('SIP_BAD_START_LINE');
  });

  test('for a CSeq of 2^31, while 2^31 − 1 is the largest', () => {
    const withCseq = (number: number) => () => read(['OPTIONS sip:b@example.com SIP/2.0', ...plain.slice(0, 4), `CSeq: ${number} OPTIONS`]);
    expect([codeOf(withCseq(2 ** 31)), codeOf(withCseq(2 ** 31 - 1))]).toEqual(['SIP_BAD_HEADER', 'accepted']);
  });
});

describe('a message of ours', () => {
  test('says SIP/2.0 and the length of its body, whatever came in', () => {
    const message = read(['OPTIONS sip:b@example.com SIP/2.0', ...plain, 'Content-Length: 2'], 'abc');
    const text = Buffer.from(writeMessage(message)).toString();
    expect(text.startsWith('OPTIONS sip:b@example.com SIP/2.0\r\nVia: ')).toBe(true);
    expect(text.endsWith('\r\nContent-Length: 2\r\n\r\nab')).toBe(true);
    expect(text.match(/Content-Length/g)).toHaveLength(1);
  });

  test('cannot be given a header that begins another', () => {
    expect(codeOf(() => headerField('Subject', 'a\r\nVia: x'))).toBe('SIP_BAD_HEADER');
    expect(codeOf(() => headerField('Sub ject', 'a'))).toBe('SIP_BAD_HEADER');
    expect(headerField('Subject', '您好')).toEqual({ name: 'subject', value: Buffer.from('您好').toString('latin1') });
  });
});
