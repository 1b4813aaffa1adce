import { beforeAll, describe, expect, test } from '@jest/globals';
import type { FaultName } from '../support/faults/fault-run.ts';
import { isCut, runFaultsApart } from '../support/faults/run-apart.ts';

const onWriter: readonly FaultName[] = ['kill the writer', 'stop the writer', 'cut the writer off'];
/** Faults of NATS servers are run by `npm run bench -- routing-faults`: safe they must be here as there, how long they last is measured there. */
const faults: readonly FaultName[] = [...onWriter, 'kill the standby'];
const failOverLimitMs = 5_000;
type Outcome = Awaited<ReturnType<typeof runFaultsApart>>;

describe('two processes of routing on a NATS cluster of three, one fault after the other', () => {
  let output: Outcome;
  beforeAll(async () => {
    output = await runFaultsApart({ faults, contactsPerSecond: 40, agents: 16, slotsPerAgent: 5, lastsMs: 4_500 });
    if (output.skipped !== undefined) process.stdout.write(`lines were not cut: ${output.skipped}\n`);
  }, 240_000);

  test('lose no contact, give none to two agents, overload nobody, keep the line in order, and let no deposed writer write', () => {
    expect(output.verdict.faults).toEqual([]);
    expect(output.verdict.exitCode).toBe(0);
    expect(output.verdict.contacts).toBe(output.acknowledged);
    expect(Object.values(output.verdict.ends).reduce((sum, count) => sum + count, 0)).toBe(output.acknowledged);
    expect(output.outcomes.map(({ fault }) => fault)).toEqual(faults.filter((fault) => output.skipped === undefined || !isCut(fault)));
  });

  test('change the writer within five seconds when it is killed, stopped or cut off, and only then', () => {
    const { outcomes, verdict } = output;
    for (const { fault, changedWriter, epochBefore, atMs } of outcomes) {
      if (!onWriter.includes(fault)) continue;
      expect({ fault, changedWriter }).toEqual({ fault, changedWriter: true });
      const failOver = verdict.failOvers.find(({ fromEpoch }) => fromEpoch === String(epochBefore));
      expect(failOver?.gapMs).toBeLessThanOrEqual(failOverLimitMs);
      process.stdout.write(`${fault}: fail-over ${String(failOver?.gapMs)} ms, first fact ${String((failOver?.atMs ?? 0) - atMs)} ms after the fault\n`);
    }
    expect(outcomes.find(({ fault }) => fault === 'kill the standby')?.changedWriter).toBe(false);
    expect(outcomes.filter(({ wentOn }) => !wentOn)).toEqual([]);
  });
});
