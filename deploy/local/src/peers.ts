import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './finding.ts';
import { findOnPath, runCommand } from './run-command.ts';

/** Programs that `npm run test:peers` talks to, with the Debian package that brings each. */
const programs: readonly (readonly [program: string, debianPackage: string])[] = [
  ['sipp', 'sip-tester'],
  ['baresip', 'baresip'],
  ['swaks', 'swaks'],
  ['sox', 'sox'],
  ['chromium', 'chromium'],
  ['nc', 'netcat-openbsd'],
];

/** Python packages of tests/peers/requirements.txt, by the module that each brings. */
const pythonModules: readonly (readonly [module: string, name: string])[] = [
  ['wechatpy.crypto', 'wechatpy'],
  ['aiosmtpd', 'aiosmtpd'],
  ['kafka', 'kafka-python'],
  ['sipvicious', 'sipvicious'],
];

const group = 'tests with foreign software';

/** The Python of the peers: the project's own environment when it was made, else the one on PATH. */
export function findPeerPython(root: string): string | undefined {
  const own = join(root, '.patchbay/peers/bin/python3');
  return existsSync(own) ? own : findOnPath('python3');
}

/** Looks for the software of others that the tests of the peers talk to. */
export async function examinePeers(root: string): Promise<Finding[]> {
  return [...programs.map(([program, debianPackage]) => examineProgram(program, debianPackage)), ...(await examinePython(root))];
}

function examineProgram(program: string, debianPackage: string): Finding {
  const path = findOnPath(program);
  if (path !== undefined) return { group, name: program, state: 'found', detail: path };
  return { group, name: program, state: 'optional', detail: 'not on PATH', remedy: `apt-get install ${debianPackage}` };
}

function examinePython(root: string): Promise<Finding[]> {
  const python = findPeerPython(root);
  return Promise.all(
    pythonModules.map(async ([module, name]): Promise<Finding> => {
      const base = { group, name } as const;
      const found = python !== undefined && (await runCommand(python, ['-c', `import ${module}`], { timeoutMs: 20_000 }).then(() => true, () => false));
      if (found) return { ...base, state: 'found', detail: `for ${python}` };
      return { ...base, state: 'optional', detail: python === undefined ? 'no python3 on PATH' : `${python} cannot import it`, remedy: 'python3 -m venv .patchbay/peers && .patchbay/peers/bin/pip install -r tests/peers/requirements.txt' };
    }),
  );
}

/** What to say when something is missing; undefined when all is there. */
export function formatMissingPeers(findings: readonly Finding[]): string | undefined {
  const missing = findings.filter(({ state }) => state !== 'found');
  if (missing.length === 0) return undefined;
  const width = Math.max(...missing.map(({ name }) => name.length));
  const rows = missing.map(({ name, detail }) => `  ${name.padEnd(width)}  ${detail}`);
  const remedies = [...new Set(missing.flatMap(({ remedy }) => remedy ?? []))].map((remedy) => `  ${remedy}`);
  return ['The tests of the peers talk to software of others and install nothing. Missing:', ...rows, 'To get it:', ...remedies, ''].join('\n');
}
