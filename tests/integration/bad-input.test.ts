import { connect as connectHttp2 } from 'node:http2';
import type { Client } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AnyFact } from '@patchbay/bus/fact';
import { watchFacts } from '@patchbay/bus/watch-facts';
import { QueryRequest } from '@patchbay/contracts/analytics/v1/analytics_service';
import { ApplyResourcesRequest, ApplyResourcesResponse } from '@patchbay/contracts/directory/v1/directory_service';
import { SignInRequest, SignInResponse } from '@patchbay/contracts/directory/v1/identity_service';
import { connectDesk, signInCookie } from '@patchbay/desk/testing/desk-client';
import { eventually } from '@patchbay/testkit/eventually';
import { badDeskFrames, badDeskHttp } from '../support/bad-desk.ts';
import { badGrpc, badGrpcStreams, badSql, forgedTokens, type BadGrpc } from '../support/bad-grpc.ts';
import { badDialogues, badMails, goodMail } from '../support/bad-mail.ts';
import { badMedia, badSip } from '../support/bad-sip.ts';
import { badChatHttp, badWebSocketFrames } from '../support/bad-websocket-frames.ts';
import { badWeChat, goodCall, type WeChatCall } from '../support/bad-wechat.ts';
import { badYaml } from '../support/bad-yaml.ts';
import { openChat } from '../support/chat-client.ts';
import { edgeNames, startEdgeCentre, type EdgeCentre, type Traces } from '../support/edge-centre.ts';
import { sendBadFrame, writeFrame } from '../support/send-bad-frame.ts';
import { callGrpc, openGrpc, sendGrpc } from '../support/send-grpc.ts';
import { sendHttp } from '../support/send-http.ts';
import { greetSmtp, openSmtp, sendRawMail, type SmtpLine } from '../support/send-mail.ts';
import { sendBadSip } from '../support/send-sip.ts';
import { startTelephone } from '../support/voice/telephone.ts';

const { tenant, mailbox, number, wechatAppId } = edgeNames;
let centre: EdgeCentre;
/** As the last good input left it. */
let before: Traces;
let grpc: Client;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  centre = await startEdgeCentre();
  grpc = openGrpc(centre.ports.grpc);
  for (const [user, password] of [['admin', centre.stack.adminPassword], ['agent', centre.password], ['manager', centre.password]] as const) tokens[user] = await signIn(user, password);
  before = await centre.traces();
}, 300_000);
afterAll(async () => {
  grpc.close();
  await centre.stop();
}, 60_000);

async function signIn(user: string, password: string): Promise<string> {
  const method = { path: '/patchbay.directory.v1.IdentityService/SignIn', request: SignInRequest, response: SignInResponse };
  return (await callGrpc(grpc, method, { tenant, user, password })).token;
}

/** Nothing ended or began again, nothing was published but so many facts, no fault of ours is in a log. */
async function expectTraces(published = 0): Promise<void> {
  const expected = { ...before, events: before.events + published };
  before = await centre.traces();
  expect(before).toEqual(expected);
}

/** Facts since the last look, oldest first. */
async function newFacts(count: number): Promise<AnyFact[]> {
  const facts: AnyFact[] = [];
  const stop = new AbortController();
  for await (const fact of watchFacts(centre.bus, { tenant, domains: ['contact', 'message', 'voice', 'directory'], fromSequence: before.events + 1, signal: stop.signal })) {
    facts.push(fact);
    if (facts.length === count) break;
  }
  stop.abort();
  return facts;
}

/** Takes what a good input published as the new state, once the fact that ends it is there. */
async function settle(lastFact: string): Promise<void> {
  await eventually(`${lastFact} is told`, async () => {
    const { events } = await centre.traces();
    return events > before.events && (await newFacts(events - before.events)).some(({ type }) => type.endsWith(`.${lastFact}`));
  });
  before = { ...(await centre.traces()), pids: before.pids, faults: before.faults };
}

const rowsOf = <Row extends { readonly name: string }>(rows: readonly Row[]) => rows.map((row) => [row.name, row] as const);

const families = { SIP: badSip, media: badMedia, SMTP: badDialogues, mail: badMails, WeChat: badWeChat, 'chat frames': badWebSocketFrames, 'chat HTTP': badChatHttp, 'desk frames': badDeskFrames, 'desk HTTP': badDeskHttp, YAML: badYaml, gRPC: badGrpc, SQL: badSql, 'gRPC streams': badGrpcStreams };
const kinds = Object.entries(families).flatMap(([family, rows]) => rows.map(({ name }) => `${family}: ${name}`));

test(`${kinds.length} kinds of bad input are told apart: ${Object.entries(families).map(([family, rows]) => `${rows.length} ${family}`).join(', ')}`, () => {
  expect(kinds.length).toBeGreaterThanOrEqual(600);
  expect(new Set(kinds).size).toBe(kinds.length);
});

describe('SIP', () => {
  test.each(rowsOf(badSip))('%s', async (_name, row) => {
    const outcome = await sendBadSip(row, centre.ports.sip);
    expect(outcome).toEqual({ answers: row.answer === 'none' ? [] : [row.answer], then: row.closes === true ? undefined : 200, closed: row.closes === true });
    await expectTraces();
  });

  test('in the media of a call neither ends it nor is taken for a key', async () => {
    const telephone = await startTelephone({ port: centre.ports.sip });
    const stranger = await startTelephone({ port: centre.ports.sip });
    const call = telephone.call(number);
    await call.answered;
    await settle('RoutingRequested');
    telephone.rtp.startTone(call.media(), 440);
    for (const row of badMedia) {
      const heard = telephone.rtp.heard.length;
      for (const packet of row.packets) (row.fromStranger === true ? stranger : telephone).rtp.sendRaw(call.media(), packet);
      await eventually(`music goes on after ${row.name}`, () => telephone.rtp.heard.length > heard + 5);
      await expectTraces();
    }
    call.hangUp();
    await settle('ContactEnded');
    await telephone.close();
    await stranger.close();
    await expectTraces();
  });

  test('is followed by a good call', async () => {
    const telephone = await startTelephone({ port: centre.ports.sip });
    expect((await telephone.register(edgeNames.phone, centre.password)).status).toBe(200);
    const call = telephone.call(number);
    await call.answered;
    await settle('RoutingRequested');
    call.hangUp();
    await settle('ContactEnded');
    await telephone.close();
    await expectTraces();
  });
});

describe('mail', () => {
  /** One connection for all mails: a bad one does not spoil it for the next. */
  let line: SmtpLine;
  const send = (raw: string | Uint8Array, from = 'a@customer.example') => sendRawMail(line, { from, to: mailbox, raw });
  beforeAll(async () => {
    line = await greetSmtp(centre.ports.smtp);
  });
  afterAll(() => {
    line.close();
  });

  test.each(rowsOf(badDialogues))('SMTP with %s', async (_name, { afterHello, steps }) => {
    const own = await (afterHello ? greetSmtp : openSmtp)(centre.ports.smtp);
    const replies: unknown[] = [];
    for (const [write] of steps) {
      own.write(write);
      replies.push((await own.reply()).code);
    }
    own.close();
    expect(replies).toEqual(steps.map(([, reply]) => reply));
    await expectTraces();
  });

  test('SMTP that breaks off in the middle of a mail', async () => {
    const own = await greetSmtp(centre.ports.smtp);
    for (const command of ['MAIL FROM:<a@customer.example>', `RCPT TO:<${mailbox}>`, 'DATA']) {
      own.write(`${command}\r\n`);
      await own.reply();
    }
    own.write('From: a@customer.example\r\n\r\nhalf a ma');
    own.close();
    expect((await send('')).code).toBe(554);
    await expectTraces();
  });

  test.each(rowsOf(badMails))('%s', async (_name, row) => {
    const reply = await send(row.raw, row.from);
    expect([reply.code, row.code === undefined || reply.text.includes(row.code)]).toEqual([row.reply, true]);
    if (row.becomes === undefined) {
      await expectTraces();
      return;
    }
    const facts = await newFacts(3);
    const [started, received] = ['ContactStarted', 'MessageReceived'].map((name) => facts.find(({ type }) => type.endsWith(`.${name}`)));
    await expectTraces(3);
    expect(row.becomes(received as never, started as never)).toEqual(row.expected);
  });

  test('the same mail once more is the same message', async () => {
    const mail = goodMail();
    await send(mail);
    await expectTraces(3);
    expect((await send(mail)).code).toBe(250);
    await expectTraces();
  });

  test('is followed by a good mail', async () => {
    expect((await send(goodMail(), 'b@customer.example')).code).toBe(250);
    await settle('RoutingRequested');
  });
});

describe('WeChat', () => {
  const send = ({ method = 'POST', path = `/wechat/${wechatAppId}`, query = {}, headers, body }: WeChatCall) =>
    sendHttp({ port: centre.ports.wechat, method, path: Object.keys(query).length === 0 ? path : `${path}?${new URLSearchParams(query)}`, ...(headers === undefined ? {} : { headers }), ...(body === undefined ? {} : { body }) });

  test.each(rowsOf(badWeChat))('%s', async (_name, row) => {
    const { status, code, text } = await send(row.call(centre.wechat));
    expect([status, code ?? row.code]).toEqual([row.status, row.code]);
    if (row.becomes === undefined) {
      await expectTraces();
      return;
    }
    expect(text).toBe('success');
    const received = (await newFacts(3)).find(({ type }) => type.endsWith('.MessageReceived'));
    await expectTraces(3);
    expect(row.becomes(received as never)).toEqual(row.expected);
  });

  test('a call that is played again is the same message', async () => {
    const call = goodCall(centre.wechat);
    expect((await send(call)).text).toBe('success');
    await expectTraces(3);
    expect((await send(call)).text).toBe('success');
    await expectTraces();
  });

  test('is followed by a good message', async () => {
    expect((await send(goodCall(centre.wechat))).text).toBe('success');
    await settle('RoutingRequested');
  });
});

describe('web chat', () => {
  test.each(rowsOf(badWebSocketFrames))('%s', async (_name, row) => {
    expect(await sendBadFrame(centre.ports.webChat, row)).toMatchObject(row.expect);
    await expectTraces();
  });

  test.each(rowsOf(badChatHttp))('%s over HTTP', async (_name, row) => {
    expect((await sendHttp({ ...row, port: centre.ports.webChat })).status).toBe(row.status);
    await expectTraces();
  });

  test("another's contact is not shown to one who names it", async () => {
    const owner = await openChat(centre.ports.webChat);
    await owner.say('my secret');
    await owner.next('the contact', (frame) => frame.type === 'live' && frame['contactId'] !== '');
    const { contactId } = owner.position();
    const eve = await openChat(centre.ports.webChat, { hello: { resume: { contactId, lastSeq: 0 } } });
    expect(eve.frames.map(({ type }) => type)).toEqual(['welcome', 'live']);
    expect(eve.frames.at(-1)).toMatchObject({ contactId: '' });
    eve.close();
    owner.send({ type: 'end' });
    await settle('ContactEnded');
    owner.close();
    await expectTraces();
  });

  test('is followed by a good chat', async () => {
    const client = await openChat(centre.ports.webChat);
    expect((await client.say('hello')).type).toBe('accepted');
    await client.next('the contact', (frame) => frame.type === 'live' && frame['contactId'] !== '');
    client.send({ type: 'end' });
    await settle('ContactEnded');
    client.close();
  });
});

describe('the desk', () => {
  const url = () => `http://127.0.0.1:${centre.ports.desk}`;
  let cookie: string;
  beforeAll(async () => {
    cookie = await signInCookie(url(), 'agent', centre.password);
  });

  test.each(rowsOf(badDeskHttp))('%s', async (_name, row) => {
    const { origin = url(), signedIn, headers = {} } = row;
    const answer = await sendHttp({
      port: centre.ports.desk,
      path: row.path,
      headers: { ...(origin === null ? {} : { origin }), ...(signedIn === true ? { cookie } : {}), ...headers },
      ...(row.method === undefined ? {} : { method: row.method }),
      ...(row.body === undefined ? {} : { body: row.body }),
    });
    expect([answer.status, answer.code]).toEqual([row.status, row.code]);
    await expectTraces();
  });

  test.each(rowsOf(badDeskFrames))('%s as a frame', async (_name, { send, expect: expected }) => {
    const client = await connectDesk(url(), cookie);
    await client.frame('hello');
    writeFrame(client.socket, send);
    if ('close' in expected) expect(await client.closed).toBe(expected.close);
    else {
      const { error } = await client.frame('failure');
      expect([error.code, error.details['field']]).toEqual([expected.code, expected.field]);
      expect(await client.request('contact.close', { contactId: 'x' })).toEqual({});
    }
    client.close();
    await expectTraces();
  });

  test('is followed by a good sign-in and a good request', async () => {
    const client = await connectDesk(url(), await signInCookie(url(), 'manager', centre.password));
    await client.frame('hello');
    expect(await client.request('wall.open', {})).toEqual({});
    client.close();
    await expectTraces();
  });
});

describe('gRPC', () => {
  const bearer = (user: string): Record<string, string> => (user === 'none' ? {} : { authorization: `Bearer ${tokens[user] ?? ''}` });
  const ask = ({ path, body, as, metadata }: BadGrpc) => sendGrpc(grpc, path, body, { metadata: { ...bearer(as), ...metadata } });

  test.each(rowsOf([...badGrpc, ...badSql]))('%s', async (_name, row) => {
    const { code, reason } = await ask(row);
    expect({ code, reason }).toEqual({ code: row.status, reason: row.reason });
    await expectTraces();
  });

  test('tokens made out of a good one', async () => {
    for (const row of forgedTokens(tokens['manager'] ?? '', tokens['admin'] ?? '')) {
      const { code, reason } = await ask(row);
      expect([row.name, code, reason]).toEqual([row.name, row.status, row.reason]);
    }
    await expectTraces();
  });

  test.each(rowsOf(badGrpcStreams))('%s', async (_name, { headers, body, status }) => {
    const session = connectHttp2(`http://127.0.0.1:${centre.ports.grpc}`);
    const told = await new Promise((resolve) => {
      const stream = session.request({ ':method': 'POST', ':path': '/patchbay.crm.v1.ContactService/GetContact', te: 'trailers', 'content-type': 'application/grpc', ...bearer('admin'), ...headers });
      const look = (seen: Record<string, unknown>) => {
        if (seen['grpc-status'] !== undefined) resolve({ grpc: Number(seen['grpc-status']) });
        else if (Number(seen[':status']) !== 200 && seen[':status'] !== undefined) resolve({ http: Number(seen[':status']) });
      };
      stream.on('response', look);
      stream.on('trailers', look);
      stream.on('error', () => { resolve('reset'); });
      stream.on('close', () => { resolve('reset'); });
      stream.resume();
      stream.end(body);
    });
    session.destroy();
    expect(told).toEqual(status);
    await expectTraces();
  });

  test.each(rowsOf(badYaml))('YAML with %s', async (_name, { yaml, path, line }) => {
    const body = ApplyResourcesRequest.encode(ApplyResourcesRequest.fromPartial({ files: [{ name: 'bad.yaml', yaml }] })).finish();
    const { code, reason, faults } = await sendGrpc(grpc, '/patchbay.directory.v1.DirectoryService/ApplyResources', body, { metadata: bearer('admin') });
    expect({ code, reason }).toEqual({ code: 3, reason: 'DIRECTORY_INVALID_RESOURCES' });
    const fault = faults.find((one) => one.path === path && one.line === line);
    expect(fault).toMatchObject({ file: 'bad.yaml', message: expect.stringMatching(/./), remedy: expect.stringMatching(/./) });
    await expectTraces();
  });

  test('YAML with many faults has all of them named at once', async () => {
    const single = badYaml.filter(({ path, name }) => path.startsWith('spec.') && !/deep|multiply|nesting|exist/.test(name));
    const files = single.map(({ yaml }, index) => ({ name: `${index}.yaml`, yaml: yaml.replaceAll(/^name: x$/gm, `name: x${index}`) }));
    const { faults } = await callGrpc(grpc, { path: '/patchbay.directory.v1.DirectoryService/ApplyResources', request: ApplyResourcesRequest, response: ApplyResourcesResponse }, { files, reportFaults: true }, bearer('admin'));
    for (const [index, { name, path }] of single.entries()) expect([name, faults.some((fault) => fault.file === `${index}.yaml` && fault.path === path)]).toEqual([name, true]);
    await expectTraces();
  });

  test('is followed by a good question and a good apply', async () => {
    const question = QueryRequest.encode({ sql: 'select 1', maxRows: 0 }).finish();
    expect((await sendGrpc(grpc, '/patchbay.analytics.v1.AnalyticsService/Query', question, { metadata: bearer('manager') })).code).toBe(0);
    const good = ApplyResourcesRequest.encode(ApplyResourcesRequest.fromPartial({ files: [{ name: 'good.yaml', yaml: 'kind: Skill\nname: billing\nspec: {titles: {en: Billing}}\n' }] })).finish();
    expect((await sendGrpc(grpc, '/patchbay.directory.v1.DirectoryService/ApplyResources', good, { metadata: bearer('admin') })).code).toBe(0);
    await settle('ResourceApplied');
    await expectTraces();
  });
});
