import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { renderMethodPage } from './method-page.ts';
import { servedServices } from './method-table.ts';

test('docs/reference/api.md says what the table decides', async () => {
  const page = await readFile(new URL('../../../docs/reference/api.md', import.meta.url), 'utf8');
  expect(page).toBe(renderMethodPage(servedServices));
});
