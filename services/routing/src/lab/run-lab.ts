import { createEmptyState } from '../build-writer.ts';
import type { Directory } from '../directory.ts';
import { mainDomain } from '../domain/queue-policy.ts';
import { defaultRules, type RoutingRules } from '../domain/state.ts';
import { createFactLog } from './fact-log.ts';
import { labTenant } from './fixed-directory.ts';
import { createMeter, type Meter } from './meter.ts';
import { labRules, runWorkload } from './virtual-centre.ts';
import type { Workload } from './workload.ts';

/** One run of a workload under the policies of a directory. */
export interface LabRun {
  readonly directory: Directory;
  readonly place?: { readonly tenant: string; readonly domain: string };
  readonly rules?: RoutingRules;
  readonly workload: Workload;
  /** Where the clock starts. */
  readonly startMs: number;
  /** Contacts that ask from here on are measured; by default from the start. */
  readonly measureFromMs?: number;
  /** Contacts that ask before are measured; those still open are followed to their end. */
  readonly measureToMs: number;
  readonly intervalMs?: number;
  /** Target of a queue, ms; by default what the queue names, else 20 s. */
  targetMs?(queue: string): number;
  /** Whether to sum up the fact log: it costs about as much as the run. */
  readonly isLogged?: boolean;
  onProgress?(nowMs: number): void;
}

/** What a run left. */
export interface LabOutcome {
  readonly meter: Meter;
  /** Present when asked for. */
  readonly log: { readonly count: number; readonly sha256: string } | undefined;
}

/** Who still waits so long after the last arrival is left waiting. */
const drainMs = 24 * 3_600_000;
const usualTargetMs = 20_000;
const halfHourMs = 1_800_000;

/** Runs a workload from an empty centre, through the code that routes for real. */
export function runLab(run: LabRun): LabOutcome {
  const { directory, place = { tenant: labTenant, domain: mainDomain }, workload, startMs, measureToMs } = run;
  const state = createEmptyState({ place, directory, rules: labRules(run.rules ?? defaultRules), nowMs: () => startMs });
  const filling = new Set(workload.contacts.filter((contact) => contact.isFilling === true).map(({ request }) => request.contactId));
  const meter = createMeter({
    fromMs: run.measureFromMs ?? startMs,
    toMs: measureToMs,
    intervalMs: run.intervalMs ?? halfHourMs,
    targetMs: (queue) => run.targetMs?.(queue) ?? ((state.centre.queues.get(queue)?.targetSeconds ?? 0) * 1_000 || usualTargetMs),
    isCounted: (contactId) => !filling.has(contactId),
  });
  const log = run.isLogged === true ? createFactLog() : undefined;
  runWorkload({
    state,
    workload,
    startMs,
    endMs: measureToMs + drainMs,
    onFacts(facts) {
      meter.take(facts);
      log?.take(facts);
    },
    onProgress: (nowMs) => run.onProgress?.(nowMs),
  });
  return { meter, log: log?.sum() };
}
