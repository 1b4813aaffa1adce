import type { SurgeAction, SurgePlan, SurgeTrigger } from '@patchbay/contracts/directory/v1/resource';

/** A surge plan as routing uses it. */
export interface SurgePolicy {
  readonly name: string;
  readonly titles: Readonly<Record<string, string>>;
  readonly queues: readonly string[];
  /** Undefined for one that begins only by hand. */
  readonly trigger: SurgeTrigger | undefined;
  readonly minimumMs: number;
  readonly actions: readonly SurgeAction[];
}

/** A surge that lasts. */
export interface Surge {
  readonly plan: string;
  readonly queues: readonly string[];
  /** As they stood when it began. */
  readonly actions: readonly SurgeAction[];
  readonly reason: string;
  readonly observed: number;
  readonly limit: number;
  readonly by: string;
  readonly note: string;
  readonly sinceMs: number;
}

const usualMinimumSeconds = 300;

export function toSurgePolicy(name: string, { titles, queues, trigger, minimumSeconds, actions }: SurgePlan): SurgePolicy {
  return { name, titles, queues, trigger, minimumMs: (minimumSeconds || usualMinimumSeconds) * 1_000, actions };
}
