import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A browser on this machine: PATCHBAY_CHROMIUM, else the first of the usual names on PATH. */
export function findChromium(environment: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  const named = environment['PATCHBAY_CHROMIUM'];
  if (named !== undefined && named !== '') return named;
  const folders = (environment['PATH'] ?? '').split(':');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

/** Starts a browser with a fresh profile. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(`no browser found: install one of ${names.join(', ')}, or set PATCHBAY_CHROMIUM`);
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** What went wrong in a page without anybody having asked: script errors, and refusals of the content policy. */
export interface PageFaults {
  /** Those since the last look; empty when all is well. */
  take(): string[];
}

/** How a window looks. */
export interface WindowOptions {
  width?: number;
  height?: number;
  scheme?: 'light' | 'dark';
  /** Language tag that the browser asks for. */
  language?: string;
}

/** A window of its own, with its own cookies, and the faults of its page. */
export async function openWindow(browser: Browser, options: WindowOptions = {}): Promise<{ context: BrowserContext; page: Page; faults: PageFaults }> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    colorScheme: options.scheme ?? 'light',
    locale: options.language ?? 'zh-CN',
    timezoneId: 'Asia/Shanghai',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const found: string[] = [];
  page.on('pageerror', (error) => void found.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const { url, lineNumber } = message.location();
    if (message.type() === 'error') found.push(`console: ${message.text()} at ${url}:${lineNumber}`);
  });
  return { context, page, faults: { take: () => found.splice(0) } };
}

/** Signs in on the sign-in page and waits for the desk or the wall. */
export async function signInToDesk(page: Page, options: { url: string; user: string; password: string; path?: string }): Promise<void> {
  await page.goto(new URL(options.path ?? '/', options.url).href);
  await page.getByTestId('sign-in-user').fill(options.user);
  await page.getByTestId('sign-in-password').fill(options.password);
  await page.getByTestId('sign-in-submit').click();
  await page.getByTestId('desk').or(page.getByTestId('wall')).first().waitFor();
}

/** The desk as an agent works with it. Every locator is a `data-testid`. */
export function deskOf(page: Page) {
  const at = (id: string) => page.getByTestId(id);
  const state = at('agent-state');
  return {
    /** Waits until the connection is live. */
    live: () => page.locator('[data-testid="desk"][data-live="true"]').waitFor(),
    state,
    /** Goes ready (示闲), through the button beside the state. */
    async goReady(): Promise<void> {
      await page.locator('[data-testid="agent-state"]:not([data-state="signed_out"])').waitFor();
      if ((await state.getAttribute('data-state')) !== 'ready') await at('toggle-ready').click();
      await page.locator('[data-testid="agent-state"][data-state="ready"]').waitFor();
    },
    async goBreak(reason: 'meal' | 'meeting' | 'training' | 'rest'): Promise<void> {
      await state.click();
      await at(`set-break-${reason}`).click();
    },
    /** The offers that ring now. */
    offers: at('offer'),
    async acceptOffer(): Promise<void> {
      await at('offer-accept').first().click();
      await at('conversation').waitFor();
    },
    rejectOffer: () => at('offer-reject').first().click(),
    rows: at('contact-row'),
    row: (contactId: string) => page.locator(`[data-testid="contact-row"][data-contact="${contactId}"]`),
    conversation: at('conversation'),
    messages: at('message'),
    lines: at('timeline-line'),
    composer: at('composer'),
    /** Writes and sends with Enter, then waits until the channel has taken the message. */
    async reply(text: string): Promise<void> {
      await at('composer').fill(text);
      await at('composer').press('Enter');
      await page.locator('[data-testid="message"][data-from="agent"]:is([data-delivery="sent"],[data-delivery="delivered"],[data-delivery="read"])', { hasText: text }).waitFor();
    },
    /** Ends a text contact; the second press confirms. */
    async endContact(): Promise<void> {
      await at('end-contact').click();
      await at('end-contact').click();
      await at('wrap-up').waitFor();
    },
    hangUp: () => at('hang-up').click(),
    hold: () => at('hold').click(),
    /** Chooses a disposition, writes notes, and goes back to work (返回接待). */
    async finishWrapUp(disposition: string, notes = ''): Promise<void> {
      await page.locator(`[data-testid="disposition"][data-code="${disposition}"]`).click();
      if (notes !== '') await at('wrap-up-notes').fill(notes);
      await at('wrap-up-finish').click();
      await at('wrap-up').waitFor({ state: 'detached' });
    },
    tab: (name: 'contact' | 'history' | 'review') => at(`tab-${name}`).click(),
    score: at('score'),
    recording: at('recording'),
    switchLanguage: () => at('language-switch').click(),
    async theme(name: 'light' | 'dark' | 'auto'): Promise<void> {
      await at('theme-menu').click();
      await at(`theme-${name}`).click();
    },
    async signOut(): Promise<void> {
      await at('user-menu').click();
      await at('sign-out').click();
    },
  };
}

/** The wall as people look at it. */
export function wallOf(page: Page) {
  const tile = (name: 'service-level' | 'waiting' | 'longest' | 'available' | 'abandon' | 'answered') => page.getByTestId(`tile-${name}`);
  return {
    tile,
    queue: (name: string) => page.locator(`[data-testid="queue-row"][data-queue="${name}"]`),
    agents: page.getByTestId('agent-card'),
    agent: (id: string) => page.locator(`[data-testid="agent-card"][data-agent="${id}"]`),
    filter: page.getByTestId('agent-filter'),
    /** Opens the list of those who wait in a queue. */
    openQueue: (name: string) => page.locator(`[data-testid="queue-row"][data-queue="${name}"]`).getByTestId('open-queue').click(),
    /** Opens what an agent has in hand. */
    openAgent: (id: string) => page.locator(`[data-testid="agent-card"][data-agent="${id}"]`).getByRole('button').click(),
    /** Who waits in the open queue. */
    waiting: page.getByTestId('waiting-contact'),
    stale: page.getByTestId('wall-stale'),
    board: page.getByTestId('wall-board'),
    fullScreen: () => page.getByTestId('full-screen').click(),
  };
}
