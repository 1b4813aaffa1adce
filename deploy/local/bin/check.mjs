// `npm run check`: everything that can be said about the source without starting a server. Runs all steps, two at a time,
// and fails at the end when one failed. `-- --without=unit,knip` leaves steps out, `-- types lint` runs only those.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { generate, install, root } from './install.mjs';

const bin = (name) => join(root, 'node_modules/.bin', name);
const has = (path) => existsSync(join(root, path));

/** The commit that contracts must stay compatible with: where this branch left main. */
function baseCommit() {
  const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  for (const branch of ['origin/main', 'main']) {
    const { status, stdout } = git('merge-base', 'HEAD', branch);
    if (status === 0 && git('cat-file', '-e', `${stdout.trim()}:proto`).status === 0) return stdout.trim();
  }
  return undefined;
}

function createSteps() {
  const base = baseCommit();
  const types = (name, config) => has(config) && { name, command: [bin('tsc'), '-p', config, '--pretty', 'false'] };
  // The longest first, so that the end is not one long step alone.
  return [
    { name: 'unit', command: [bin('node'), 'deploy/local/bin/jest.mjs', '--selectProjects', 'unit', '--maxWorkers=1', '--silent'], without: /^PASS / },
    { name: 'lint', command: [bin('eslint'), '--cache', '--cache-location', 'node_modules/.cache/eslint/', '--max-warnings=0', '.'] },
    { name: 'types', command: [bin('tsc'), '-p', 'tsconfig.json', '--pretty', 'false'] },
    types('types of the desk', 'services/desk/web/tsconfig.json'),
    types('types of the widget', 'services/web-chat/widget/tsconfig.json'),
    { name: 'boundaries', command: [bin('depcruise'), '--config', '.dependency-cruiser.js', 'packages', 'services', 'deploy', 'tests'] },
    has('knip.json') && { name: 'unused', command: [bin('knip'), '--no-progress', '--no-config-hints'] },
    { name: 'proto lint', command: [bin('buf'), 'lint'] },
    base !== undefined && { name: 'proto breaking', command: [bin('buf'), 'breaking', '--against', `.git#ref=${base}`] },
  ].filter(Boolean);
}

const stepLimitMs = 10 * 60_000;
const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    for (const end of running) end();
    process.exit(130);
  });
}

function run({ name, command: [program, ...args], without }) {
  const startedMs = Date.now();
  return new Promise((done) => {
    // A group of its own, so that what a step started ends with it.
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, FORCE_COLOR: '0' }, detached: true });
    const end = () => process.kill(-child.pid, 'SIGKILL');
    const output = [];
    const timer = setTimeout(() => {
      output.push(Buffer.from(`\nno end within ${stepLimitMs / 60_000} minutes: something keeps the process alive, e.g. a socket that a test left open\n`));
      end();
    }, stepLimitMs);
    running.add(end);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => output.push(bytes));
    child.on('error', (error) => done({ name, ok: false, output: error.message, ms: Date.now() - startedMs }));
    child.on('close', (code) => {
      clearTimeout(timer);
      running.delete(end);
      const lines = Buffer.concat(output).toString('utf8').trim().split('\n');
      done({ name, ok: code === 0, output: lines.filter((line) => without === undefined || !without.test(line)).join('\n'), ms: Date.now() - startedMs });
    });
  });
}

const mostLines = 100;

function shorten(output) {
  const lines = output.split('\n');
  // The end says most: the last test's failure, the summary.
  return lines.length <= mostLines ? output : [`… ${lines.length - mostLines} lines before; run the step alone to see them`, ...lines.slice(-mostLines)].join('\n');
}

const seconds = (ms) => `${(ms / 1000).toFixed(1).padStart(6)} s`;
const startedMs = Date.now();
await install();
process.env.PATH = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
generate();
process.stdout.write(`ok   ${seconds(Date.now() - startedMs)}  generate\n`);

const args = process.argv.slice(2);
const without = new Set(args.filter((arg) => arg.startsWith('--without=')).flatMap((arg) => arg.slice('--without='.length).split(',')));
const only = new Set(args.filter((arg) => !arg.startsWith('--')));
const waiting = createSteps().filter(({ name }) => !without.has(name) && (only.size === 0 || only.has(name)));
const failed = [];
const count = waiting.length;

async function work() {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const { name, ok, output, ms } = await run(step);
    process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${seconds(ms)}  ${name}\n`);
    if (!ok) {
      failed.push(name);
      process.stdout.write(`${shorten(output).replaceAll(/^/gm, '     ')}\n`);
    }
  }
}
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
const total = `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
process.stdout.write(failed.length === 0 ? `check: all ${count} steps passed in ${total}\n` : `check: ${failed.length} of ${count} steps failed in ${total}: ${failed.join(', ')}\n`);
process.exit(failed.length === 0 ? 0 : 1);
