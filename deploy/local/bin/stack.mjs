// The supervisor: what `npm start` becomes once packages and contracts are there.
import { runStart } from '../src/stack/command.ts';

const startedMs = Number(process.env.PATCHBAY_STARTED_MS ?? Date.now());
delete process.env.PATCHBAY_STARTED_MS;
process.exit(await runStart({ argv: process.argv.slice(2), environment: process.env, startedMs }));
