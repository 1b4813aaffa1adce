import { randomBytes, randomInt } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { encrypt, getSignature } from '@wecom/crypto';
import { demoError } from '../errors.ts';
import { createInboxes, type Inbox } from '../inbox.ts';

/** One account at the simulated platform. */
export interface PlatformAccount {
  appId: string;
  appSecret: string;
  token: string;
  encodingAesKey: string;
  /** The centre's call-back address without the app id, e.g. `http://127.0.0.1:8082/wechat`. */
  callBackUrl: string;
}

/** One call of `/cgi-bin/message/custom/send` that was taken. */
export interface SentMessage {
  accessToken: string;
  /** The JSON body. */
  message: Readonly<Record<string, unknown>>;
}

/** A stand-in for the WeChat platform: it signs, encrypts and calls again as the real one does, and keeps its quotas. */
export interface SimulatedPlatform {
  url: string;
  /** A follower writes; resolves when the centre has taken it. DEMO_NOT_TAKEN after three calls without `success`. */
  write(openId: string, text: string): Promise<{ msgId: string; calls: number }>;
  /** Notes that a follower wrote by another program's call, so that answers are allowed. */
  noteMessage(openId: string): void;
  /** The last calls to send a message, whoever made them, oldest first; twenty at most. */
  readonly sent: readonly SentMessage[];
  /** What the centre sent to a follower. */
  inboxOf(openId: string): Inbox;
  close(): Promise<void>;
}

/** 公众号客服消息下发规则: messages after one of the follower, within 48 hours. */
const quota = 5;
const windowMs = 48 * 3_600_000;
const tokenLifeMs = 7_200_000;
/** The platform waits 5 s for an answer and calls three times in all. */
const callTimeoutMs = 5_000;
const mostCalls = 3;
const mostSentKept = 20;

const cdata = (text: string): string => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;

interface Grant {
  left: number;
  untilMs: number;
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
}

/** Starts the platform for one account on the loopback. Its signer is Tencent's own library, not the adapter's code. */
export async function startWeChatPlatform(port: number, account: PlatformAccount): Promise<SimulatedPlatform> {
  const inboxOf = createInboxes();
  const grants = new Map<string, Grant>();
  const sent: SentMessage[] = [];
  let current = { text: '', untilMs: 0 };

  function giveToken(body: Record<string, unknown>): unknown {
    if (body['appid'] !== account.appId || body['secret'] !== account.appSecret) return { errcode: 40125, errmsg: 'invalid appsecret' };
    if (body['force_refresh'] === true || Date.now() > current.untilMs - 300_000) current = { text: randomBytes(48).toString('base64url'), untilMs: Date.now() + tokenLifeMs };
    return { access_token: current.text, expires_in: Math.floor((current.untilMs - Date.now()) / 1_000) };
  }

  function takeMessage(token: string | null, body: Record<string, unknown>): unknown {
    if (token !== current.text || Date.now() > current.untilMs) return { errcode: 40001, errmsg: 'invalid credential' };
    const openId = String(body['touser']);
    const grant = grants.get(openId);
    if (grant === undefined || grant.untilMs < Date.now()) return { errcode: 45015, errmsg: 'response out of time limit' };
    if (grant.left <= 0) return { errcode: 45047, errmsg: 'out of response count limit' };
    const kind = String(body['msgtype']);
    const content = body[kind] as { content?: string; head_content?: string } | undefined;
    const text = content?.content ?? content?.head_content;
    if (text === undefined) return { errcode: 40008, errmsg: 'invalid message type' };
    grant.left -= 1;
    sent.push({ accessToken: token, message: body });
    if (sent.length > mostSentKept) sent.shift();
    inboxOf(openId).put(text);
    return { errcode: 0, errmsg: 'ok' };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://platform');
    const body = await readJson(request);
    const reply = url.pathname === '/cgi-bin/stable_token' ? giveToken(body) : url.pathname === '/cgi-bin/message/custom/send' ? takeMessage(url.searchParams.get('access_token'), body) : { errcode: 48001, errmsg: 'api unauthorized' };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(reply));
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(400).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });

  /** One call of the centre: a new time and nonce each, the same message. */
  async function call(xml: string): Promise<boolean> {
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const nonce = String(randomInt(1_000_000_000));
    const encrypted = encrypt(account.encodingAesKey, xml, account.appId);
    const query = new URLSearchParams({ timestamp, nonce, encrypt_type: 'aes', msg_signature: getSignature(account.token, timestamp, nonce, encrypted) });
    const body = `<xml><ToUserName>${cdata('gh_demo')}</ToUserName><Encrypt>${cdata(encrypted)}</Encrypt></xml>`;
    try {
      const response = await fetch(`${account.callBackUrl}/${account.appId}?${query}`, { method: 'POST', body, signal: AbortSignal.timeout(callTimeoutMs) });
      return response.ok && ['success', ''].includes(await response.text());
    } catch {
      // As for the platform: no answer is no success.
      return false;
    }
  }

  function noteMessage(openId: string): void {
    grants.set(openId, { left: quota, untilMs: Date.now() + windowMs });
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    noteMessage,
    sent,
    inboxOf,
    async write(openId, text) {
      const msgId = String((BigInt(Date.now()) << 20n) | BigInt(randomInt(1 << 20)));
      const createTime = Math.floor(Date.now() / 1_000);
      const xml = `<xml><ToUserName>${cdata('gh_demo')}</ToUserName><FromUserName>${cdata(openId)}</FromUserName><CreateTime>${createTime}</CreateTime><MsgType>${cdata('text')}</MsgType><Content>${cdata(text)}</Content><MsgId>${msgId}</MsgId></xml>`;
      noteMessage(openId);
      for (let calls = 1; calls <= mostCalls; calls += 1) {
        if (await call(xml)) return { msgId, calls };
        await delay(1_000);
      }
      throw demoError('DEMO_NOT_TAKEN', { details: { channel: 'wechat' } });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
