import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { AnyFact } from '@patchbay/bus/fact';
import { readAudio } from '@patchbay/bus/media';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { runCommand } from '@patchbay/local/run-command';
import { portOf } from '@patchbay/local/stack/ports';
import { amplitudeAt, channelOf } from '@patchbay/recording/testing/tones';
import { eventually } from '@patchbay/testkit/eventually';
import { launchBrowser } from '../support/browser.ts';
import { centreNames, startTestCentre, type TestCentre } from '../support/demo-centre.ts';
import { startBaresip, type Baresip } from '../support/peers/baresip.ts';
import { startMailSink, type MailSink } from '../support/peers/mail-sink.ts';
import { createPatchbayCommand, type ContactStory, type PatchbayCommand } from '../support/peers/patchbay-command.ts';
import { askPython } from '../support/peers/python-peer.ts';
import { signInAgent, type RemoteAgent } from '../support/peers/remote-agent.ts';
import { callWithSipp, playUacPcap } from '../support/peers/sipp-caller.ts';
import { followHistory } from '../support/stream-history.ts';

const { tenant, number, mailbox } = centreNames;
const agentId = '1011';
const agentHertz = 1_000;
let centre: TestCentre;
let sink: MailSink;
let patchbay: PatchbayCommand;
let folder: string;

/** What is to be stopped, newest first. */
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-peers-'));
  stops.unshift(() => rm(folder, { recursive: true, force: true }));
  sink = await startMailSink();
  stops.unshift(() => sink.stop());
  centre = await startTestCentre({ kafka: true, smarthostPort: sink.port });
  stops.unshift(() => centre.stop());
  patchbay = createPatchbayCommand(centre.stack.home);
}, 180_000);

afterAll(async () => {
  for (const stop of stops) await stop();
}, 120_000);

const shortName = (type: string) => type.slice(type.lastIndexOf('.') + 1);

/** The facts of these names, as often and in the order in which they stand in the story. */
function pick(story: ContactStory, names: readonly string[]): string[] {
  return story.facts.map(({ type }) => shortName(type)).filter((name) => names.includes(name));
}

/** From the queue to the end, for a contact that one agent took at once. */
const handled = ['RoutingRequested', 'ContactQueued', 'ContactOffered', 'ContactAssigned', 'ContactConnected', 'ContactEnded', 'WrapUpStarted', 'AssignmentClosed'];

/** What every medium must leave behind of a handled contact: its facts in order, a score, and one row in the warehouse. */
async function expectHandled(contactId: string, wanted: { channel: string; queue: string; disposition: string; begins: readonly string[]; kept: string }): Promise<ContactStory> {
  const { channel, queue, disposition, begins, kept } = wanted;
  const story = await patchbay.finishedStory(contactId);
  expect(story.contact).toMatchObject({ channel, outcome: 'CONTACT_OUTCOME_HANDLED', disposition, agentId, queue });
  expect(pick(story, [...begins, ...handled])).toEqual([...begins, ...handled]);
  expect(pick(story, ['ContactEnded', kept, 'ContactScored'])).toEqual(['ContactEnded', kept, 'ContactScored']);
  const sequences = story.facts.map(({ sequence }) => Number(sequence));
  expect(sequences).toEqual(sequences.toSorted((left, right) => left - right));
  expect(new Set(story.facts.map(({ eventId }) => eventId)).size).toBe(story.facts.length);

  const { scores } = await patchbay.ask<{ scores: { scored: { contactId: string; agentId: string; scorePct?: number; findings: unknown[] } }[] }>('scores', 'get', contactId);
  expect(scores.map(({ scored }) => [scored.contactId, scored.agentId])).toEqual([[contactId, agentId]]);
  expect(scores[0]?.scored.findings.length).toBeGreaterThan(0);
  expect(scores[0]?.scored.scorePct).toBeLessThanOrEqual(100);

  const facts = 'contact_fact c join request_fact r using (contact_id) join assignment_fact a using (contact_id) join score_fact s using (contact_id)';
  const found = () => patchbay.rows(`select c.channel, r.queue, a.agent_id, a.disposition from ${facts} where contact_id = '${contactId}' and c.ended_at is not null and a.closed_at is not null`);
  const rows = await eventually('the warehouse has the contact', async () => {
    const some = await found();
    return some.length > 0 && some;
  });
  expect(rows).toEqual([[channel, queue, agentId, disposition]]);
  return story;
}

test('the call of uac_pcap, which SIPp brings, is spoken into the menu, presses 1 and leaves the queue before anybody is there', async () => {
  expect(await playUacPcap({ sip: centre.stack.addresses.sip, number })).toEqual({ exitCode: 0, errors: '' });
  const { contacts } = await patchbay.ask<{ contacts: { contactId: string }[] }>('contacts', 'list', '--channel', 'voice');
  expect(contacts).toHaveLength(1);
  const story = await patchbay.closedStory(contacts[0]!.contactId);
  expect(story.contact).toMatchObject({ outcome: 'CONTACT_OUTCOME_ABANDONED', queue: 'billing' });
  const course = ['ContactStarted', 'FlowEntered', 'DigitsCollected', 'FlowLeft', 'RoutingRequested', 'ContactQueued', 'RoutingWithdrawn', 'ContactEnded', 'ContactAbandoned'];
  expect(pick(story, course)).toEqual(course);
  const digits = story.facts.find(({ type }) => shortName(type) === 'DigitsCollected');
  expect(JSON.parse(digits?.json ?? '{}')).toMatchObject({ digits: '1' });
}, 60_000);

describe('with an agent at work', () => {
  let agent: RemoteAgent;
  let phone: Baresip;
  let tidy = async () => {};

  beforeAll(async () => {
    const { sip, grpc } = centre.stack.addresses;
    phone = await startBaresip({ account: `<sip:${agentId}@${sip}>;auth_user=${agentId};auth_pass=${centre.password};answermode=auto;regint=60`, hertz: agentHertz });
    stops.unshift(() => phone.stop());
    await eventually('the phone of the agent is registered', () => phone.isRegistered());
    agent = await signInAgent({ grpc, agentId, password: centre.password });
    stops.unshift(() => agent.signOut());
    tidy = () => agent.leaveNothing();
  }, 60_000);

  // So that one failure stays one.
  afterEach(() => tidy());

  /** Waits until three seconds of both sides are stored. */
  const talk = (contactId: string) =>
    eventually('customer and agent talk for three seconds', async () => {
      const seconds = new Map<Party, number>();
      for await (const { party } of readAudio(centre.bus, { tenant, contactId })) seconds.set(party, (seconds.get(party) ?? 0) + 1);
      return [Party.CUSTOMER, Party.AGENT].every((party) => (seconds.get(party) ?? 0) >= 3);
    });

  /** Each side of the recording holds its own tone and nothing of the other's. */
  async function expectTones(contactId: string, customerHertz: number): Promise<void> {
    const file = join(folder, `${contactId}.wav`);
    await patchbay.run('recordings', 'get', contactId, '--out', file);
    const wav = await readFile(file);
    const middle = { fromS: 1, toS: 2.5 };
    const heard = ([0, 1] as const).map((side) => [customerHertz, agentHertz].map((hertz) => amplitudeAt(channelOf(wav, side), hertz, middle)));
    const [[customerLeft = 0, agentLeft = 0] = [], [customerRight = 0, agentRight = 0] = []] = heard;
    expect(customerLeft).toBeGreaterThan(4_000);
    expect(agentRight).toBeGreaterThan(4_000);
    expect(agentLeft).toBeLessThan(customerLeft / 50);
    expect(customerRight).toBeLessThan(agentRight / 50);
  }

  const menu = ['ContactStarted', 'FlowEntered', 'DigitsCollected', 'FlowLeft'];

  test('a call by SIPp with RTP and a key reaches the agent’s baresip, is hung up by the agent and kept with each side on its channel', async () => {
    const run = callWithSipp({ sip: centre.stack.addresses.sip, number, digit: '1', hertz: 620 });
    const { contactId } = await agent.nextOffer('voice');
    await talk(contactId);
    await phone.hangUp();
    expect(await run).toEqual({ exitCode: 0, errors: '' });
    await agent.wrapUp(contactId, 'question.bill');
    await expectHandled(contactId, { channel: 'voice', queue: 'billing', disposition: 'question.bill', begins: menu, kept: 'RecordingReady' });
    await expectTones(contactId, 620);
  }, 120_000);

  test('a call by baresip chooses by key, talks to the agent’s baresip, hangs up and is kept with each side on its channel', async () => {
    const caller = await startBaresip({ account: '<sip:13800001111@127.0.0.1>;regint=0', hertz: 440 });
    const history = followHistory(centre.bus, tenant);
    const menus = (facts: readonly AnyFact[]) => facts.filter(({ type }) => type === 'patchbay.contact.v1.FlowEntered').length;
    try {
      const before = menus(await history.upToDate());
      await caller.dial(`sip:${number}@${centre.stack.addresses.sip}`);
      await eventually('the centre answers', () => caller.events.includes('CALL_ESTABLISHED'));
      await eventually('the menu speaks', () => menus(history.facts) > before);
      await caller.press('2');
      const { contactId } = await agent.nextOffer('voice');
      await talk(contactId);
      await caller.hangUp();
      await agent.wrapUp(contactId, 'howto');
      await expectHandled(contactId, { channel: 'voice', queue: 'technical', disposition: 'howto', begins: menu, kept: 'RecordingReady' });
      await expectTones(contactId, 440);
    } finally {
      await history.stop();
      await caller.stop();
    }
  }, 120_000);

  test('a mail by swaks is answered in its thread at aiosmtpd, and what is answered to that belongs to the same conversation', async () => {
    const customer = 'kehu@customer.example';
    const swaks = (...headers: string[]) =>
      runCommand(
        'swaks',
        ['--server', centre.stack.addresses.smtp, '--from', customer, '--to', mailbox, ...headers.flatMap((header) => ['--header', header]), '--attach-type', 'text/plain; charset=UTF-8', '--attach-body', '请问上个月的账单为什么多了二十元？', '--attach-type', 'text/csv', '--attach-name', 'zhangdan.csv', '--attach', 'month,amount\n10,79\n'],
        { timeoutMs: 30_000 },
      );
    const subject = '上个月的账单';
    await swaks(`Subject: =?UTF-8?B?${Buffer.from(subject).toString('base64')}?=`, 'Message-Id: <one@customer.example>');
    const offer = await agent.nextOffer('email');
    const { contactId } = offer;
    await agent.accept(offer);
    await agent.say(contactId, '您好，多出的二十元是增值业务费，已经为您取消。');
    const first = await eventually('the answer arrives', () => sink.mailsTo(customer)[0]);
    expect(first).toMatchObject({ from: mailbox, fromName: '演示呼叫中心', subject: `Re: ${subject}`, inReplyTo: '<one@customer.example>', references: ['<one@customer.example>'], defects: [] });
    expect(first.text.trim()).toBe('您好，多出的二十元是增值业务费，已经为您取消。');

    // Raw UTF-8 in a header, as many programs write it.
    await swaks(`Subject: 回复: ${subject}`, 'Message-Id: <two@customer.example>', `In-Reply-To: ${first.messageId}`, `References: <one@customer.example> ${first.messageId}`);
    await eventually('the second mail joins the contact', async () => (await patchbay.ask<ContactStory>('contacts', 'get', contactId)).contact.messageCount === 3);
    await agent.say(contactId, '不客气，祝您生活愉快，再见！');
    const second = await eventually('the second answer arrives', () => sink.mailsTo(customer)[1]);
    expect(second).toMatchObject({ inReplyTo: '<two@customer.example>', references: ['<one@customer.example>', first.messageId, '<two@customer.example>'], defects: [] });
    await agent.end(contactId);
    await agent.wrapUp(contactId, 'question.bill');
    const story = await expectHandled(contactId, { channel: 'email', queue: 'billing', disposition: 'question.bill', begins: ['ContactStarted'], kept: 'TranscriptReady' });
    expect(story.contact.summary).toBe(subject);
    expect(pick(story, ['MessageReceived', 'MessageSent'])).toEqual(['MessageReceived', 'MessageSent', 'MessageReceived', 'MessageSent']);

    // Once it is closed, an answer is a new contact of the same matter.
    await swaks(`Subject: Re: ${subject}`, 'Message-Id: <three@customer.example>', `In-Reply-To: ${second.messageId}`);
    const later = await agent.nextOffer('email');
    expect(later.contactId).not.toBe(contactId);
    await agent.accept(later);
    await agent.end(later.contactId);
    await agent.wrapUp(later.contactId, 'other');
    expect((await patchbay.closedStory(later.contactId)).contact.conversationId).toBe(story.contact.conversationId);
  }, 120_000);

  test('a WeChat message signed and encrypted by wechatpy is answered through the customer-service interface, in the form that wechatpy sends', async () => {
    const { platform, wechat } = centre;
    const appId = centreNames.wechatAppId;
    const openId = 'o-peer-wechatpy';
    const url = `${centre.stack.addresses.wechat}/wechat/${appId}`;
    const follower = <Answer>(request: Record<string, unknown>) => askPython<Answer>('wechat_follower', [], request);
    expect(await follower({ action: 'verify', url, token: wechat.token })).toEqual({ status: 200, echoed: true });
    const message = { action: 'write', url, token: wechat.token, aesKey: wechat.encodingAesKey, appId, openId, text: '宽带一直断线，能帮我看看吗？', msgId: '23456789012345678' };
    platform.noteMessage(openId);
    expect(await follower(message)).toEqual({ status: 200, body: 'success' });
    // The platform calls again when an answer is late: the message counts once.
    expect(await follower(message)).toEqual({ status: 200, body: 'success' });
    expect(await follower({ ...message, token: 'another', msgId: '23456789012345679' })).toMatchObject({ status: 403 });
    const offer = await agent.nextOffer('wechat');
    const { contactId } = offer;
    await agent.accept(offer);
    const answer = '您好，请您看一下光猫的指示灯是什么颜色？';
    await agent.say(contactId, answer);
    expect(await platform.inboxOf(openId).take(20_000)).toBe(answer);
    await agent.end(contactId);
    await agent.wrapUp(contactId, 'fault.known');
    const story = await expectHandled(contactId, { channel: 'wechat', queue: 'technical', disposition: 'fault.known', begins: ['ContactStarted', 'MessageReceived'], kept: 'TranscriptReady' });
    expect(pick(story, ['MessageReceived', 'MessageSent', 'MessageFailed'])).toEqual(['MessageReceived', 'MessageSent']);
    const { sent } = platform;
    expect(await follower({ action: 'answer', apiBaseUrl: platform.url, appId, accessToken: sent.at(-1)?.accessToken, openId, text: answer })).toMatchObject({ errcode: 0 });
    expect(sent.at(-1)).toEqual(sent.at(-2));
  }, 120_000);

  test('a chat on a page in Chromium is answered in the page', async () => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`${centre.stack.addresses.webChat}/demo?lang=zh-CN`);
      await page.getByRole('button', { name: /^打开在线客服/ }).click();
      await page.getByRole('textbox').fill('请问电子发票在哪里下载？');
      await page.getByRole('textbox').press('Enter');
      const offer = await agent.nextOffer('webchat');
      const { contactId } = offer;
      await agent.accept(offer);
      await page.getByRole('status').getByText(`客服 ${agentId} 已接入`).waitFor();
      await agent.say(contactId, '您好，请登录网上营业厅，在“我的订单”里下载。');
      await page.getByRole('log').locator('.bubble').getByText('您好，请登录网上营业厅，在“我的订单”里下载。', { exact: true }).waitFor();
      await agent.end(contactId);
      await agent.wrapUp(contactId, 'howto');
      const story = await expectHandled(contactId, { channel: 'webchat', queue: 'technical', disposition: 'howto', begins: ['ContactStarted', 'MessageReceived'], kept: 'TranscriptReady' });
      expect(pick(story, ['MessageReceived', 'MessageSent', 'MessageFailed'])).toEqual(['MessageReceived', 'MessageSent']);
    } finally {
      await browser.close();
    }
  }, 120_000);

  test('Kafka and the warehouse hold exactly the facts of the stream', async () => {
    const { kafka } = centre.stack.addresses;
    const monitor = `http://127.0.0.1:${portOf('natsMonitor', centre.stack.portOffset)}/jsz?streams=true`;
    interface Jsz {
      account_details: { stream_detail: { name: string; state: { messages: number } }[] }[];
    }
    const inStream = async () => ((await (await fetch(monitor)).json()) as Jsz).account_details.flatMap(({ stream_detail: streams }) => streams).find(({ name }) => name === 'EVENTS')?.state.messages ?? 0;
    const inWarehouse = async () => (await patchbay.rows('select count(*), count(distinct event_id) from event'))[0]?.map(Number) ?? [];
    const inKafka = () => askPython<{ records: number; ids: number }>('kafka_records', [kafka ?? '']);
    const count = await eventually('the warehouse has what the stream has', async () => {
      const before = await inStream();
      return (await inWarehouse())[0] === before && (await inStream()) === before && before;
    }, 40_000);
    expect(await inWarehouse()).toEqual([count, count]);
    expect(await inKafka()).toEqual({ records: count, ids: count });
    expect(await patchbay.rows('select count(*) from contact_fact where ended_at is null')).toEqual([['0']]);
  }, 90_000);
});
