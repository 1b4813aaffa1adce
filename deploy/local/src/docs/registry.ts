import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asyncApiFile } from './asyncapi-file.ts';
import { errorsPage } from './errors-page.ts';
import { eventsPage } from './events-page.ts';
import { projectRoot, type DocGenerator } from './generator.ts';
import { methodsPage } from './methods-page.ts';
import { renderMetricReference } from './metric-reference.ts';
import { settingsPage } from './settings-page.ts';

const metricsPage: DocGenerator = { file: 'docs/reference/metrics.md', generate: () => renderMetricReference(projectRoot) };

/** Every generated page of the reference. A new one is a line here. */
export const docGenerators: readonly DocGenerator[] = [eventsPage, asyncApiFile, errorsPage, settingsPage, metricsPage, methodsPage];

/**
 * Makes all pages again.
 * @param write whether to write those that differ, or only to tell
 * @returns the files that were not what their sources say
 */
export async function refreshDocs(write: boolean): Promise<string[]> {
  const stale: string[] = [];
  for (const { file, generate } of docGenerators) {
    const path = join(projectRoot, file);
    const [wanted, found] = await Promise.all([generate(), readFile(path, 'utf8').catch(() => undefined)]);
    if (wanted === found) continue;
    stale.push(file);
    if (write) await writeFile(path, wanted);
  }
  return stale;
}
