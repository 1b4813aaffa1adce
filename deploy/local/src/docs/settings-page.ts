import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createConfigReader, type ConfigReader, type SettingHelp } from '@patchbay/runtime/config-reader';
import { readProcessConfig } from '@patchbay/runtime/run-service';
import { generatedFrom, projectRoot, table, type DocGenerator } from './generator.ts';

/** What a reader of settings asks for when nothing is set: the same as `--help` prints. */
function settingsOf(read: (reader: ConfigReader) => unknown): readonly SettingHelp[] {
  const reader = createConfigReader({});
  read(reader);
  return reader.help();
}

/** Settings of every service by its name, those of every process left out. */
export async function readSettings(): Promise<Map<string, readonly SettingHelp[]>> {
  const settings = new Map<string, readonly SettingHelp[]>();
  for (const file of globSync('{services/*,deploy/demo}/src/config.ts', { cwd: projectRoot }).sort()) {
    const exported = (await import(pathToFileURL(join(projectRoot, file)).href)) as Record<string, unknown>;
    const [read] = Object.entries(exported).flatMap(([name, value]) => (/^read\w*Config$/.test(name) && typeof value === 'function' ? [value as (reader: ConfigReader) => unknown] : []));
    if (read !== undefined) settings.set(file.replace('/src/config.ts', ''), settingsOf(read));
  }
  return settings;
}

function row({ name, fallback, meaning, allowed }: SettingHelp): string[] {
  const value = fallback === undefined ? '' : fallback === '' ? 'empty' : `\`${fallback}\``;
  return [`\`${name}\``, value, allowed === undefined ? meaning : `${meaning} (${allowed})`];
}

async function renderSettingsPage(): Promise<string> {
  const services = await readSettings();
  const section = (title: string, rows: readonly SettingHelp[]) => `## ${title}\n\n${table(['setting', 'default', 'meaning'], rows.map(row))}`;
  return [
    generatedFrom('the `config.ts` of every service'),
    '# Settings',
    'Every setting is an environment variable, read once at start; all faults are told at once (`RUNTIME_BAD_CONFIG`). The same list: `--help` of each service. Without a default a setting is off, or must be set where the meaning says so. `PATCHBAY_PORT_OFFSET` is added to every port that is not set.',
    section('Every process', settingsOf(readProcessConfig)),
    ...[...services].map(([name, rows]) => section(name, rows)),
    '',
  ].join('\n\n').replace(/\n+$/, '\n');
}

/** docs/reference/settings.md. */
export const settingsPage: DocGenerator = { file: 'docs/reference/settings.md', generate: renderSettingsPage };
