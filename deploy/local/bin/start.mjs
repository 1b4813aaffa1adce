// `npm start`: works in a fresh clone under Node 20; the rest runs under the project's own Node.
import { generate, install, runUnderProjectNode } from './install.mjs';

const startedMs = Date.now();
await install();
generate();
runUnderProjectNode('deploy/local/bin/stack.mjs', process.argv.slice(2), { PATCHBAY_STARTED_MS: String(startedMs) });
