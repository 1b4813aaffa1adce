import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CustomerLine } from '@patchbay/demo/customers/customer';
import { closing, opening } from '@patchbay/demo/dialogues';
import { eventually } from '@patchbay/testkit/eventually';
import type { Browser, Page } from 'playwright-core';
import { deskOf, launchBrowser, openWindow, signInToDesk, wallOf, type PageFaults } from '../support/browser.ts';
import { startTestCentre, type TestCentre } from '../support/demo-centre.ts';
import { lookAt } from '../support/look-at.ts';
import { startTelephone, type Telephone } from '../support/voice/telephone.ts';

// An agent of both queues and a team lead, in Chromium, with a whole centre behind them.
const agentNo = '1011';
const replyMs = 20_000;
/** How long a heartbeat is good for (PATCHBAY_AGENT_LEASE_MS), and how long everybody may take to be told. */
const agentLeaseMs = 9_000;
const reactMs = 5_000;
const stopping = new AbortController();
let centre: TestCentre;
let browser: Browser;
let url: string;
let page: Page;
let desk: ReturnType<typeof deskOf>;
let faults: PageFaults;
let wallPage: Page;
let wall: ReturnType<typeof wallOf>;

beforeAll(async () => {
  centre = await startTestCentre({ kafka: false });
  browser = await launchBrowser();
  url = centre.stack.addresses.desk;
  ({ page, faults } = await openWindow(browser));
  desk = deskOf(page);
  const lead = await openWindow(browser);
  wallPage = lead.page;
  wall = wallOf(wallPage);
  await signInToDesk(wallPage, { url, user: 'lead', password: centre.password, path: '/wall' });
}, 180_000);
afterAll(async () => {
  stopping.abort();
  await browser.close();
  await centre.stop();
}, 60_000);

/** Holds on to the page as it is loaded now: the answer says whether it still is. */
async function pageThatStays(target: Page): Promise<() => Promise<boolean>> {
  const token = crypto.randomUUID();
  await target.evaluate((value) => void Object.assign(globalThis, { patchbayTest: value }), token);
  return async () => (await target.evaluate(() => (globalThis as { patchbayTest?: string }).patchbayTest)) === token;
}

/** The hour at the centre, which greetings are to fit. */
const hourThere = () => Number(new Intl.DateTimeFormat('en', { hour: '2-digit', hourCycle: 'h23', timeZone: 'Asia/Shanghai' }).format());

async function closeWith(disposition: string, notes = ''): Promise<void> {
  await desk.endContact();
  await desk.finishWrapUp(disposition, notes);
  await desk.goReady();
}

describe('signing in', () => {
  test('a wrong password is refused in words, in the language of the page', async () => {
    await page.goto(url);
    await page.getByTestId('sign-in').waitFor();
    await lookAt(page, 'sign-in');
    await page.getByTestId('sign-in-user').fill(agentNo);
    await page.getByTestId('sign-in-password').fill('wrong');
    await page.getByTestId('sign-in-submit').click();
    await page.getByTestId('sign-in-error').getByText('用户名或密码不正确。').waitFor();
    expect(faults.take()).toEqual([expect.stringContaining('401')]);
  });

  test('an agent signs in, goes ready, and the team lead sees it at once, without loading again', async () => {
    const stays = await pageThatStays(wallPage);
    await signInToDesk(page, { url, user: agentNo, password: centre.password });
    await desk.live();
    await desk.goReady();
    expect(await desk.state.innerText()).toMatch(/\s示闲\s+0:\d\d$/);
    await wallPage.locator(`[data-testid="agent-card"][data-agent="${agentNo}"][data-shape="ready"]`).waitFor();
    expect(await stays()).toBe(true);
    await lookAt(page, 'desk-idle');
  });
});

describe('a chat', () => {
  let visitor: CustomerLine;

  test('is accepted, answered, ended and wrapped up by keyboard alone', async () => {
    visitor = await centre.chat.connect(0, stopping.signal);
    await visitor.say('你好，请问怎么查询我的宽带账号？');
    await desk.offers.waitFor();
    await page.keyboard.press('a');
    await desk.messages.getByText('你好，请问怎么查询我的宽带账号？').waitFor();
    const greeting = opening(hourThere(), agentNo);
    await page.keyboard.type(greeting);
    await page.keyboard.press('Enter');
    expect(await visitor.hear(replyMs)).toBe(greeting);
    await page.keyboard.press('Escape');
    await page.keyboard.press('e');
    await page.keyboard.press('e');
    await page.getByTestId('wrap-up').waitFor();
    // The place to answer went, and the focus is on the first disposition: the arrow chooses the next.
    await page.locator('[role="radio"]:focus').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.locator('[data-code="fault.known"][aria-checked="true"]:focus').waitFor();
    await page.keyboard.press('Control+Enter');
    await page.getByTestId('wrap-up').waitFor({ state: 'detached' });
    expect(await desk.state.getAttribute('data-state')).toBe('ready');
  });

  test('is offered with a countdown, and what the customer was here for before stands beside it', async () => {
    await visitor.say('你好，我这个月的账单怎么比上个月多了很多？');
    await desk.offers.waitFor();
    const left = async () => Number(/\d+/.exec((await desk.offers.getByRole('timer').getAttribute('aria-label')) ?? '')?.[0]);
    const first = await left();
    expect(first).toBeGreaterThan(10);
    await eventually('the countdown to go on', async () => (await left()) < first);
    expect(await desk.offers.innerText()).toMatch(/网页访客 \S{4}/);
    await lookAt(page, 'desk-offer', 'zh-CN');
    await desk.acceptOffer();
    await page.getByTestId('recent-history').getByText('已知问题').waitFor();
    await desk.reply('您好，请您稍等，我帮您查询一下账单明细。');
    expect(await visitor.hear(replyMs)).toBe('您好，请您稍等，我帮您查询一下账单明细。');
    await visitor.say('好的，谢谢。');
    await desk.messages.getByText('好的，谢谢。').waitFor();
    await desk.reply('让您久等了，本月多出的费用来自一个增值业务，我可以帮您取消并登记退款。');
    await visitor.hear(replyMs);
    await visitor.say('那请帮我取消吧。');
    await desk.messages.getByText('那请帮我取消吧。').waitFor();
    await lookAt(page, 'desk-chat');
  });

  test('its wrap-up counts down, can be prolonged once, and does not end without a disposition', async () => {
    await desk.reply(closing);
    await desk.endContact();
    const left = async () => {
      const [minutes = 0, seconds = 0] = (/(\d+):(\d+)/.exec(await page.getByTestId('wrap-up-left').innerText()) ?? []).slice(1).map(Number);
      return minutes * 60 + seconds;
    };
    expect(await left()).toBeLessThanOrEqual(60);
    await page.getByTestId('wrap-up-extend').click();
    await eventually('继续整理 to give more time', async () => (await left()) > 60);
    await page.getByTestId('wrap-up-finish').click();
    await page.getByRole('alert').getByText('请选择服务小结').waitFor();
    await page.locator('[data-code="howto"]').click();
    await page.getByTestId('wrap-up-notes').fill('已解释账单，取消增值业务并登记退款。');
    await lookAt(page, 'desk-wrap-up');
    await desk.finishWrapUp('howto');
    await desk.goReady();
    await page.getByTestId('recent-row').getByText('使用指导').first().waitFor();
  });
});

describe.each([
  ['mail', 'question.invoice', '请问电子发票在哪里下载？上个月的订单一直没有收到发票，麻烦帮忙看一下，谢谢。', '您好，请登录网上营业厅，在“我的订单”里选择开具发票就可以下载，谢谢。'],
  ['wechat', 'fault.visit', '宽带从昨天晚上开始一直断线，能帮我看看吗？', '非常对不起给您带来不便，请您确认一下光猫的指示灯是什么颜色？'],
] as const)('a contact by %s', (medium, disposition, question, answer) => {
  test('is offered, read, answered by the same medium, ended and closed', async () => {
    const channel = medium === 'mail' ? centre.mail : centre.wechatCustomers;
    const customer = await channel.connect(1, stopping.signal);
    await customer.say(question);
    await desk.offers.waitFor();
    await desk.acceptOffer();
    await desk.messages.getByText(question).waitFor();
    await desk.reply(answer);
    // A mail is quoted-printable or base64 on the wire: its words are read by the customer's program, here it is enough that it came.
    const heard = await customer.hear(replyMs);
    if (medium === 'wechat') expect(heard).toContain(answer);
    await lookAt(page, `desk-${medium}`);
    await closeWith(disposition);
    expect(await desk.state.getAttribute('data-state')).toBe('ready');
  });
});

describe('three media at once', () => {
  test('stand in one list with the wait of each, and the keys walk through them', async () => {
    const asked = ['宽带从昨天晚上开始一直断线，能帮我看看吗？', '我想换一个流量多一点的套餐，有什么推荐？', '请问上个月的发票什么时候能寄到？'];
    for (const [index, channel] of [centre.wechatCustomers, centre.chat, centre.mail].entries()) {
      const customer = await channel.connect(5 + index, stopping.signal);
      await customer.say(asked[index] ?? '');
      await desk.offers.waitFor();
      if (channel === centre.chat) await lookAt(page, 'desk-offer', 'en');
      await page.keyboard.press('Escape');
      await page.keyboard.press('a');
      await desk.rows.nth(index).waitFor();
    }
    const open = (text: string) => desk.messages.getByText(text).waitFor();
    await page.keyboard.press('Escape');
    await desk.rows.first().click();
    await open(asked[0] ?? '');
    await desk.reply('非常对不起给您带来不便，请您确认一下光猫的指示灯是什么颜色？');
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await open(asked[1] ?? '');
    await page.keyboard.press('Escape');
    await page.keyboard.press('k');
    await open(asked[0] ?? '');
    await lookAt(page, 'desk');
    for (const [index, disposition] of ['fault.visit', 'howto', 'question.invoice'].entries()) {
      await desk.rows.first().click();
      await open(asked[index] ?? '');
      await closeWith(disposition);
    }
  });
});

describe('a call', () => {
  let phone: Telephone;
  let caller: Telephone;
  beforeAll(async () => {
    const port = Number(centre.stack.addresses.sip.split(':').at(-1));
    [phone, caller] = await Promise.all([startTelephone({ port }), startTelephone({ port })]);
    expect((await phone.register(agentNo, centre.password)).status).toBe(200);
  });
  afterAll(async () => {
    await Promise.all([phone.close(), caller.close()]);
  });

  test('rings on desk and phone, is held, retrieved and hung up at the desk, and leaves a recording and a score', async () => {
    const call = caller.call('4001', { from: '<sip:8613900000001@127.0.0.1>' });
    await call.answered;
    await eventually('the menu to be heard', () => caller.rtp.heard.length > 10);
    caller.rtp.sendKey(call.media(), 1);
    const ringing = await phone.nextCall();
    ringing.ring();
    await page.getByTestId('answer-on-phone').waitFor();
    expect(await desk.offers.innerText()).toMatch(/86139\*{4}0001/);
    await lookAt(page, 'desk-ringing', 'zh-CN');
    await ringing.answer();
    const stage = (name: string) => page.locator(`[data-testid="call"][data-stage="${name}"]`).waitFor();
    await stage('talking');
    caller.rtp.startTone(call.media(), 440);
    phone.rtp.startTone(ringing.media(), 880);
    await wallPage.locator(`[data-testid="agent-card"][data-agent="${agentNo}"]`).getByText('通话中').waitFor();
    await lookAt(page, 'desk-call');
    await page.keyboard.press('h');
    await stage('held');
    await desk.hold();
    await stage('talking');
    await desk.hangUp();
    await Promise.all([call.ended, ringing.ended]);
    await desk.finishWrapUp('question.bill');
    await desk.goReady();
    await desk.tab('review');
    await desk.recording.waitFor();
    await desk.score.waitFor();
    await lookAt(page, 'desk-review');
    expect(faults.take()).toEqual([]);
  });
});

describe('when things break', () => {
  /** The browser's own words about a connection that is gone. */
  const outage = /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|WebSocket connection|status of 50[34]/;

  test.each([['desk'], ['nats']])('%s is killed in mid-conversation: the page comes back by itself, and nothing that was written is lost', async (victim) => {
    const stays = await pageThatStays(page);
    const visitor = await centre.chat.connect(2, stopping.signal);
    await visitor.say('在吗？');
    await desk.offers.waitFor();
    await desk.acceptOffer();
    await desk.reply('您好，请讲。');
    await visitor.hear(replyMs);
    await desk.composer.fill('这句话写到一半');
    await centre.stack.kill(victim);
    await desk.composer.fill('断线时发出的话');
    await desk.composer.press('Enter');
    await desk.composer.fill('又写到一半');
    expect(await visitor.hear(replyMs * 2)).toBe('断线时发出的话');
    await desk.live();
    await page.locator('[data-testid="message"][data-delivery="sent"]', { hasText: '断线时发出的话' }).waitFor();
    expect(await desk.messages.getByText('断线时发出的话').count()).toBe(1);
    expect(await desk.composer.inputValue()).toBe('又写到一半');
    await visitor.say('我还在。');
    await desk.messages.getByText('我还在。').waitFor();
    await desk.composer.press('Enter');
    expect(await visitor.hear(replyMs)).toBe('又写到一半');
    expect(await stays()).toBe(true);
    await closeWith('other');
    expect(faults.take().filter((fault) => !outage.test(fault))).toEqual([]);
  });
});

describe('a break', () => {
  test('asked for with a contact in hand begins after its wrap-up, and the team lead sees the reason', async () => {
    const visitor = await centre.chat.connect(3, stopping.signal);
    await visitor.say('你好');
    await desk.offers.waitFor();
    await desk.acceptOffer();
    await desk.goBreak('meal');
    await page.getByTestId('agent-pending').getByText('处理完后转 小休 · 用餐').waitFor();
    expect(await desk.state.getAttribute('data-state')).toBe('ready');
    await desk.endContact();
    await desk.finishWrapUp('other');
    await page.locator('[data-testid="agent-state"][data-state="break"]').waitFor();
    expect(await desk.state.innerText()).toMatch(/\s小休 · 用餐\s+\d+:\d\d$/);
    await wall.agent(agentNo).getByText('小休 · 用餐').waitFor();
  });
});

describe('a closed tab', () => {
  test('leaves no idle ghost: within the lease the agent is unreachable, and the offer that rang there goes to another', async () => {
    const ghost = await openWindow(browser);
    const tab = deskOf(ghost.page);
    await signInToDesk(ghost.page, { url, user: '1012', password: centre.password });
    await tab.goReady();
    const visitor = await centre.chat.connect(6, stopping.signal);
    await visitor.say('有人在吗？');
    await tab.offers.waitFor();
    await ghost.context.close();
    const closedMs = performance.now();
    await wallPage.locator('[data-testid="agent-card"][data-agent="1012"][data-shape="unreachable"]').waitFor();
    expect(performance.now() - closedMs).toBeLessThan(agentLeaseMs + reactMs);
    await desk.goReady();
    await desk.offers.waitFor();
    await desk.acceptOffer();
    await page.locator('[data-testid="timeline-line"][data-code="queued"]').getByText('坐席失联').waitFor();
    const late = await centre.chat.connect(7, stopping.signal);
    await late.say('还有人吗？');
    await desk.offers.waitFor();
    await desk.offers.getByTestId('offer-accept').click();
    await eventually('both to be in hand here', async () => (await desk.rows.count()) === 2);
    for (let left = 2; left > 0; left -= 1) {
      await desk.rows.first().click();
      await closeWith('other');
    }
    await desk.goBreak('meal');
    await page.locator('[data-testid="agent-state"][data-state="break"]').waitFor();
  });
});

describe('the wall', () => {
  test('shows who waits while nobody is ready, and lets go of them, by push alone', async () => {
    const stays = await pageThatStays(wallPage);
    const visitor = await centre.chat.connect(4, stopping.signal);
    await visitor.say('有人吗？');
    await wall.tile('waiting').getByText('1', { exact: true }).waitFor();
    expect(await wall.queue('technical').innerText()).toMatch(/^技术支持\s+1\s+0:\d\d/);
    await askWhyWaiting();
    await wallPage.getByTestId('why-waiting').getByText('排在最前').waitFor();
    await wallPage.getByTestId('why-waiting').getByText('目前没有坐席可以接待').waitFor();
    await wallPage.locator('[data-testid="left-out"][data-reason="break"]').getByText('坐席 1011').waitFor();
    await lookAt(wallPage, 'wall-why-waiting', 'zh-CN');
    // What lies over the page keeps the language's button from being pressed.
    await wallPage.keyboard.press('Escape');
    await wallPage.getByTestId('language-switch').click();
    await askWhyWaiting();
    await wallPage.getByTestId('why-waiting').getByText('First in line').waitFor();
    await lookAt(wallPage, 'wall-why-waiting', 'en');
    await wallPage.keyboard.press('Escape');
    await wallPage.getByTestId('language-switch').click();
    await wall.openQueue('technical');
    await desk.goReady();
    await desk.offers.waitFor();
    await desk.acceptOffer();
    await wall.waiting.waitFor({ state: 'detached' });
    await wallPage.keyboard.press('Escape');
    await wall.openAgent(agentNo);
    await wallPage.getByTestId('ask-why-offer').click();
    await wallPage.locator('[data-testid="candidate"][data-chosen="true"]').getByText('坐席 1011').waitFor();
    await wallPage.keyboard.press('Escape');
    await wall.tile('waiting').getByText('0', { exact: true }).waitFor();
    await wallPage.locator(`[data-testid="agent-card"][data-agent="${agentNo}"][data-shape="engaged"]`).waitFor();
    await closeWith('other');
    expect(await stays()).toBe(true);
  });

  test('lets a team lead pause a queue, and give, move and cancel contacts by hand', async () => {
    await wall.openQueue('technical');
    await lead('pause');
    await wall.queue('technical').getByTestId('queue-paused').waitFor();
    await ask(8, '网络很慢，能帮我看看吗？');
    expect(await desk.offers.count()).toBe(0);
    await lead('pull', '坐席 1011');
    await desk.offers.waitFor();
    await desk.acceptOffer();
    await closeWith('other');
    await ask(9, '还是很慢');
    await lead('priority', '提前 5 分钟');
    await lookAt(wallPage, 'wall-lead', 'zh-CN');
    await lead('cancel');
    await wall.waiting.waitFor({ state: 'detached' });
    await ask(30, '请问账单在哪里看？');
    await lead('move', '账单与费用');
    await desk.offers.waitFor();
    await desk.acceptOffer();
    await closeWith('question.bill');
    await wallPage.getByTestId('do-resume').click();
    await wallPage.getByTestId('confirm').click();
    await wall.queue('technical').getByTestId('queue-paused').waitFor({ state: 'detached' });
    await wallPage.keyboard.press('Escape');
  });

  /** A visitor writes, and waits although somebody is ready: the queue is paused. */
  async function ask(place: number, text: string): Promise<void> {
    const visitor = await centre.chat.connect(place, stopping.signal);
    await visitor.say(text);
    await wall.waiting.getByText(text).waitFor();
  }

  /** A team lead's action on what is open, with its choice and a reason. */
  async function lead(action: string, choice?: string): Promise<void> {
    const form = wallPage.getByTestId(`confirm-${action}`);
    await wallPage.getByTestId(`do-${action}`).click();
    if (choice !== undefined) await form.getByRole('combobox').selectOption({ label: choice });
    await form.getByRole('textbox').fill('现场调度');
    await form.getByTestId('confirm').click();
    await form.waitFor({ state: 'detached' });
  }

  async function askWhyWaiting(): Promise<void> {
    await wall.openQueue('technical');
    await wall.waiting.getByTestId('ask-why-waiting').click();
  }

  test('shows a centre at work', async () => {
    await desk.goBreak('meeting');
    centre.startAgents(['1001', '1002', '1003', '1004', '1006', '1007', '1008', '1009', '1010'], 6);
    await eventually('the agents to sign in', async () => (await wall.agents.count()) >= 10);
    const channels = [centre.chat, centre.mail, centre.wechatCustomers];
    await Promise.all(
      Array.from({ length: 15 }, async (_, index) => {
        const customer = await channels[index % channels.length]?.connect(10 + index, stopping.signal);
        await customer?.say('请问电子发票在哪里下载？');
      }),
    );
    await eventually('agents to have several contacts in hand', async () => (await wallPage.locator('[data-testid="agent-card"][data-shape="engaged"]').count()) >= 6);
    await lookAt(wallPage, 'wall');
  });
});
