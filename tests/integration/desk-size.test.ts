import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { silentProgress } from '@patchbay/local/progress';
import { buildPages } from '@patchbay/local/stack/pages';
import { projectRoot } from '@patchbay/local/stack/stack';

test('what a browser loads first stays small: desk 220 KB, wall 200 KB, gzip', async () => {
  await buildPages(projectRoot, 'services/desk', silentProgress, AbortSignal.timeout(120_000));
  // Its exit code is 1, and so this throws, when a page is over its budget.
  const output = execFileSync(process.execPath, [join(projectRoot, 'services/desk/size.mjs')], { encoding: 'utf8' });
  const pages = output.trim().split('\n').map((line) => JSON.parse(line) as { page: string; gzipBytes: number; budgetBytes: number });
  expect(pages.map(({ page, budgetBytes }) => [page, budgetBytes])).toEqual([['desk', 220_000], ['wall', 200_000]]);
  for (const { page, gzipBytes } of pages) expect([page, gzipBytes > 50_000]).toEqual([page, true]);
}, 150_000);
