// `npm run test:peers`: tests against software of others, one file after the other, since each starts servers. Installs
// nothing; says what is missing and fails. Arguments go on to jest.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { examinePeers, formatMissingPeers } from '../src/peers.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const missing = formatMissingPeers(await examinePeers(root));
if (missing !== undefined) {
  process.stderr.write(missing);
  process.exit(1);
}
const { status } = spawnSync(process.execPath, [join(root, 'deploy/local/bin/jest.mjs'), '--selectProjects', 'peers', '--maxWorkers=1', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
