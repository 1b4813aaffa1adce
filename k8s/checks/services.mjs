import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { createConfigReader } from '../../packages/runtime/src/config-reader.ts';
import { root } from './report.mjs';

/** Names of the services, which are folders. */
export const serviceNames = globSync('services/*/src/main.ts', { cwd: root }).map((file) => file.split('/')[1]).sort();

/** Names of all images: the services, and the simulated customers. */
export const imageNames = [...serviceNames, 'demo'];

const folderOf = (service) => (service === 'demo' ? 'deploy/demo' : join('services', service));

/** Names of all settings that the process of a service reads, as its `--help` tells. */
export async function settingNames(folder) {
  const { stdout } = await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', join(folder, 'src/main.ts'), '--help'], { timeout: 60_000 });
  return new Set([...stdout.matchAll(/^ {2}([A-Z][A-Z0-9_]+) {2}/gm)].map(([, name]) => name));
}

/**
 * Reads the service's own settings from an environment, as the service does at start. Gives its ports (settings that are
 * one, with their value) and what it has against the values.
 */
export async function readSettings(service, environment) {
  const module = await import(join(root, folderOf(service), 'src/config.ts'));
  const [read] = Object.values(module).filter((value) => typeof value === 'function');
  const ports = new Map();
  const reader = createConfigReader(environment);
  const port = (name, ...rest) => {
    const value = reader.port(name, ...rest);
    ports.set(name, value);
    return value;
  };
  read({ ...reader, port });
  try {
    reader.finish();
    return { ports, faults: [] };
  } catch (error) {
    return { ports, faults: Object.values(error.details) };
  }
}

/** Settings that Node itself reads. */
const isNodeSetting = (name) => name.startsWith('NODE_');

/** Name of the folder of a service, from the name of its image. */
export const serviceOfImage = (image) => basename(image.replace(/[:@].*$/, ''));

/** Names in an environment that the service does not read. */
export const unreadNames = (environment, names) => Object.keys(environment).filter((name) => !names.has(name) && !isNodeSetting(name));
