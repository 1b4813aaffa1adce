// Installs the packages when they are missing or other than package-lock.json says, then runs a script under the project's
// own Node. Written for the oldest Node that the project starts from (20), so it imports nothing but Node.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, closeSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const projectNode = join(root, 'node_modules/.bin/node');

/** Whether every package of the lock file is there in its version. npm notes what it installed in the hidden lock file. */
function isInstalled() {
  try {
    const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
    const installed = read('node_modules/.package-lock.json');
    return Object.entries(read('package-lock.json')).every(
      ([path, { version, optional, link }]) => !path.startsWith('node_modules/') || (link ?? false) || (optional ?? false) || installed[path]?.version === version,
    );
  } catch {
    return false;
  }
}

/** Shows that something goes on: a line that counts on a terminal, one line elsewhere. */
function showWaiting(title) {
  if (!process.stdout.isTTY) {
    process.stdout.write(`${title} …\n`);
    return () => {};
  }
  const startedMs = Date.now();
  const timer = setInterval(() => process.stdout.write(`\r\u001B[2K… ${title} ${Math.round((Date.now() - startedMs) / 1000)} s`), 200);
  return () => {
    clearInterval(timer);
    process.stdout.write('\r\u001B[2K');
  };
}

function npm(args, log) {
  const output = openSync(log, 'w');
  const child = spawn('npm', [...args, '--no-progress', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, stdio: ['ignore', output, output] });
  closeSync(output);
  return new Promise((done) => {
    child.on('error', () => done(1));
    child.on('exit', (code, signal) => (signal === null ? done(code ?? 1) : process.exit(1)));
  });
}

export async function install() {
  if (isInstalled() && existsSync(projectNode)) return;
  const home = resolve(root, process.env.PATCHBAY_HOME || '.patchbay');
  mkdirSync(join(home, 'logs'), { recursive: true });
  const log = join(home, 'logs/npm.log');
  // `npm ci` removes what is there first: others may be at work in this folder, so it is only for an empty one. It refuses
  // when a package.json and the lock file differ, as they do while a dependency is being added.
  const isFresh = !existsSync(join(root, 'node_modules'));
  const done = showWaiting('installing packages with npm');
  let code = isFresh ? await npm(['ci'], log) : 1;
  if (!isFresh || (code !== 0 && readFileSync(log, 'utf8').includes('EUSAGE'))) code = await npm(['install', '--no-save'], log);
  done();
  if (code !== 0) {
    process.stderr.write(`${readFileSync(log, 'utf8').split('\n').slice(-15).join('\n')}\nnpm could not install the packages; the whole output is in ${log}\n`);
    process.exit(1);
  }
}

/** Runs a module of deploy/local/bin under the project's Node with our arguments, hands signals on, and ends as it ends. */
export function runUnderProjectNode(script, args = process.argv.slice(2), extra = {}) {
  const child = spawn(projectNode, ['--disable-warning=ExperimentalWarning', join(root, script), ...args], {
    // The channel tells the other side when this process is gone.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`, ...extra },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
}

/** Generates the contracts when proto/ changed. */
export function generate() {
  const { status } = spawnSync(projectNode, [join(root, 'deploy/local/bin/generate.mjs')], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
