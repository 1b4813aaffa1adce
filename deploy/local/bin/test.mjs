// `npm test`: everything that needs no Debian package, in a fresh clone too. Arguments go on to jest, e.g. a path pattern.
// The quick kinds first and on every core; then those that start servers, which mostly wait, two at a time; last those that kill
// and time whole centres, one after the other.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { install, root } from './install.mjs';

const args = process.argv.slice(2);
const jest = (...more) => {
  const { status } = spawnSync(join(root, 'node_modules/.bin/node'), [join(root, 'deploy/local/bin/jest.mjs'), ...more, '--passWithNoTests', ...args], { cwd: root, stdio: 'inherit' });
  return status ?? 1;
};

const startedMs = Date.now();
await install();
const statuses = args.includes('--selectProjects')
  ? [jest()]
  : [
      jest('--selectProjects', 'unit', 'contract', `--maxWorkers=${availableParallelism()}`),
      // A test that failed may leave a socket or a server behind, which would keep the run from ending for ever.
      jest('--selectProjects', 'integration', `--maxWorkers=${Math.min(2, availableParallelism())}`, '--forceExit'),
      jest('--selectProjects', 'e2e', '--maxWorkers=1', '--forceExit'),
    ];
const failed = statuses.some((status) => status !== 0);
process.stdout.write(`\ntest: ${failed ? 'failed' : 'passed'} in ${((Date.now() - startedMs) / 1000).toFixed(0)} s\n`);
process.exit(failed ? 1 : 0);
