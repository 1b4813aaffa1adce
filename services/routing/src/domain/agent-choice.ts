import type { SkillRequirement } from '@patchbay/contracts/contact/v1/contact';
import { AgentChoice } from '@patchbay/contracts/directory/v1/resource';
import type { Ranking } from './agent-columns.ts';
import type { AgentPolicy } from './agent-policy.ts';
import { dayStartMs } from './hours.ts';
import type { Request } from './records.ts';
import type { RoutingState } from './state.ts';

const byIdle = (score: Ranking['score']): Ranking => ({ score, byId: false });

const leastInHand = byIdle((columns, no) => columns.inHand[no] ?? 0);
const longestIdle = byIdle(() => 0);
const leastOccupied = byIdle((columns, no) => columns.busyMsToday[no] ?? 0);
const fewestContacts = byIdle((columns, no) => (columns.contactsToday[no] ?? 0) + (columns.inHand[no] ?? 0));
const leastSkilled = byIdle((columns, no) => columns.entries[no]?.policy.skills.size ?? 0);

/** Skills that a contact names, wherever in its expression. */
function skillsOf({ requirement, relaxations }: Request): Set<string> {
  const named = (skills: readonly SkillRequirement[]) => skills.map(({ skill }) => skill);
  const all = [requirement, ...relaxations.map((way) => way.requirement)];
  return new Set(all.flatMap((one) => (one === undefined ? [] : [...named(one.skills), ...one.anyOf.flatMap((term) => named(term.skills))])));
}

function proficiency(policy: AgentPolicy | undefined, skills: ReadonlySet<string>): number {
  let sum = 0;
  for (const skill of skills) sum += policy?.skills.get(skill) ?? 0;
  return sum;
}

/** The order in which a request's queue chooses. */
export function rankingFor(state: RoutingState, request: Request, nowMs: number): Ranking {
  const policy = state.centre.queues.get(request.queue);
  switch (policy?.choice) {
    case AgentChoice.LONGEST_IDLE:
      return longestIdle;
    case AgentChoice.LEAST_OCCUPIED:
    case AgentChoice.FEWEST_CONTACTS:
      state.index.columns.useDay(dayStartMs(state.centre.timeZone, nowMs));
      return policy.choice === AgentChoice.LEAST_OCCUPIED ? leastOccupied : fewestContacts;
    case AgentChoice.ROUND_ROBIN: {
      const last = state.lastOffered.get(request.queue) ?? '';
      return { score: (columns, no) => ((columns.entries[no]?.agentId ?? '') > last ? 0 : 1), byId: true };
    }
    case AgentChoice.LINEAR:
      return { score: (columns, no) => policy.agentOrder.get(columns.entries[no]?.agentId ?? '') ?? Infinity, byId: true };
    case AgentChoice.BEST_PROFICIENCY: {
      const skills = skillsOf(request);
      return byIdle((columns, no) => -proficiency(columns.entries[no]?.policy, skills));
    }
    case AgentChoice.LEAST_SKILLED:
      return leastSkilled;
    default:
      return leastInHand;
  }
}

/** How many agents a request is offered to at once. */
export function offersAtOnce(state: RoutingState, request: Request): number {
  const policy = state.centre.queues.get(request.queue);
  return policy?.choice === AgentChoice.RING_ALL ? policy.maxRinging : 1;
}
