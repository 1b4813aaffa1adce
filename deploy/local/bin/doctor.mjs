// `patchbay doctor [--json]`: what is found, what is missing, how to get it. Exit code 1 when something needed is missing.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runUnderProjectNode } from './install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

if (!existsSync(join(root, 'node_modules/.bin/node'))) {
  process.stderr.write('The packages are not installed: run npm ci (npm start does it by itself), then ask again.\n');
  process.exit(1);
} else if (Number(process.versions.node.split('.')[0]) < 24) {
  runUnderProjectNode('deploy/local/bin/doctor.mjs');
} else {
  const { examine, formatFindings, isHealthy } = await import('../src/doctor.ts');
  const findings = await examine(root, process.env);
  const ok = isHealthy(findings);
  process.stdout.write(process.argv.includes('--json') ? `${JSON.stringify({ ok, findings })}\n` : formatFindings(findings));
  process.exit(ok ? 0 : 1);
}
