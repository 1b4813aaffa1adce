// `npm run docs`: makes the generated pages of docs/reference again. With `--check` it writes nothing and fails when one is
// not what its sources say.
import { generate, install, runUnderProjectNode } from './install.mjs';

const oldestNode = 24;

await install();
if (Number(process.versions.node.split('.')[0]) < oldestNode) {
  runUnderProjectNode('deploy/local/bin/docs.mjs');
} else {
  generate();
  const isCheck = process.argv.includes('--check');
  const { refreshDocs } = await import('../src/docs/registry.ts');
  const stale = await refreshDocs(!isCheck);
  for (const file of stale) process.stdout.write(`${isCheck ? 'not current' : 'written'}: ${file}\n`);
  process.exit(isCheck && stale.length > 0 ? 1 : 0);
}
