import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { eventually } from '@patchbay/testkit/eventually';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openWindow, signInToDesk, wallOf, type PageFaults } from '../support/browser.ts';
import { lookAt } from '../support/look-at.ts';
import { startWallCentre, type WallCentre } from '../support/wall-centre.ts';

// Two hundred agents of the real routing, seen in Chromium; `npm run bench -- wall` measures a thousand.
let centre: WallCentre;
let browser: Browser;
let page: Page;
let faults: PageFaults;
let wall: ReturnType<typeof wallOf>;

beforeAll(async () => {
  centre = await startWallCentre(200);
  browser = await launchBrowser();
  ({ page, faults } = await openWindow(browser));
  wall = wallOf(page);
  await signInToDesk(page, { url: centre.url, user: 'lead', password: centre.password, path: '/wall' });
  await wall.agents.first().waitFor();
}, 120_000);
afterAll(async () => {
  await browser.close();
  await centre.stop();
}, 60_000);

test('an agent out of sight changes state: the wall shows it when one scrolls there, and draws only what is in sight', async () => {
  // The numbers go round the six teams: the last one of the last team.
  const last = centre.ids[197] ?? '';
  expect(await wall.agent(last).count()).toBe(0);
  expect(await wall.agents.count()).toBeLessThan(centre.ids.length);
  await centre.setState(last, AgentState.BREAK, 'meal');
  await page.getByTestId('agent-grid').evaluate((grid) => void ((grid as { scrollTop: number }).scrollTop = 1_000_000));
  await wall.agent(last).getByText('小休 · 用餐').waitFor();
  await centre.setState(last, AgentState.READY, '');
  await page.locator(`[data-testid="agent-card"][data-agent="${last}"][data-shape="ready"]`).waitFor();
});

test('agents are found by state, team, queue and number, and one who changes state leaves a list that is by state', async () => {
  const [first = '', second = ''] = centre.ids;
  await centre.setState(first, AgentState.BREAK, 'meeting');
  await centre.setState(second, AgentState.BREAK, 'meal');
  await page.getByTestId('only-break').click();
  await eventually('only those on a break', async () => (await wall.agents.count()) === 2);
  await centre.setState(second, AgentState.READY, '');
  await wall.agent(second).waitFor({ state: 'detached' });
  await wall.agent(first).getByText('会议').waitFor();
  await page.getByTestId('only-break').click();
  // The numbers go round the teams and the queues: of 200, 34 are in the first team, and 17 of those serve the first queue.
  await page.getByTestId('team-filter').selectOption({ label: '一组' });
  await page.getByTestId('agents-shown').getByText('符合 34').waitFor();
  await page.getByTestId('queue-filter').selectOption({ label: '账单' });
  await page.getByTestId('agents-shown').getByText('符合 17').waitFor();
  await wall.filter.fill(first);
  await page.getByTestId('agents-shown').getByText('符合 1', { exact: true }).waitFor();
  expect(await wall.agents.count()).toBe(1);
  await wall.filter.fill('');
  await page.getByTestId('team-filter').selectOption('');
  await page.getByTestId('queue-filter').selectOption('');
});

test('a team lead gives an agent another state and signs the agent out, after being asked once more', async () => {
  const [, agent = ''] = centre.ids;
  await page.getByTestId('agent-grid').evaluate((grid) => void ((grid as { scrollTop: number }).scrollTop = 0));
  await wall.filter.fill(agent);
  await wall.openAgent(agent);
  const details = page.getByTestId('agent-details');
  await details.getByTestId('do-set-state').click();
  await details.getByRole('combobox').selectOption({ label: '小休 · 培训' });
  await details.getByTestId('confirm').click();
  await details.getByText('小休 · 培训', { exact: true }).waitFor();
  await lookAt(page, 'state-agent-actions', 'zh-CN');
  await details.getByTestId('do-sign-out').click();
  await details.getByRole('textbox').fill('设备故障');
  await details.getByTestId('confirm').click();
  await details.getByText('签出', { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await wall.agent(agent).waitFor({ state: 'detached' });
});

test('a team lead pauses a queue, saying why, and resumes it', async () => {
  const paused = wall.queue('billing').getByTestId('queue-paused');
  await wall.openQueue('billing');
  const details = page.getByTestId('queue-details');
  await details.getByTestId('do-pause').click();
  await details.getByRole('textbox').fill('系统维护');
  await details.getByTestId('confirm').click();
  await paused.waitFor();
  await details.getByText('系统维护').waitFor();
  await details.getByTestId('do-resume').click();
  await details.getByTestId('confirm').click();
  await paused.waitFor({ state: 'detached' });
  // No record of contacts runs beside this wall: that list says so.
  faults.take();
  await page.keyboard.press('Escape');
  expect(faults.take()).toEqual([]);
});
