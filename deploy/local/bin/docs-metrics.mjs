// Writes docs/reference/metrics.md from the tables of metrics in the code.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate, root } from './install.mjs';

generate();
const { renderMetricReference } = await import('../src/docs/metric-reference.ts');
writeFileSync(join(root, 'docs/reference/metrics.md'), await renderMetricReference(root));
