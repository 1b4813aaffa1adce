import { exclusiveChannels, type AgentPolicy } from './agent-policy.ts';
import { Bits } from './bits.ts';
import { Heap } from './heap.ts';
import { isBefore, type IndexPlace, type LinePlace, type Request } from './records.ts';
import { meetsRequirement, noRequirement, requirementKey } from './requirement.ts';
import type { SurgeWay } from './surge-effects.ts';

/** What a request asks of an agent, in which queue and over which channel. */
export type Asked = Pick<Request, 'queue' | 'channel' | 'requirement' | 'relaxations'>;

/** A request in line. */
export interface LineEntry extends LinePlace, IndexPlace {
  readonly request: Request;
  readonly keyMs: number;
  readonly requirementClass: RequirementClass;
  /** Agent for whom alone it waits a while; empty for none. */
  readonly waitsFor: string;
  alive: boolean;
}

/** Everything that asks the same of an agent. */
export interface RequirementClass extends Asked {
  readonly no: number;
  readonly key: string;
  readonly exclusive: boolean;
  /** Agents who could serve it, ready or not. */
  readonly eligible: Bits;
  readonly line: Heap<LineEntry>;
  size: number;
}

/** Whether the policy allows the agent at all, whatever the agent does now. @param ways those that surges add for the queue */
export function isEligible(policy: AgentPolicy, asked: Asked, ways: readonly SurgeWay[] = []): boolean {
  if (!policy.capacity.has(asked.channel)) return false;
  if (policy.queues.has(asked.queue) && meetsRequirement(policy, asked.requirement)) return true;
  const serves = (queues: readonly string[]) => queues.some((queue) => policy.queues.has(queue));
  return (
    asked.relaxations.some(({ queues, requirement }) => serves(queues) && meetsRequirement(policy, requirement ?? noRequirement)) ||
    ways.some(({ queues, requirement }) => serves(queues) && meetsRequirement(policy, requirement ?? asked.requirement))
  );
}

function keyOf({ queue, channel, requirement, relaxations }: Asked): string {
  let key = `${queue}|${channel}${requirementKey(requirement)}`;
  for (const way of relaxations) key += `>${way.queues.join('+')}${requirementKey(way.requirement ?? noRequirement)}`;
  return key;
}

/** The distinct requirements of those who wait, each with a small number for sets. */
export class RequirementClasses {
  /** By number; a number that is free has none. */
  readonly byNo: (RequirementClass | undefined)[] = [];
  readonly #freeNos: number[] = [];
  readonly #byKey = new Map<string, RequirementClass>();

  get size(): number {
    return this.#byKey.size;
  }

  all(): Iterable<RequirementClass> {
    return this.#byKey.values();
  }

  /** The class of what is asked. @param onNew told of a class that was just made, to say who may serve it */
  find(asked: Asked, onNew: (one: RequirementClass) => void): RequirementClass {
    const key = keyOf(asked);
    let found = this.#byKey.get(key);
    if (found === undefined) {
      const { queue, channel, requirement, relaxations } = asked;
      const no = this.#freeNos.pop() ?? this.byNo.length;
      found = { no, key, queue, channel, requirement, relaxations, exclusive: exclusiveChannels.has(channel), eligible: new Bits(), line: new Heap<LineEntry>(isBefore), size: 0 };
      this.byNo[no] = found;
      this.#byKey.set(key, found);
      onNew(found);
    }
    return found;
  }

  /** Whether a class is still there and asks just what is asked. */
  fits(one: RequirementClass, asked: Asked): boolean {
    return this.byNo[one.no] === one && one.queue === asked.queue && one.channel === asked.channel && one.requirement === asked.requirement && one.relaxations === asked.relaxations;
  }

  /** Gives the class's number to others; who is eligible is worked out again when it comes back. */
  forget(one: RequirementClass): void {
    this.#byKey.delete(one.key);
    this.byNo[one.no] = undefined;
    this.#freeNos.push(one.no);
  }
}
