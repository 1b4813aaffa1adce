import type { Directory } from '../directory.ts';
import { isRoutingFact } from '../contact-inputs.ts';
import type { RoutingRules } from '../domain/state.ts';
import type { AnyFact } from '@patchbay/bus/fact';
import { createMeter } from './meter.ts';
import { createPolicyRun } from './policy-run.ts';
import type { Replayed } from './steered.ts';
import { Recording } from './recording.ts';
import { toReport, type LabReport } from './report.ts';

/** What is asked: how would this span have gone under other policies. */
export interface WhatIf {
  readonly place: { readonly tenant: string; readonly domain: string };
  /** Resources as they are. */
  readonly current: Directory;
  /** Resources as they might be. */
  readonly proposed: Directory;
  readonly rules: RoutingRules;
  /** Contacts that asked within are measured. */
  readonly fromMs: number;
  readonly toMs: number;
  /** So much earlier the runs begin, that the centre is not empty when the measuring does. */
  readonly warmUpMs: number;
  readonly intervalMs: number;
  readonly seed: number;
  /** Target of a queue, ms. */
  targetMs: (queue: string) => number;
  /** Told how far the work is, 0 to 1. */
  onProgress?: (share: number) => void;
}

/** The same span three times. */
export interface WhatIfOutcome {
  /** As it was. */
  readonly recorded: LabReport;
  /** Simulated under the policies as they are: how well the simulation tells this span. */
  readonly current: LabReport;
  /** Simulated under the proposed policies. */
  readonly proposed: LabReport;
  readonly requests: number;
  /** What team leads did by hand within the span that both runs did again. */
  readonly replayed: Replayed;
}

/** What team leads did with queues and surges of another routing domain. */
function isOfOtherDomain(fact: AnyFact, domain: string, isOwnQueue: (queue: string) => boolean): boolean {
  if (fact.type === 'patchbay.queue.v1.QueuePaused' || fact.type === 'patchbay.queue.v1.QueueResumed') return !isOwnQueue(fact.event.queue);
  return (fact.type === 'patchbay.routing.v1.SurgeStarted' || fact.type === 'patchbay.routing.v1.SurgeEnded') && fact.event.domain !== domain;
}

/** Shares of the work: reading, and each of two runs. */
const [readShare, runShare] = [0.4, 0.3];

/**
 * Reads the record once, then runs it twice through the rules. The same arrivals, the same people: only policies differ.
 * @param facts of the domains contact, routing and agent, in the order of the stream
 * @param isOwnQueue whether a queue is the routing domain's: requests to others are left out
 */
export async function runWhatIf(ask: WhatIf, facts: AsyncIterable<AnyFact> | Iterable<AnyFact>, isOwnQueue: (queue: string) => boolean): Promise<WhatIfOutcome> {
  const { fromMs, toMs, warmUpMs, intervalMs, rules, place, seed } = ask;
  const startMs = fromMs - warmUpMs;
  const recording = new Recording({ fromMs: startMs, toMs });
  const measure = { fromMs, toMs, intervalMs, targetMs: (queue: string) => ask.targetMs(queue) };
  const recorded = createMeter(measure);
  for await (const fact of facts) {
    if (fact.type === 'patchbay.contact.v1.RoutingRequested' && !isOwnQueue(fact.event.queue)) continue;
    if (!isOfOtherDomain(fact, place.domain, isOwnQueue)) recording.take(fact);
    if (isRoutingFact(fact)) recorded.take([fact]);
  }
  ask.onProgress?.(readShare);
  const workload = recording.toWorkload(seed);
  const run = createPolicyRun({ place, rules, workload, startMs, measureFromMs: fromMs, measureToMs: toMs, intervalMs, targetMs: ask.targetMs, share: runShare, onProgress: ask.onProgress });
  return { recorded: toReport(recorded), current: run(ask.current, readShare), proposed: run(ask.proposed, readShare + runShare), requests: recording.size, replayed: recording.replayed };
}
