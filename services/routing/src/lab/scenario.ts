import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import type { SkillRequirement } from '@patchbay/contracts/contact/v1/contact';
import { RoutingRequested } from '@patchbay/contracts/contact/v1/contact_event';
import { createRandom, type Random } from './random.ts';
import type { AgentAct, LabContact, Workload } from './workload.ts';

/** How long something takes. */
export type Duration =
  | { readonly kind: 'fixed'; readonly meanMs: number }
  | { readonly kind: 'exponential'; readonly meanMs: number }
  /** `variation`: standard deviation over mean; telephone handling times lie about 0.7 to 1.2. */
  | { readonly kind: 'logNormal'; readonly meanMs: number; readonly variation: number };

/** Contacts an hour that come, evenly at random, during one span. */
export interface RateSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly perHour: number;
}

/** Contacts of one kind. */
export interface Traffic {
  readonly queue: string;
  readonly channel: string;
  /** By time, without overlap. */
  readonly rates: readonly RateSpan[];
  readonly talk: Duration;
  /** Absent: closed at once. */
  readonly wrapUp?: Duration | undefined;
  /** Absent: nobody gives up. */
  readonly patience?: Duration | undefined;
  /** From offer to accepting; absent: at once. */
  readonly answer?: Duration | undefined;
  readonly priority?: number;
  readonly skills?: readonly SkillRequirement[];
}

/** A span of presence with its breaks. */
export interface Shift {
  readonly fromMs: number;
  readonly toMs: number;
  readonly breaks: readonly { readonly fromMs: number; readonly toMs: number }[];
}

/** When an agent works. */
export interface AgentPlan {
  readonly agentId: string;
  readonly shifts: readonly Shift[];
}

/** Traffic and staff from which a workload is drawn. */
export interface Scenario {
  readonly seed: number;
  readonly traffic: readonly Traffic[];
  readonly agents: readonly AgentPlan[];
}

/** Draws a length of time, whole milliseconds. */
export function drawMs(duration: Duration | undefined, random: Random, absent: number): number {
  if (duration === undefined) return absent;
  if (duration.kind === 'fixed') return duration.meanMs;
  const drawn = duration.kind === 'exponential' ? random.exponential(duration.meanMs) : random.logNormal(duration.meanMs, duration.variation);
  return Math.round(drawn);
}

const hourMs = 3_600_000;

function* arrivals(rates: readonly RateSpan[], random: Random): Generator<number> {
  for (const { fromMs, toMs, perHour } of rates) {
    if (perHour <= 0) continue;
    for (let atMs = fromMs + random.exponential(hourMs / perHour); atMs < toMs; atMs += random.exponential(hourMs / perHour)) yield Math.round(atMs);
  }
}

/** Contacts of one kind. Each figure has numbers of its own, so that a change of one leaves the others as they were. */
export function drawContacts(traffic: Traffic, name: string, seed: number): LabContact[] {
  const random = createRandom(seed).fork(name);
  const [comes, talks, wraps, waits, answers] = ['arrivals', 'talk', 'wrapUp', 'patience', 'answer'].map((figure) => random.fork(figure)) as [Random, Random, Random, Random, Random];
  const { queue, channel, priority = 0, skills = [] } = traffic;
  const requirement = skills.length === 0 ? undefined : { skills: [...skills] };
  const contacts: LabContact[] = [];
  for (const atMs of arrivals(traffic.rates, comes)) {
    const contactId = `${name}-${String(contacts.length)}`;
    contacts.push({
      atMs,
      request: RoutingRequested.fromPartial({ contactId, requestId: `${contactId}-r`, queue, channel, priority, ...(requirement === undefined ? {} : { requirement }) }),
      talkMs: drawMs(traffic.talk, talks, 0),
      wrapUpMs: drawMs(traffic.wrapUp, wraps, 0),
      patienceMs: drawMs(traffic.patience, waits, Infinity),
      answerMs: drawMs(traffic.answer, answers, 0),
    });
  }
  return contacts;
}

/** What the plans of agents say, by time. */
export function planActs(agents: readonly AgentPlan[]): AgentAct[] {
  const acts = agents.flatMap(({ agentId, shifts }) =>
    shifts.flatMap(({ fromMs, toMs, breaks }): AgentAct[] => [
      { atMs: fromMs, agentId, act: { kind: 'signIn' } },
      { atMs: fromMs, agentId, act: { kind: 'state', state: AgentState.READY, reason: '' } },
      ...breaks.flatMap((one): AgentAct[] => [
        { atMs: one.fromMs, agentId, act: { kind: 'state', state: AgentState.BREAK, reason: 'break' } },
        { atMs: one.toMs, agentId, act: { kind: 'state', state: AgentState.READY, reason: '' } },
      ]),
      { atMs: toMs, agentId, act: { kind: 'signOut' } },
    ]),
  );
  return acts.filter((act) => Number.isFinite(act.atMs)).sort((left, right) => left.atMs - right.atMs);
}

/** Draws all contacts of a scenario: the same seed gives the same workload. */
export function drawWorkload({ seed, traffic, agents }: Scenario): Workload {
  const contacts = traffic.flatMap((one, index) => drawContacts(one, `t${String(index)}`, seed));
  return { contacts: contacts.sort((left, right) => left.atMs - right.atMs), acts: planActs(agents) };
}
