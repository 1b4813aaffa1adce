import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from '@jest/globals';
import { Direction } from '@patchbay/contracts/contact/v1/contact';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { SlaKind } from '@patchbay/contracts/routing/v1/routing_event';
import { PressingPromise } from '@patchbay/contracts/routing/v1/routing_service';
import { silentProgress } from '@patchbay/local/progress';
import { buildPages } from '@patchbay/local/stack/pages';
import { projectRoot } from '@patchbay/local/stack/stack';
import { startFakeDesk, type FakeDesk } from '@patchbay/desk/testing/fake-desk';
import { fakePassword } from '@patchbay/desk/testing/fake-identity';
import { addClosedCall, addFailedMessage, addWaiting, fillDesk, fillWall } from '@patchbay/desk/testing/scenes';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { deskOf, launchBrowser, openWindow, signInToDesk, wallOf, type PageFaults } from '../support/browser.ts';
import { eventually } from '@patchbay/testkit/eventually';
import { lookAt } from '../support/look-at.ts';

// What is rare or large, over a centre in memory: refused messages, menus, wrong paths, a thousand agents.
let browser: Browser;
let centre: FakeDesk;
let context: BrowserContext;
let page: Page;
let faults: PageFaults;

beforeAll(async () => {
  await buildPages(projectRoot, 'services/desk', silentProgress, AbortSignal.timeout(120_000));
  browser = await launchBrowser();
}, 150_000);
afterAll(() => browser.close());
beforeEach(async () => {
  centre = await startFakeDesk();
  ({ context, page, faults } = await openWindow(browser));
});
afterEach(async () => {
  expect(faults.take()).toEqual([]);
  await context.close();
  await centre.stop();
});

const signIn = (user: string, path: string) => signInToDesk(page, { url: centre.url, user, password: fakePassword, path });

describe('the desk', () => {
  test('says why a message was refused, and hides what a caller’s exchange gave as the name', async () => {
    const { chat, call } = await fillDesk(centre);
    await addFailedMessage(centre, chat);
    await signIn('8001', `/desk/${chat}`);
    await page.locator('[data-testid="message"][data-delivery="failed"]').getByText('发送失败').waitFor();
    await deskOf(page).row(call).getByText('139****7777').waitFor();
    expect(await page.getByTestId('contact-list').innerText()).not.toContain('13966667777');
    await lookAt(page, 'state-refused');
  });

  test('lists who waits in each of the agent’s own queues, also while a contact is open', async () => {
    const { chat } = await fillDesk(centre);
    centre.centre.setQueue({ queue: 'billing', waiting: 3, oldestEnqueuedAt: new Date(Date.now() - 61_000) });
    await signIn('8001', `/desk/${chat}`);
    const chip = page.getByTestId('queue-chip');
    await chip.getByText('最长 1:0').first().waitFor();
    await chip.locator('summary').press('Enter');
    await chip.getByRole('listitem').getByText('3 人排队 · 最长').waitFor();
    await lookAt(page, 'state-own-queues');
  });

  test('draws the recording of a closed call and shows what to look at in its score first', async () => {
    await signIn('8001', `/desk/${await addClosedCall(centre)}`);
    const desk = deskOf(page);
    await desk.tab('review');
    await desk.score.waitFor();
    await desk.recording.locator('canvas').first().waitFor();
    expect(await page.getByTestId('review').getByRole('img').first().getAttribute('aria-label')).toBe('不达标');
    await lookAt(page, 'state-review');
  });

  test('says of a call-back that it is one, and that a message was left', async () => {
    const called = { channel: 'voice', queue: 'business', name: '', address: '13966667777', addressType: 'tel', direction: Direction.OUTBOUND };
    await signIn('8001', '/desk');
    await deskOf(page).live();
    await centre.centre.offer(await centre.centre.start(called), '8001');
    await page.getByTestId('offer').getByText('回呼', { exact: false }).waitFor();
    await centre.centre.offer(await centre.centre.start({ ...called, address: '13966668888', attributes: { call_back: 'voicemail' } }), '8001');
    await page.getByTestId('offer').getByText('客户有语音留言', { exact: false }).waitFor();
  });

  test('lets the agent hear the message that a customer left before calling back, and no more once the call is made', async () => {
    const left = await centre.centre.start({ channel: 'voice', queue: 'business', name: '', address: '13966668888', addressType: 'tel' });
    await centre.centre.end(left);
    const called = { channel: 'voice', queue: 'business', name: '', address: '13966668888', addressType: 'tel', direction: Direction.OUTBOUND, attributes: { call_back: 'voicemail' }, parentContactId: left };
    const callBack = await centre.centre.start(called);
    await centre.centre.offer(callBack, '8001');
    await signIn('8001', `/desk/${callBack}`);
    await deskOf(page).live();
    expect(await page.getByTestId('left-message').count()).toBe(0);
    await centre.centre.assign(callBack);
    const message = page.getByTestId('left-message');
    await message.getByText('准备好后在话机上按 1', { exact: false }).waitFor();
    await message.locator('canvas').first().waitFor();
    await message.getByTestId('play').click();
    await message.getByRole('button', { name: '暂停' }).waitFor();
    await lookAt(page, 'desk-left-message');
    await centre.centre.accept(callBack);
    await centre.centre.end(callBack);
    await message.waitFor({ state: 'detached' });
  });

  test('counts down to the answer that the customer was promised, amber when little time is left', async () => {
    const { chat, wechat } = await fillDesk(centre);
    await signIn('8001', `/desk/${chat}`);
    await page.locator('[data-testid="promise"][data-state="running"]').getByText('解决时限').waitFor();
    await page.locator(`[data-testid="contact-row"][data-contact="${wechat}"]`).click();
    const promise = page.locator('[data-testid="promise"][data-state="at_risk"]');
    await promise.getByText('下次响应').waitFor();
    await lookAt(page, 'state-promise');
  });

  test('puts a chat aside until the customer writes: it leaves the hands, stays in sight, and can be taken back', async () => {
    const { chat } = await fillDesk(centre);
    await signIn('8001', `/desk/${chat}`);
    const desk = deskOf(page);
    await desk.row(chat).waitFor();
    await page.getByTestId('park-contact').click();
    await page.getByTestId('park-tomorrow').click();
    const banner = page.getByTestId('parked-banner');
    await banner.getByText('09:00').waitFor();
    await desk.row(chat).waitFor({ state: 'detached' });
    expect(await desk.composer.count()).toBe(0);
    await desk.lines.getByText('挂起，等待客户回复').waitFor();
    await page.locator(`[data-testid="parked-row"][data-contact="${chat}"]`).getByText('顾客甲').waitFor();
    await lookAt(page, 'desk-parked');
    await page.getByTestId('resume-contact').click();
    await desk.row(chat).waitFor();
    await desk.composer.waitFor();
    expect(await page.getByTestId('parked-row').count()).toBe(0);
  });

  test('its menus and sheet are right for screen readers, and go by keyboard', async () => {
    await signIn('8001', '/desk');
    const desk = deskOf(page);
    await desk.state.focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('set-break-meal').waitFor();
    await lookAtOpen();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('[data-testid="agent-state"][data-state="break"]').getByText('用餐').waitFor();
    await page.keyboard.press('?');
    await page.getByTestId('shortcut-sheet').waitFor();
    await lookAtOpen();
    await page.getByTestId('shortcut-sheet').getByRole('switch').press('Space');
    await page.keyboard.press('Escape');
    // With single keys off, S leaves the state alone; the button still works.
    await page.keyboard.press('s');
    await page.getByTestId('toggle-ready').click();
    await page.locator('[data-testid="agent-state"][data-state="ready"]').waitFor();
  });

  test('a path that is none, and a page that is not the user’s, say so and lead home', async () => {
    await signIn('8001', '/desk');
    for (const path of ['/nowhere', '/wall']) {
      await page.goto(centre.url + path);
      await page.getByRole('heading', { name: '没有这个页面' }).waitFor();
    }
    await lookAt(page, 'state-no-page', 'zh-CN');
    await page.getByRole('button', { name: '工作台' }).click();
    await page.getByTestId('desk').waitFor();
  });

  /** An open menu closes when the language is switched: it is looked at as it is. */
  async function lookAtOpen(): Promise<void> {
    await lookAt(page, 'state-open', 'zh-CN');
  }
});

describe('a team lead at the wall', () => {
  test('changes a skill of an agent for now, beside what was changed already, and ends the change', async () => {
    centre.centre.setAgent('8001', { state: AgentState.READY, skills: [{ skill: 'billing', level: 40 }], skillsChanged: [{ skill: 'cards', level: 0 }], skillsUntil: new Date(Date.now() + 600_000) });
    await signIn('chief', '/wall');
    const wall = wallOf(page);
    await wall.openAgent('8001');
    const skills = page.getByTestId('agent-skills');
    await page.getByTestId('do-skills').click();
    const form = page.getByTestId('confirm-skills');
    await form.getByLabel('技能').fill('english');
    await form.getByLabel('等级（0 为取消）').fill('80');
    await form.getByRole('combobox', { name: '有效时间' }).selectOption('120');
    await form.getByLabel('原因').fill('英语专线缺人');
    await lookAt(page, 'wall-skills', 'zh-CN');
    await form.getByTestId('confirm').click();
    await form.waitFor({ state: 'detached' });
    await eventually('the change to be taken', async () => centre.centre.agent('8001').skillsChanged.length === 2);
    expect(centre.centre.agent('8001').skillsChanged).toEqual([
      { skill: 'cards', level: 0 },
      { skill: 'english', level: 80 },
    ]);
    await skills.getByTestId('restore-skills').click();
    await skills.getByTestId('restore-skills').waitFor({ state: 'detached' });
    expect(centre.centre.agent('8001').skillsChanged).toEqual([]);
    await page.keyboard.press('Escape');
  });

  test('evacuates a site after being told how many agents and contacts it touches', async () => {
    centre.centre.setAgent('8001', { state: AgentState.READY, site: 'beijing' });
    centre.centre.setAgent('8002', { state: AgentState.BREAK, reason: 'meal', site: 'beijing' });
    await signIn('chief', '/wall');
    await page.getByTestId('open-evacuation').click();
    await page.getByTestId('evacuation-site').selectOption('beijing');
    await page.getByTestId('evacuation-reach').getByText('2 名坐席立即示忙').waitFor();
    await lookAt(page, 'wall-evacuation', 'zh-CN');
    expect(centre.centre.agent('8002').reason).toBe('meal');
    await page.getByRole('button', { name: '疏散 beijing：坐席 2，联络 1' }).click();
    await page.getByTestId('evacuation-done').waitFor();
    expect([centre.centre.agent('8001').reason, centre.centre.agent('8002').reason]).toEqual(['emergency', 'emergency']);
    await page.keyboard.press('Escape');
  });

  test('sees who is served next first, also where a thousand wait, and draws those in sight only', async () => {
    await addWaiting(centre);
    const [first] = centre.services.waiting;
    if (first === undefined) throw new Error('nobody waits');
    centre.services.waiting = Array.from({ length: 1_000 }, (_, place) => ({ ...first, contactId: `0198c2f0-0000-7000-8000-${String(place).padStart(12, '0')}` }));
    await signIn('chief', '/wall');
    const wall = wallOf(page);
    await wall.openQueue('billing');
    await page.getByTestId('waiting-total').getByText('共 1000 个排队').waitFor();
    expect(await wall.waiting.count()).toBeLessThan(40);
    await lookAt(page, 'wall-waiting', 'zh-CN');
    centre.services.waiting = [];
    await wall.waiting.first().waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
  });

  test('sees at once which promises to customers are broken or at risk, whose they are, and for how long', async () => {
    const { chat, wechat } = await fillDesk(centre);
    const due = (minutes: number) => new Date(Date.now() + minutes * 60_000);
    centre.services.promises = [
      PressingPromise.fromPartial({ contactId: wechat, queue: 'billing', channel: 'wechat', kind: SlaKind.NEXT_RESPONSE, policy: 'text', broken: true, dueAt: due(-4), agentId: '8001' }),
      PressingPromise.fromPartial({ contactId: chat, queue: 'billing', channel: 'webchat', kind: SlaKind.FIRST_RESPONSE, policy: 'text', dueAt: due(2) }),
    ];
    centre.centre.setQueue({ queue: 'billing', promisesBroken: 1, promisesAtRisk: 1 });
    await signIn('chief', '/wall');
    const mark = page.locator('[data-testid="queue-row"][data-queue="billing"]').getByTestId('queue-promises');
    await mark.getByRole('img', { name: '超时 1，临近超时 1' }).waitFor();
    expect(await mark.getAttribute('data-band')).toBe('bad');
    await wallOf(page).openQueue('billing');
    const rows = page.getByTestId('pressing-promise');
    await rows.nth(0).getByText('超时', { exact: false }).waitFor();
    await rows.nth(0).getByText('由 坐席 8001 接待', { exact: false }).waitFor();
    await rows.nth(1).getByText('排队中').waitFor();
    await lookAt(page, 'wall-promises', 'zh-CN');
    centre.services.promises = [];
    centre.centre.setQueue({ queue: 'billing', promisesBroken: 0, promisesAtRisk: 0 });
    await page.getByTestId('promise-list').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await mark.waitFor({ state: 'detached' });
  });

  test('takes a chat from its agent, for another one by name or for the line', async () => {
    const { chat } = await fillDesk(centre);
    for (const agent of ['8001', '8002']) centre.centre.setAgent(agent, { state: AgentState.READY });
    await signIn('chief', '/wall');
    const wall = wallOf(page);
    await wall.openAgent('8001');
    const row = page.locator(`[data-testid="agent-slot"][data-contact="${chat}"]`);
    await row.getByTestId('do-reassign').click();
    const form = page.getByTestId('confirm-reassign');
    await form.getByRole('combobox').selectOption('8002');
    await form.getByRole('textbox').fill('换班');
    await form.getByTestId('confirm').click();
    await form.waitFor({ state: 'detached' });
    expect(centre.services.reassigned).toEqual([{ contactId: chat, agentId: '8002', reason: '换班' }]);
    // A call is transferred on its medium instead.
    expect(await page.getByTestId('do-reassign').count()).toBe(2);
    await page.keyboard.press('Escape');
  });
});

describe('why', () => {
  test('a contact waits is told from the wall by place, what comes next and who is left out', async () => {
    fillWall(centre, 100);
    await addWaiting(centre);
    await signIn('chief', '/wall');
    const wall = wallOf(page);
    await wall.openQueue('billing');
    expect(await wall.waiting.innerText()).toMatch(/^1\s+顾客戊\s+十月账单\s+坐席全忙/);
    await page.getByTestId('ask-why-waiting').click();
    const why = page.getByTestId('why-waiting');
    await why.getByText('前面还有 2 个联络').waitFor();
    await why.getByText('预计还需等待 0:40 至 2:10').waitFor();
    expect(Number(await why.locator('[data-reason="break"] b').innerText())).toBeGreaterThan(0);
    await lookAt(page, 'state-why-waiting', 'zh-CN');
    await page.keyboard.press('Escape');
    await page.getByTestId('queue-details').waitFor({ state: 'detached' });
  });

  test('an agent got a contact is told from the wall, and beside the offer in the contact’s story', async () => {
    const { chat } = await fillDesk(centre);
    centre.centre.setAgent('8001', { state: AgentState.READY });
    await signIn('8002', '/wall');
    const wall = wallOf(page);
    await wall.openAgent('8001');
    await page.locator(`[data-testid="agent-slot"][data-contact="${chat}"]`).getByTestId('ask-why-offer').click();
    await page.getByTestId('why-offer').getByText('longest idle first').waitFor();
    await page.locator('[data-testid="candidate"][data-chosen="true"]').getByText('坐席 8001').waitFor();
    await lookAt(page, 'state-why-agent', 'en');
    await page.goto(`${centre.url}/desk/${chat}`);
    await page.locator('[data-testid="timeline-line"][data-code="assigned"]').getByTestId('ask-why-offer').click();
    await page.getByTestId('why-offer').getByText('On a break').waitFor();
    await lookAt(page, 'state-why-offer', 'en');
  });
});

describe('the wall of a thousand agents', () => {
  test('draws only what is in sight, finds by number, and shows a change within a second', async () => {
    fillWall(centre);
    await signIn('chief', '/wall');
    const wall = wallOf(page);
    await page.getByText('共签入', { exact: false }).first().waitFor();
    await wall.agents.first().waitFor();
    expect(await wall.agents.count()).toBeLessThan(200);
    await wall.filter.fill('10777');
    await wall.agent('agent-776').waitFor();
    expect(await wall.agents.count()).toBe(1);
    await wall.filter.fill('');
    const seen = wall.tile('waiting').getByText('1,049', { exact: true }).waitFor();
    const startMs = performance.now();
    centre.centre.setQueue({ queue: 'vip', waiting: 1_000 });
    await seen;
    expect(performance.now() - startMs).toBeLessThan(1_000);
    await lookAt(page, 'wall-1000');
  });
});
