import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { axeViolations } from './axe.ts';

const pictures = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const mostBytes = 200_000;
const languages = ['zh-CN', 'en'] as const;

type PageLanguage = (typeof languages)[number];

function languageOf(page: Page): Promise<string> {
  return page.locator('html').evaluate((html) => (html as { lang: string }).lang);
}

async function speak(page: Page, language: PageLanguage): Promise<void> {
  if ((await languageOf(page)) === language) return;
  await page.getByTestId('language-switch').click();
  await page.locator(`html[lang="${language}"]`).waitFor();
}

/** The part of a page's document that tells of motion; tests are compiled without the browser's types. */
interface MovingDocument {
  fonts: { ready: Promise<unknown> };
  getAnimations(): { finished: Promise<unknown>; effect: { getComputedTiming(): { iterations: number } } }[];
}

/** Lets what moves come to rest: nothing half faded in is judged or pictured. */
async function rest(page: Page): Promise<void> {
  await page.mouse.move(0, 0);
  await page.evaluate(async () => {
    const { document } = globalThis as unknown as { document: MovingDocument };
    await document.fonts.ready;
    const ending = document.getAnimations().filter((animation) => animation.effect.getComputedTiming().iterations !== Infinity);
    await Promise.allSettled(ending.map((animation) => animation.finished));
  });
}

/**
 * With PATCHBAY_SCREENSHOTS=1 keeps a picture for the documentation; a normal run leaves the tree as it is. Names that begin
 * with `state-` are looked at only.
 */
async function keepPicture(page: Page, name: string): Promise<void> {
  if (process.env['PATCHBAY_SCREENSHOTS'] !== '1' || name.startsWith('state-')) return;
  await mkdir(pictures, { recursive: true });
  const path = join(pictures, `${name}.png`);
  await page.screenshot({ path, caret: 'initial' });
  expect((await stat(path)).size).toBeLessThan(mostBytes);
}

async function expectNoViolations(page: Page, what: string): Promise<void> {
  expect({ what, violations: await axeViolations(page) }).toEqual({ what, violations: [] });
}

/**
 * Looks at a page in every language and in the dark: axe-core must have nothing to say. What cannot wait (an offer) is
 * looked at in one language.
 */
export async function lookAt(page: Page, name: string, only?: PageLanguage): Promise<void> {
  const before = (await languageOf(page)) as PageLanguage;
  for (const language of only === undefined ? languages : [only]) {
    await speak(page, language);
    await rest(page);
    await keepPicture(page, `${name}.${language}`);
    await expectNoViolations(page, `${name}, ${language}`);
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  await rest(page);
  await expectNoViolations(page, `${name}, dark`);
  await page.emulateMedia({ colorScheme: 'light' });
  await speak(page, before);
}
