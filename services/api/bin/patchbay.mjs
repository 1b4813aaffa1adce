#!/usr/bin/env node
// The `patchbay` command. Written for the oldest Node that the project starts from (20): it goes on under the project's own
// Node, which runs TypeScript as it is.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const projectNode = join(root, 'node_modules/.bin/node');
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function generateWhenMissing() {
  if (existsSync(join(root, 'packages/contracts/src/gen/.stamp'))) return;
  const { status } = spawnSync(process.execPath, [join(root, 'deploy/local/bin/generate.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

if (major > 22 || (major === 22 && minor >= 18)) {
  generateWhenMissing();
  // Compiled code is kept between commands: half of the time of a short one.
  const { enableCompileCache } = await import('node:module');
  enableCompileCache(join(root, 'node_modules/.cache/node'));
  await import('../src/cli/main.ts');
} else if (!existsSync(projectNode)) {
  fail(`The packages are not installed, and Node ${process.versions.node} is too old to do without: run npm ci (npm start does it by itself).`);
} else {
  const child = spawn(projectNode, ['--disable-warning=ExperimentalWarning', fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
}
