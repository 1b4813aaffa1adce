import { describe, expect, test } from '@jest/globals';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { openCallBack, verifyUrl } from './call-back.ts';
import { parseCallBack } from './wire/call-back-xml.ts';
import { decodeMessage } from './wire/decode-message.ts';
import { encrypt, parseAesKey, signatureOf } from './wire/wechat-crypto.ts';

const encodingAesKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
const secrets = { token: 'spamtest', encodingAesKey };
const appId = 'wx2c2769f8efd9abc2';
const clock = createFakeClock(1_790_000_000_000);
const now = String(1_790_000_000);

function signed(xml: string, changes: { timestamp?: string; token?: string; key?: string; appId?: string; encrypted?: string } = {}) {
  const timestamp = changes.timestamp ?? now;
  const encrypted = changes.encrypted ?? encrypt(xml, parseAesKey(changes.key ?? encodingAesKey), changes.appId ?? appId);
  const query = { timestamp, nonce: '42', encrypt_type: 'aes', msg_signature: signatureOf(changes.token ?? secrets.token, timestamp, '42', encrypted) };
  return { appId, query, body: `<xml><ToUserName><![CDATA[gh]]></ToUserName><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>` };
}

const textXml = (content: string, id = '6054768590064713728') =>
  `<xml><ToUserName>gh</ToUserName><FromUserName>openid</FromUserName><CreateTime>1790000000</CreateTime><MsgType>text</MsgType><Content><![CDATA[${content}]]></Content><MsgId>${id}</MsgId></xml>`;

const code = (wanted: string) => expect.objectContaining({ code: wanted }) as unknown as Error;

describe('call-backs', () => {
  test('a genuine message opens, with words and 64-bit id exact', async () => {
    const words = '您好 👨‍👩‍👧 𠮷 <b>&amp;';
    const fields = openCallBack(signed(textXml(words, '9223372036854775807')), secrets, clock);
    const message = await decodeMessage(fields, appId, async () => undefined);
    expect(message).toMatchObject({ dedupKey: 'm|9223372036854775807', sender: { address: 'openid', verified: true }, effect: 'contact' });
    expect(message.content[0]?.part).toEqual({ $case: 'text', value: { text: words } });
    expect(message.platformTime?.getTime()).toBe(1_790_000_000_000);
  });

  test('while the platform changes its key, the previous one still opens', () => {
    const old = 'Z'.repeat(43);
    expect(openCallBack(signed(textXml('x'), { key: old }), { ...secrets, previousEncodingAesKey: old }, clock)['Content']).toBe('x');
  });

  test.each([
    ['another token', signed(textXml('x'), { token: 'other' })],
    ['an old time', signed(textXml('x'), { timestamp: String(1_790_000_000 - 301) })],
    ['a time that is none', signed(textXml('x'), { timestamp: 'soon' })],
    ['another app id', signed(textXml('x'), { appId: 'wxother' })],
    ['another key', signed(textXml('x'), { key: 'Z'.repeat(43) })],
    ['a cipher text of odd length', signed('', { encrypted: 'AAAA' })],
  ])('a call-back with %s is refused without saying why', (_name, callBack) => {
    expect(() => openCallBack(callBack, secrets, clock)).toThrow(code('WECHAT_BAD_SIGNATURE'));
  });

  test.each([
    ['no parameters', { ...signed(textXml('x')), query: {} }],
    ['no Encrypt', { ...signed(textXml('x')), body: '<xml><a>1</a></xml>' }],
    ['no XML', { ...signed(textXml('x')), body: 'hello' }],
    ['a DTD', { ...signed(textXml('x')), body: '<!DOCTYPE x [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>' }],
    ['an unclosed tag', { ...signed(textXml('x')), body: '<xml><Encrypt>x' }],
    ['an empty body', { ...signed(textXml('x')), body: '' }],
  ])('a call-back with %s is a bad request', (_name, callBack) => {
    expect(() => openCallBack(callBack, secrets, clock)).toThrow(code('WECHAT_BAD_REQUEST'));
  });

  test('a tampered plain copy in compatible mode is not looked at', () => {
    const callBack = signed(textXml('genuine'));
    const fields = openCallBack({ ...callBack, body: callBack.body.replace('<Encrypt>', '<Content>forged</Content><Encrypt>') }, secrets, clock);
    expect(fields['Content']).toBe('genuine');
  });

  test('the check of the URL is answered with the echo, for the right signature only', () => {
    const query = { timestamp: '1714036504', nonce: '1514711492', echostr: '4375120948345356249', signature: 'f464b24fc39322e44b38aa78f5edd27bd1441696' };
    expect(verifyUrl({ appId, query, body: '' }, { ...secrets, token: 'AAAAA' })).toBe('4375120948345356249');
    expect(() => verifyUrl({ appId, query, body: '' }, secrets)).toThrow(code('WECHAT_BAD_SIGNATURE'));
  });

  test('events are told apart within a second and only reach an agent when the customer asks', async () => {
    const event = (name: string, key: string) => ({ FromUserName: 'o', CreateTime: '1', MsgType: 'event', Event: name, EventKey: key });
    const [click, other, follow] = await Promise.all(
      [event('CLICK', 'human'), event('CLICK', 'bill'), event('subscribe', '')].map((fields) => decodeMessage(fields, appId, async () => undefined)),
    );
    expect(click?.dedupKey).not.toBe(other?.dedupKey);
    expect([click?.effect, follow?.effect]).toEqual(['contact', 'append']);
    expect(follow?.content[0]?.part).toEqual({ $case: 'system', value: { code: 'subscribe' } });
  });

  test('a kind nobody knows is kept as unsupported, and JSON bodies keep their ids', async () => {
    const message = await decodeMessage({ FromUserName: 'o', MsgType: 'hologram', MsgId: '1' }, appId, async () => undefined);
    expect(message.content[0]?.part).toMatchObject({ $case: 'unsupported', value: { kind: 'hologram' } });
    expect(parseCallBack('{"MsgId":9223372036854775807,"MsgType":"text"}')['MsgId']).toBe('9223372036854775807');
  });

  test.each([
    ['north', '116.4'],
    ['NaN', 'NaN'],
    ['91', '0'],
    ['0', '-180.1'],
    ['', ''],
  ])('a place of %s and %s is none', async (latitude, longitude) => {
    const fields = { FromUserName: 'o', MsgType: 'location', MsgId: '1', ...(latitude === '' ? {} : { Location_X: latitude, Location_Y: longitude }) };
    expect((await decodeMessage(fields, appId, async () => undefined)).content[0]?.part?.$case).toBe('unsupported');
  });

  test.each(['soon', '-5', '0', '1e300', '99999999999999999999', ''])('a time of %j is no time', async (time) => {
    expect((await decodeMessage({ FromUserName: 'o', MsgType: 'text', MsgId: '1', CreateTime: time }, appId, async () => undefined)).platformTime).toBeUndefined();
  });

  test.each(['javascript:alert(1)', 'file:///etc/passwd', 'data:text/html,x', '//evil.example', 'HTTPS://good.example/'])('of a link to %s only a page is kept', async (url) => {
    const { content } = await decodeMessage({ FromUserName: 'o', MsgType: 'link', MsgId: '1', Url: url, Title: 't' }, appId, async () => undefined);
    expect(content[0]?.part).toMatchObject({ $case: 'link', value: { url: url.startsWith('HTTPS') ? url : '', title: 't' } });
  });
});
