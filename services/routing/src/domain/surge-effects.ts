import type { Requirement } from '@patchbay/contracts/contact/v1/contact';
import { type SurgeAction, SurgeActionKind } from '@patchbay/contracts/directory/v1/resource';
import type { Surge } from './surge-policy.ts';

/** One more way to serve a queue while a surge lasts. */
export interface SurgeWay {
  /** Queues of which the agent must serve one. */
  readonly queues: readonly string[];
  /** What the agent must have; undefined for what the request asks. */
  readonly requirement: Requirement | undefined;
}

type Surges = ReadonlyMap<string, Surge>;

/** Actions of one kind that hold for a queue now, those of the surge that began first before the others. */
export function surgeActions(surges: Surges, queue: string, kind: SurgeActionKind): SurgeAction[] {
  return [...surges.values()].filter((surge) => surge.queues.includes(queue)).flatMap(({ actions }) => actions.filter((action) => action.kind === kind));
}

/** Ways in which surges let more agents serve a queue. */
export function surgeWays(surges: Surges, queue: string): SurgeWay[] {
  return [
    ...surgeActions(surges, queue, SurgeActionKind.WIDEN).map(({ requirement }) => ({ queues: [queue], requirement: requirement ?? { skills: [], languages: [], attributes: [], anyOf: [] } })),
    ...surgeActions(surges, queue, SurgeActionKind.BORROW).map(({ queues }) => ({ queues, requirement: undefined })),
  ];
}

/** Limit of a queue's wrap-up, ms; one that has none keeps none. */
export function surgeWrapUpMs(surges: Surges, queue: string, limitMs: number): number {
  const [first] = surgeActions(surges, queue, SurgeActionKind.WRAP_UP);
  return limitMs > 0 && first !== undefined ? first.seconds * 1_000 : limitMs;
}

/** Queue in which newcomers of a queue wait instead; undefined when they stay. */
export function surgeOverflow(surges: Surges, queue: string): string | undefined {
  return surgeActions(surges, queue, SurgeActionKind.OVERFLOW)[0]?.name;
}
