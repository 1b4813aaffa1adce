import { AppError } from '@patchbay/runtime/app-error';
import type { AdapterUnderTest, Verdict } from './adapter-under-test.ts';
import type { Check } from './check.ts';
import { createHarness, type ConformanceHarness } from './harness.ts';
import { inboundChecks } from './inbound-checks.ts';
import { operationChecks } from './operation-checks.ts';
import { outboundChecks } from './outbound-checks.ts';

const checks: readonly Check[] = [...inboundChecks, ...outboundChecks, ...operationChecks];

function words(thrown: unknown): string {
  const error = AppError.from(thrown);
  return error.cause instanceof Error ? error.cause.message : `${error.code}: ${error.message}`;
}

/** How a run goes. */
export interface ConformanceOptions<Raw> {
  /** Makes the centre of one check; default a bus in memory. */
  readonly harnessFor?: () => ConformanceHarness<Raw>;
  /** Only these checks; default all. */
  readonly only?: readonly number[];
}

/**
 * Holds an adapter against the rules of the channel port, each check in a centre of its own. Nothing is thrown: a check
 * that breaks is a verdict `fail` with what was seen.
 */
export async function runConformance<Raw>(subject: AdapterUnderTest<Raw>, options: ConformanceOptions<Raw> = {}): Promise<Verdict[]> {
  const { harnessFor = () => createHarness(subject), only } = options;
  const verdicts: Verdict[] = [];
  for (const { id, title, run } of checks) {
    if (only !== undefined && !only.includes(id)) continue;
    const harness = harnessFor();
    try {
      const result = await run({ subject, harness });
      verdicts.push(typeof result === 'string' ? { id, title, verdict: 'pass', evidence: result } : { id, title, verdict: 'skip', evidence: result.skip });
    } catch (thrown) {
      verdicts.push({ id, title, verdict: 'fail', evidence: words(thrown) });
    } finally {
      await harness.dispose();
    }
  }
  return verdicts;
}

/** The verdicts as lines for people. */
export function formatVerdicts(verdicts: readonly Verdict[]): string {
  return verdicts.map(({ id, title, verdict, evidence }) => `${String(id).padStart(4)}  ${verdict.padEnd(4)}  ${title} — ${evidence}`).join('\n');
}
