import type { RoutingRules } from '../domain/state.ts';

/** What every question names. Bytes and numbers only: it crosses into a thread. */
interface JobBase {
  readonly natsUrl: string;
  readonly tenant: string;
  readonly domain: string;
  readonly rules: RoutingRules;
  /** Resources that routing uses, encoded. */
  readonly resources: readonly Uint8Array[];
}

export interface ReplayJob extends JobBase {
  readonly kind: 'replay';
}

export interface WhatIfJob extends JobBase {
  readonly kind: 'whatIf';
  /** Resources over those that are there, encoded. */
  readonly proposed: readonly Uint8Array[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly warmUpMs: number;
  readonly intervalMs: number;
  readonly seed: number;
}

export interface SimulateJob extends JobBase {
  readonly kind: 'simulate';
  /** Resources over those that are there, encoded; none for one run alone. */
  readonly proposed: readonly Uint8Array[];
  /** LabScenario without faults, encoded. */
  readonly scenario: Uint8Array;
  readonly warmUpMs: number;
  readonly intervalMs: number;
  readonly seed: number;
}

/** A question for the thread. */
export type LabJob = ReplayJob | WhatIfJob | SimulateJob;

/** What the thread says: progress, and at last the encoded ReplayResult, WhatIfResult or SimulateResult. */
export type LabMessage = { readonly kind: 'progress'; readonly share: number } | { readonly kind: 'result'; readonly bytes: Uint8Array };
