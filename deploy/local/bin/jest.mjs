// Runs jest as ESM under the project's own Node, after making sure that the contracts are generated. With
// PATCHBAY_TEST_RESULTS=<folder> each run also leaves its counts there as JSON, one file a run.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const run = (args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;

function resultArguments() {
  const folder = process.env.PATCHBAY_TEST_RESULTS;
  if (!folder) return [];
  mkdirSync(resolve(root, folder), { recursive: true });
  return ['--json', `--outputFile=${resolve(root, folder, `${Date.now()}-${process.pid}.json`)}`];
}

const status = run([join(root, 'deploy/local/bin/generate.mjs')]);
if (status !== 0) process.exit(status);
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
process.exit(run([...flags, join(root, 'node_modules/jest/bin/jest.js'), ...process.argv.slice(2), ...resultArguments()]));
