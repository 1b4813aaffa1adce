import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { createWeChatPlatform } from './wechat-platform.ts';

type Handler = (path: string, body: string) => { status?: number; json?: unknown; drop?: boolean };
let server: Server | undefined;

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

async function platformWith(handler: Handler) {
  const current = createServer((request, response) => {
    void read(request).then((body) => {
      const { status = 200, json = {}, drop = false } = handler(request.url ?? '', body);
      if (drop) request.socket.destroy();
      else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    });
  });
  server = current;
  await new Promise<void>((resolve) => current.listen(0, '127.0.0.1', resolve));
  const apiBaseUrl = `http://127.0.0.1:${(current.address() as AddressInfo).port}`;
  const clock = createFakeClock();
  const account = { appId: 'wx1', appSecret: 's', apiBaseUrl };
  const platform = createWeChatPlatform(clock);
  return { send: (text: string) => platform.sendCustomMessage(account, { touser: 'o', msgtype: 'text', text: { content: text } }, AbortSignal.timeout(5_000)) };
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const isToken = (path: string) => path.startsWith('/cgi-bin/stable_token');
const token = (text: string) => ({ json: { access_token: text, expires_in: 7_200 } });

describe('the platform', () => {
  test('one token serves many messages, which carry Chinese as it is and no lone surrogate', async () => {
    const paths: string[] = [];
    const bodies: string[] = [];
    const { send } = await platformWith((path, body) => {
      paths.push(path);
      if (isToken(path)) return token('t1');
      bodies.push(body);
      return { json: { errcode: 0, errmsg: 'ok' } };
    });
    const outcomes = await Promise.all([send('您好'), send('再见'), send('a\ud800b')]);
    expect(outcomes).toEqual(outcomes.map(() => ({ kind: 'sent', platformMessageId: '' })));
    expect(paths.filter(isToken)).toHaveLength(1);
    expect(bodies.join()).toContain('您好');
    expect(bodies.join()).not.toContain('\\u');
  });

  test('a refused token is renewed once for all who saw it', async () => {
    let given = 0;
    const { send } = await platformWith((path) => {
      if (isToken(path)) return token(`t${(given += 1)}`);
      return path.includes('access_token=t1') ? { json: { errcode: 40001 } } : { json: { errcode: 0 } };
    });
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, index) => send(String(index))));
    expect(outcomes.every(({ kind }) => kind === 'sent')).toBe(true);
    expect(given).toBe(2);
  });

  test.each([
    [-1, { kind: 'failed', code: 'WECHAT_PLATFORM_BUSY', retryable: true, platformCode: '-1' }],
    [45015, { kind: 'expired', code: 'window_closed', platformCode: '45015' }],
    [45047, { kind: 'expired', code: 'quota_used', platformCode: '45047' }],
    [43004, { kind: 'failed', code: 'WECHAT_CUSTOMER_UNREACHABLE', retryable: false, platformCode: '43004' }],
    [99999, { kind: 'failed', code: 'WECHAT_REFUSED', retryable: false, platformCode: '99999' }],
  ])('return code %d is classed', async (errcode, outcome) => {
    const { send } = await platformWith((path) => (isToken(path) ? token('t') : { json: { errcode } }));
    expect(await send('x')).toEqual(outcome);
  });

  test('a lost answer is unknown, a refused connection surely was not sent', async () => {
    const lost = await platformWith((path) => (isToken(path) ? token('t') : { drop: true }));
    expect(await lost.send('x')).toEqual({ kind: 'unknown', code: 'WECHAT_ANSWER_LOST' });
    const unused = createServer();
    await new Promise<void>((resolve) => unused.listen(0, '127.0.0.1', resolve));
    const apiBaseUrl = `http://127.0.0.1:${(unused.address() as AddressInfo).port}`;
    await new Promise((resolve) => unused.close(resolve));
    const other = createWeChatPlatform(createFakeClock());
    const account = { appId: 'wx1', appSecret: 's', apiBaseUrl };
    expect(await other.sendCustomMessage(account, {}, AbortSignal.timeout(2_000))).toMatchObject({ kind: 'failed', code: 'WECHAT_NOT_REACHED', retryable: true });
  });

  test('an account whose secret is wrong fails with the platform\'s code', async () => {
    const { send } = await platformWith(() => ({ json: { errcode: 40125, errmsg: 'invalid appsecret' } }));
    expect(await send('x')).toMatchObject({ kind: 'failed', code: 'WECHAT_TOKEN_REFUSED', platformCode: '40125' });
  });
});
