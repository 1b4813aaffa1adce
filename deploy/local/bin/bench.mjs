// `npm run bench -- NAME`: runs NAME.bench.ts (beside what it measures, or in tests/load) and prints one JSON object a line,
// the machine first. A bench exports `bench(emit)`; what it emits is printed.
import fs from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { generate, install, root, runUnderProjectNode } from './install.mjs';

const oldestNode = 24;

function findBenches() {
  // Not a named import: Node 20 has no globSync, and only hands over to Node 24.
  const files = fs.globSync(['{packages,services,deploy}/*/src/**/*.bench.ts', 'tests/load/**/*.bench.ts'], { cwd: root, exclude: (path) => basename(String(path)) === 'node_modules' });
  return new Map(files.sort().map((file) => [basename(file, '.bench.ts'), file]));
}

async function run(name) {
  const benches = findBenches();
  const file = benches.get(name);
  if (file === undefined) {
    process.stderr.write(`usage: npm run bench -- NAME, one of: ${[...benches.keys()].join(', ')}\n`);
    return 1;
  }
  const emit = (row) => process.stdout.write(`${JSON.stringify(row)}\n`);
  const [first, ...others] = cpus();
  emit({
    bench: name,
    at: new Date().toISOString(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: first?.model.trim(),
    cores: others.length + 1,
    memoryMib: Math.round(totalmem() / 2 ** 20),
  });
  const { bench } = await import(pathToFileURL(join(root, file)).href);
  if (typeof bench !== 'function') throw new Error(`${file} does not export bench(emit)`);
  await bench(emit);
  return 0;
}

await install();
if (Number(process.versions.node.split('.')[0]) < oldestNode) {
  runUnderProjectNode('deploy/local/bin/bench.mjs');
} else {
  generate();
  process.exit(await run(process.argv[2]));
}
