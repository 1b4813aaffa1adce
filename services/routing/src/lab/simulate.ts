import type { LabScenario } from '@patchbay/contracts/routing/v1/routing_lab_service';
import type { Directory } from '../directory.ts';
import type { RoutingRules } from '../domain/state.ts';
import { createPolicyRun } from './policy-run.ts';
import type { LabReport } from './report.ts';
import { toScenario } from './scenario-message.ts';
import { drawWorkload } from './scenario.ts';

/** What is asked: how would drawn traffic go. */
export interface Simulation {
  readonly place: { readonly tenant: string; readonly domain: string };
  /** Resources as they are. */
  readonly current: Directory;
  /** Resources as they might be; undefined for one run alone. */
  readonly proposed: Directory | undefined;
  readonly rules: RoutingRules;
  /** Without faults. */
  readonly scenario: LabScenario;
  /** Contacts that ask within are not measured. */
  readonly warmUpMs: number;
  readonly intervalMs: number;
  readonly seed: number;
  /** Target of a queue, ms. */
  targetMs: (queue: string) => number;
  /** Told how far the work is, 0 to 1. */
  onProgress?: (share: number) => void;
}

/** The same traffic under one policy, or two. */
export interface SimulationOutcome {
  readonly current: LabReport;
  readonly proposed: LabReport | undefined;
  readonly requests: number;
}

/** Draws a scenario once and runs it: the same customers and staff under either policy. */
export function runSimulation(ask: Simulation): SimulationOutcome {
  const { place, rules, scenario, warmUpMs, intervalMs, seed } = ask;
  const startMs = scenario.start?.getTime() ?? 0;
  const measureToMs = startMs + scenario.minutes * 60_000;
  const workload = drawWorkload(toScenario(scenario, seed));
  const runShare = ask.proposed === undefined ? 1 : 0.5;
  const run = createPolicyRun({ place, rules, workload, startMs, measureFromMs: startMs + warmUpMs, measureToMs, intervalMs, targetMs: ask.targetMs, share: runShare, onProgress: ask.onProgress });
  const current = run(ask.current, 0);
  return { current, proposed: ask.proposed === undefined ? undefined : run(ask.proposed, runShare), requests: workload.contacts.length };
}
