import { text } from 'node:stream/consumers';
import { connectBus } from '@patchbay/bus/connection';
import { replayFacts } from '@patchbay/bus/replay-facts';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { HistoryCheck, type HistoryExpectations } from './history-check.ts';

/*
 * A program of its own: reads what is expected as JSON from the standard input, then a tenant's facts from the stream and
 * nothing else, and prints the verdict as JSON. Ends with 1 when something is wrong with the history.
 */

/** What the program is given. */
export interface CheckerInput extends HistoryExpectations {
  readonly natsUrl: string;
  readonly tenant: string;
}

const { natsUrl, tenant, ...expected } = JSON.parse(await text(process.stdin)) as CheckerInput;
const bus = await connectBus({ servers: natsUrl, name: 'history-checker', log: silentLogger, metrics: createMetrics('history-checker') });
const check = new HistoryCheck(expected);
for await (const fact of replayFacts(bus, { tenant, domains: ['contact', 'routing', 'agent'] })) check.take(fact);
await bus.drain();
const verdict = check.verdict();
process.stdout.write(`${JSON.stringify(verdict)}\n`);
process.exitCode = verdict.faults.length === 0 ? 0 : 1;
