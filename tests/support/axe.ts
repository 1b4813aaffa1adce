import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const source = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** What axe-core objects to in the page as it stands, a line each; empty when all is well. */
export async function axeViolations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(options: { preload: boolean }): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> } };
    // Reading style sheets ahead would copy those of shadow trees, without their nonce: a fault of the test, not of the page.
    return (await axe.run({ preload: false })).violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary ?? ''}`).join(' | ')}`);
  });
}
