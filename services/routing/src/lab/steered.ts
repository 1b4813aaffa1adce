import { emergency } from '../domain/availability.ts';
import type { RoutingInput } from '../domain/inputs.ts';
import type { RecordedFact } from './recorded-fact.ts';
import type { TimedInput } from './workload.ts';

/** What team leads did that a run does again, counted. */
export interface Replayed {
  queuePauses: number;
  skillChanges: number;
  surges: number;
  evacuatedAgents: number;
}

/** What team leads do by hand and what it ends, as the record tells it. */
interface Act {
  /** Acts of one name follow each other: the last one holds. */
  readonly name: string;
  readonly counts: keyof Replayed | undefined;
  readonly input: RoutingInput | undefined;
  /** Whether something holds from now on. */
  readonly holds: boolean;
}

function actOf(fact: RecordedFact): Act | undefined {
  switch (fact.type) {
    case 'patchbay.queue.v1.QueuePaused': {
      const { queue, actor, reason } = fact.event;
      return { name: `queue ${queue}`, counts: 'queuePauses', holds: true, input: { kind: 'PauseQueue', queue, lead: { actor, reason } } };
    }
    case 'patchbay.queue.v1.QueueResumed':
      return { name: `queue ${fact.event.queue}`, counts: undefined, holds: false, input: { kind: 'ResumeQueue', queue: fact.event.queue, actor: fact.event.actor } };
    case 'patchbay.agent.v1.AgentSkillsOverridden': {
      const { agentId, skills, until, actor, reason } = fact.event;
      return { name: `skills ${agentId}`, counts: 'skillChanges', holds: true, input: { kind: 'OverrideSkills', agentId, skills, untilMs: until?.getTime() ?? 0, lead: { actor, reason } } };
    }
    case 'patchbay.agent.v1.AgentSkillsRestored': {
      const { agentId, actor } = fact.event;
      // The end of their time comes by itself.
      return { name: `skills ${agentId}`, counts: undefined, holds: false, input: actor === '' ? undefined : { kind: 'RestoreSkills', agentId, actor } };
    }
    case 'patchbay.routing.v1.SurgeStarted': {
      const { plan, reason, by, note } = fact.event;
      // Those that begin by themselves begin in the run when its own figures say so.
      return reason === 'manual' ? { name: `surge ${plan}`, counts: 'surges', holds: true, input: { kind: 'StartSurge', plan, by, note } } : undefined;
    }
    case 'patchbay.routing.v1.SurgeEnded': {
      const { plan, reason, by, note } = fact.event;
      return { name: `surge ${plan}`, counts: undefined, holds: false, input: reason === 'manual' ? { kind: 'StopSurge', plan, by, note } : undefined };
    }
    default:
      return undefined;
  }
}

/** Collects what team leads did by hand; what they did before the span and still holds is done at its beginning. */
export class Steered {
  readonly #span: { readonly fromMs: number; readonly toMs: number };
  readonly #standing = new Map<string, Act>();
  readonly #inputs: TimedInput[] = [];
  readonly #counts: Replayed = { queuePauses: 0, skillChanges: 0, surges: 0, evacuatedAgents: 0 };
  #strandedMs = -Infinity;

  constructor(span: { readonly fromMs: number; readonly toMs: number }) {
    this.#span = span;
  }

  take(fact: RecordedFact): void {
    const { fromMs, toMs } = this.#span;
    if (fact.timeMs >= toMs) return;
    const act = actOf(fact);
    if (act !== undefined && fact.timeMs < fromMs) {
      if (act.holds) this.#standing.set(act.name, act);
      else this.#standing.delete(act.name);
    } else if (act?.input !== undefined) this.#do(act, fact.timeMs);
    // With an evacuation, contacts whom nobody could serve went on; they are looked for once.
    if (fact.type === 'patchbay.routing.v1.ContactOverflowed' && fact.event.reason === 'evacuated' && fact.timeMs >= fromMs && fact.timeMs > this.#strandedMs + sameEvacuationMs) {
      this.#strandedMs = fact.timeMs;
      this.#inputs.push({ atMs: fact.timeMs, input: { kind: 'MoveStranded' } });
    }
    if (fact.type === 'patchbay.agent.v1.AgentStateChanged' && fact.event.reason === emergency && fact.timeMs >= fromMs) this.#counts.evacuatedAgents += 1;
  }

  /** All of it by time, and how much it is. */
  result(): { inputs: TimedInput[]; replayed: Replayed } {
    const standing = [...this.#standing.values()];
    const replayed = { ...this.#counts };
    for (const { counts } of standing) if (counts !== undefined) replayed[counts] += 1;
    const first = standing.flatMap(({ input }) => (input === undefined ? [] : [{ atMs: this.#span.fromMs, input }]));
    return { inputs: [...first, ...this.#inputs], replayed };
  }

  #do({ input, counts }: Act, atMs: number): void {
    if (input !== undefined) this.#inputs.push({ atMs, input });
    if (counts !== undefined) this.#counts[counts] += 1;
  }
}

/** Pieces of one evacuation are no further apart. */
const sameEvacuationMs = 5_000;
