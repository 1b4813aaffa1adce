import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from '@jest/globals';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import { sendCommand } from '@patchbay/bus/commands';
import type { BusConnection } from '@patchbay/bus/connection';
import { openKv } from '@patchbay/bus/kv';
import { readFacts } from '@patchbay/bus/read-facts';
import { SendMessage } from '@patchbay/contracts/channel/v1/channel_command';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { ContactAssigned, ContactOverflowed } from '@patchbay/contracts/routing/v1/routing_event';
import { createConfigReader } from '@patchbay/runtime/config-reader';
import { createReadiness } from '@patchbay/runtime/health-server';
import { createIdSource } from '@patchbay/runtime/ids';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import { readWebChatConfig } from '@patchbay/web-chat/config';
import { startWebChat, type RunningWebChat } from '@patchbay/web-chat/service';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { axeViolations } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { nextContact } from '../support/next-contact.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const tenant = 'demo';
const ids = createIdSource();
let nats: TestNats;
let bus: BusConnection;
let chat: RunningWebChat;
let browser: Browser;
let context: BrowserContext;
let page: Page;

async function startChat(port = 0): Promise<RunningWebChat> {
  const reader = createConfigReader({ NATS_URL: nats.url, WEBCHAT_PORT: String(port) });
  return startWebChat(readWebChatConfig(reader), { log: silentLogger, metrics: createMetrics('web-chat'), readiness: createReadiness() });
}

async function apply(resource: Resource): Promise<void> {
  await (await openKv(bus, 'directory')).put(`${tenant}.${resource.kind}.${resource.name}`, Resource.encode(resource).finish());
}

beforeAll(async () => {
  const built = spawnSync(process.execPath, [`${root}node_modules/vite/bin/vite.js`, 'build', '--logLevel', 'warn'], { cwd: `${root}services/web-chat` });
  if (built.status !== 0) throw new Error(`the widget does not build: ${built.stderr.toString()}`);
  nats = await startNats();
  bus = await connectTestBus(nats.url, 'routing');
  const settings = { origins: '*', greeting: 'Hello! What can we do for you?', 'greeting.zh-CN': '您好！请问有什么可以帮您？' };
  await apply(
    Resource.fromPartial({ kind: 'EntryPoint', name: 'web', revision: 1n, spec: { $case: 'entryPoint', value: { channel: 'webchat', address: 'W1', queue: 'support', settings, titles: { en: 'Help', 'zh-CN': '在线客服' } } } }),
  );
  await apply(Resource.fromPartial({ kind: 'Agent', name: 'anna', spec: { $case: 'agent', value: { displayName: 'Anna', agentNo: '1001' } } }));
  chat = await startChat();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await chat.stop();
  await bus.drain();
  await nats.stop();
});

beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
});
afterEach(() => context.close());

const open = async (target = page, language = 'en') => {
  await target.goto(`http://127.0.0.1:${chat.port}/demo?lang=${language}`);
  await target.getByRole('button', { name: language === 'en' ? /^Open chat/ : /^打开在线客服/ }).click();
};
const write = async (text: string, target = page) => {
  await target.getByRole('textbox').fill(text);
  await target.getByRole('textbox').press('Enter');
};
const bubble = (text: string, target = page) => target.getByRole('log').locator('.bubble').getByText(text, { exact: true });

const story = async (contactId: string) =>
  (await readFacts(bus, { tenant, key: contactId, domains: ['contact', 'message', 'routing'] })).map((fact) => fact.type.slice(fact.type.lastIndexOf('.') + 1));

async function assign(contactId: string): Promise<void> {
  await appendFacts(bus, [newFact(ContactAssigned, { tenant, key: contactId, event: ContactAssigned.fromPartial({ contactId, assignmentId: ids.next(), agentId: 'anna' }) })]);
}

/** Nobody was free: the plan lets a message be taken. */
async function takeMessage(contactId: string): Promise<void> {
  const request = (await readFacts(bus, { tenant, key: contactId, domains: ['contact'] })).find((fact) => fact.type === 'patchbay.contact.v1.RoutingRequested');
  const requestId = request?.type === 'patchbay.contact.v1.RoutingRequested' ? request.event.requestId : '';
  const event = ContactOverflowed.fromPartial({ contactId, requestId, fromQueue: 'support', reason: 'wait', action: 'message' });
  await appendFacts(bus, [newFact(ContactOverflowed, { tenant, key: contactId, event })]);
}

function answer(contactId: string, part: NonNullable<SendMessage['content'][number]['part']>): Promise<void> {
  const command = SendMessage.fromPartial({ contactId, commandId: ids.next(), by: Party.AGENT, agentId: 'anna', degrade: true, content: [{ part }] });
  return sendCommand(bus, { tenant, channel: 'webchat', name: 'SendMessage', command });
}
const text = (words: string) => ({ $case: 'text' as const, value: { text: words } });

describe('the widget in Chromium', () => {
  test('a customer writes in Chinese, waits, is served and answers a question by a button', async () => {
    await open(page, 'zh-CN');
    await page.getByRole('dialog', { name: '在线客服' }).waitFor();
    await bubble('您好！请问有什么可以帮您？').waitFor();
    const contactId = await nextContact(bus, tenant, () => write('我的订单到哪里了？'));
    await bubble('我的订单到哪里了？').waitFor();
    await page.getByRole('status').getByText('正在为您转接客服').waitFor();
    await assign(contactId);
    await page.getByRole('status').getByText('客服 1001 已接入').waitFor();
    await answer(contactId, { $case: 'choice', value: { prompt: '请问是哪个订单？', options: [{ id: 'a', label: '手机' }, { id: 'b', label: '耳机' }] } });
    await page.getByRole('button', { name: '耳机' }).click();
    await bubble('耳机').waitFor();
    await eventually('the choice is a fact', async () => (await story(contactId)).filter((name) => name === 'MessageReceived').length === 2);
    expect(await page.getByRole('button', { name: '耳机' }).count()).toBe(0);
  });

  test('a customer for whom nobody is free leaves a message with a number, and finds the answer after a reload', async () => {
    await open(page, 'zh-CN');
    const contactId = await nextContact(bus, tenant, () => write('有人在吗？'));
    await takeMessage(contactId);
    await page.getByRole('status').getByText('暂无空闲客服，请留言').waitFor();
    await page.getByText(/请直接在这里留言/).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('textbox', { name: '请输入留言内容' }).fill('我的订单还没到。\n请查一下。');
    await page.getByRole('textbox', { name: '电话或邮箱（选填）' }).fill('13800001234');
    await page.getByRole('button', { name: '提交留言' }).click();
    await page.getByRole('status').getByText('留言已收到，客服会在这里回复').waitFor();
    await bubble('我的订单还没到。\n请查一下。\n13800001234').waitFor();
    await page.getByText('您的留言已收到', { exact: false }).waitFor();
    expect((await story(contactId)).slice(-3)).toEqual(['MessageReceived', 'RoutingRequested', 'MessageSent']);
    await page.goto('about:blank');
    await assign(contactId);
    await answer(contactId, text('您的订单明天送达。'));
    await eventually('the answer is a fact', async () => (await story(contactId)).at(-1) === 'MessageSent' && (await story(contactId)).includes('ContactConnected'));
    await open(page, 'zh-CN');
    await bubble('您的订单明天送达。').waitFor();
    await page.getByRole('button', { name: '发送' }).waitFor();
  });

  test('the keyboard alone opens, writes, closes, and an answer raises the badge', async () => {
    await page.goto(`http://127.0.0.1:${chat.port}/demo?lang=en`);
    for (let stops = 0; stops < 5 && !(await page.getByRole('button', { name: 'Open chat' }).evaluate((button) => button.matches(':focus'))); stops += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.type('hello');
    const contactId = await nextContact(bus, tenant, () => page.keyboard.press('Enter'));
    await bubble('hello').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('button', { name: 'Open chat' }).evaluate((button) => button.matches(':focus'))).toBe(true);
    await assign(contactId);
    await answer(contactId, text('here I am'));
    await page.getByRole('button', { name: 'Open chat, 1 unread' }).waitFor();
    await page.keyboard.press('Enter');
    await bubble('here I am').waitFor();
  });

  test('what is written while the server is away goes out once when it is back, and a reload shows the same', async () => {
    await open();
    const contactId = await nextContact(bus, tenant, () => write('first'));
    await bubble('first').waitFor();
    const { port } = chat;
    await chat.stop();
    await page.getByText('Connection lost').waitFor();
    await write('second');
    await page.getByText('Sending…').waitFor();
    chat = await startChat(port);
    await page.getByText('Sending…').waitFor({ state: 'detached', timeout: 40_000 });
    await page.reload();
    await page.getByRole('button', { name: /^Open chat/ }).click();
    await bubble('second').waitFor();
    expect(await page.getByRole('log').locator('.line.visitor').count()).toBe(2);
    expect(await story(contactId)).toEqual(['ContactStarted', 'MessageReceived', 'RoutingRequested', 'MessageReceived']);
  }, 90_000);

  test('what could not be sent before a reload is sent after it, once', async () => {
    let isBlocked = true;
    await page.routeWebSocket(/\/socket$/, (socket) => {
      if (isBlocked) void socket.close({ code: 1013 });
      else socket.connectToServer();
    });
    await open();
    await write('kept');
    await page.getByText('Sending…').waitFor();
    isBlocked = false;
    const contactId = await nextContact(bus, tenant, async () => {
      await page.reload();
      await page.getByRole('button', { name: /^Open chat/ }).click();
    });
    await bubble('kept').waitFor();
    await page.getByText('Sending…').waitFor({ state: 'detached' });
    expect((await story(contactId)).filter((name) => name === 'MessageReceived')).toHaveLength(1);
  });

  test('two tabs opened at once are one visitor with one contact', async () => {
    const other = await context.newPage();
    await Promise.all([open(page), open(other)]);
    const contactId = await nextContact(bus, tenant, () => write('from one'));
    await bubble('from one', other).waitFor();
    await write('from two', other);
    await bubble('from two').waitFor();
    expect((await story(contactId)).filter((name) => name === 'MessageReceived')).toHaveLength(2);
  });

  test('words of an agent are never HTML', async () => {
    await open();
    const contactId = await nextContact(bus, tenant, () => write('hi'));
    const attack = '<img src=x onerror="document.title=\'owned\'"><b>bold</b>';
    await answer(contactId, text(attack));
    await answer(contactId, { $case: 'link', value: { url: 'javascript:document.title="owned"', title: 'click', description: '' } });
    await bubble(attack).waitFor();
    await bubble('click').waitFor();
    expect(await page.getByRole('log').locator('img, b, a').count()).toBe(0);
    expect(await page.title()).not.toBe('owned');
  });

  test.each([
    ['zh-CN', 'light'],
    ['en', 'dark'],
  ] as const)('has nothing that axe-core objects to (%s, %s)', async (language, colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await open(page, language);
    const contactId = await nextContact(bus, tenant, () => write('hi'));
    await assign(contactId);
    await answer(contactId, { $case: 'choice', value: { prompt: '?', options: [{ id: 'a', label: 'A' }] } });
    await answer(contactId, { $case: 'link', value: { url: 'https://page.test', title: 'link', description: '' } });
    await bubble('link').waitFor();
    expect(await axeViolations(page)).toEqual([]);
  });

  test('is at most 20 KB on the wire', () => {
    expect(gzipSync(readFileSync(`${root}services/web-chat/dist/widget.js`)).length).toBeLessThanOrEqual(20 * 1024);
  });
});
