import type { AgentView, QueueView } from '../../../src/domain/views.ts';
import { percentOf } from '../format.ts';
import type { Shape } from '../ui/state-shape.tsx';

/** How a figure stands against its target. */
export type Band = 'good' | 'warn' | 'bad' | 'none';

/** Figures of several queues together. */
export interface Totals {
  waiting: number;
  /** Contacts that wait in a queue beyond the agents who are free for it. */
  stuck: number;
  offered: number;
  engaged: number;
  oldestEnqueuedMs: number | null;
  oldestQueue: string;
  offeredToday: number;
  answeredToday: number;
  abandonedToday: number;
  /** answered in target / (answered + abandoned − short abandoned), percent. */
  serviceLevelPct: number | null;
  /** abandoned / offered, percent. */
  abandonPct: number | null;
  /** The target that most contacts came under. */
  targetSeconds: number;
  targetPct: number;
}

/** The service level of one queue, percent; null without contacts to count. */
export function serviceLevelOf(queue: Pick<QueueView, 'answeredInTargetToday' | 'answeredToday' | 'abandonedToday' | 'shortAbandonedToday'>): number | null {
  return percentOf(queue.answeredInTargetToday, queue.answeredToday + queue.abandonedToday - queue.shortAbandonedToday);
}

export function totalsOf(queues: Iterable<QueueView>): Totals {
  const rows = [...queues];
  const sum = (pick: (queue: QueueView) => number) => rows.reduce((total, queue) => total + pick(queue), 0);
  const oldest = rows.reduce<QueueView | undefined>(
    (found, queue) => (queue.oldestEnqueuedMs !== null && queue.oldestEnqueuedMs < (found?.oldestEnqueuedMs ?? Infinity) ? queue : found),
    undefined,
  );
  const busiest = rows.reduce<QueueView | undefined>((found, queue) => (queue.targetPct > 0 && queue.offeredToday > (found?.offeredToday ?? -1) ? queue : found), undefined);
  const offeredToday = sum((queue) => queue.offeredToday);
  const abandonedToday = sum((queue) => queue.abandonedToday);
  return {
    waiting: sum((queue) => queue.waiting),
    stuck: sum((queue) => Math.max(0, queue.waiting - queue.offered - queue.agentsAvailable)),
    offered: sum((queue) => queue.offered),
    engaged: sum((queue) => queue.engaged),
    oldestEnqueuedMs: oldest?.oldestEnqueuedMs ?? null,
    oldestQueue: oldest?.queue ?? '',
    offeredToday,
    answeredToday: sum((queue) => queue.answeredToday),
    abandonedToday,
    serviceLevelPct: serviceLevelOf({
      answeredInTargetToday: sum((queue) => queue.answeredInTargetToday),
      answeredToday: sum((queue) => queue.answeredToday),
      abandonedToday,
      shortAbandonedToday: sum((queue) => queue.shortAbandonedToday),
    }),
    abandonPct: percentOf(abandonedToday, offeredToday),
    targetSeconds: busiest?.targetSeconds ?? 0,
    targetPct: busiest?.targetPct ?? 0,
  };
}

/** From here on a wait is too long, and from here on it wants a look. */
const badWaitMs = 120_000;
const warnWaitMs = 60_000;
/** Share of the target below which a service level is off altogether: 60 of 80 percent. */
const badLevelShare = 0.75;
/** Abandoned share that is still good, percent. */
export const abandonTargetPct = 5;

export function levelBand(levelPct: number | null, targetPct: number): Band {
  if (levelPct === null || targetPct <= 0) return 'none';
  if (levelPct >= targetPct) return 'good';
  return levelPct >= targetPct * badLevelShare ? 'warn' : 'bad';
}

export function waitBand(waitMs: number | null): Band {
  if (waitMs === null) return 'good';
  if (waitMs > badWaitMs) return 'bad';
  return waitMs > warnWaitMs ? 'warn' : 'good';
}

export function abandonBand(abandonPct: number | null): Band {
  if (abandonPct === null) return 'none';
  if (abandonPct <= abandonTargetPct) return 'good';
  return abandonPct <= 2 * abandonTargetPct ? 'warn' : 'bad';
}

/** Share of the engaged agents from which contacts pile up faster than they are served. */
const badStuckShare = 0.1;

/** Contacts that wait while agents are free will be gone in a moment; those beyond them pile up. */
export function waitingBand(stuck: number, engaged: number): Band {
  if (stuck === 0) return 'good';
  return stuck > Math.max(1, engaged * badStuckShare) ? 'bad' : 'warn';
}

/** Idle agents who serve other queues do not help those who wait; agents with a text contact in hand can take another. */
export function availableBand(available: number, stuck: number): Band {
  if (stuck > 0) return available === 0 ? 'bad' : 'warn';
  // Everybody at work and nobody left waiting is neither good nor bad.
  return available === 0 ? 'none' : 'good';
}

/** What an agent does, as the grid shows it. */
export interface Doing {
  shape: Shape;
  /** Name of the text: of the state, or of what the busiest slot does. */
  word: `state.${AgentView['state']}` | 'activity.reserved' | 'activity.ringing' | 'activity.engaged' | 'activity.talking' | 'activity.wrap_up';
  sinceMs: number;
  /** Contacts in hand. */
  contacts: number;
}

export function doingOf(agent: AgentView): Doing {
  const live = agent.slots.filter((slot) => slot.activity === 'engaged');
  const rings = agent.slots.find((slot) => slot.activity === 'reserved');
  const first = live.reduce<(typeof live)[number] | undefined>((found, slot) => (found === undefined || slot.sinceMs < found.sinceMs ? slot : found), undefined);
  if (first !== undefined) {
    const talks = live.some((slot) => slot.channel === 'voice');
    return { shape: 'engaged', word: talks ? 'activity.talking' : 'activity.engaged', sinceMs: first.sinceMs, contacts: live.length };
  }
  if (rings !== undefined) return { shape: 'reserved', word: rings.channel === 'voice' ? 'activity.ringing' : 'activity.reserved', sinceMs: rings.sinceMs, contacts: 0 };
  const [wrapUp] = agent.slots;
  if (wrapUp !== undefined) return { shape: 'wrap_up', word: 'activity.wrap_up', sinceMs: wrapUp.sinceMs, contacts: 0 };
  return { shape: agent.state, word: `state.${agent.state}`, sinceMs: agent.sinceMs, contacts: 0 };
}

/** A row of the grid: the head of a team, or as many agents as fit side by side. */
export type GridRow = { kind: 'team'; team: string; signedIn: number; all: number } | { kind: 'agents'; key: string; agents: AgentView[] };

/** Which agents the grid shows; null for all. */
export interface GridFilter {
  /** Part of a name, a number or an id. */
  search: string;
  signedOut: boolean;
  /** Team by name; the empty one is that of agents without. */
  team: string | null;
  /** What the agents do. */
  shape: Shape | null;
  /** Queue that the agents serve. */
  queue: string | null;
}

/** Everybody who is signed in. */
export const everybody: GridFilter = { search: '', signedOut: false, team: null, shape: null, queue: null };

export function isSignedIn(agent: AgentView): boolean {
  return agent.state !== 'signed_out';
}

function fits(agent: AgentView, filter: GridFilter, search: string): boolean {
  if (!filter.signedOut && !isSignedIn(agent)) return false;
  if (filter.queue !== null && !agent.queues.includes(filter.queue)) return false;
  if (filter.shape !== null && doingOf(agent).shape !== filter.shape) return false;
  return search === '' || `${agent.name} ${agent.agentNo} ${agent.agentId}`.toLowerCase().includes(search);
}

// Made once: comparing through String would look the rules of the language up each time, ten times a second for a thousand agents.
const order = new Intl.Collator().compare;

/** Names of the teams, as their lowest numbers order them. */
export function teamsOf(agents: Iterable<AgentView>): string[] {
  const lowest = new Map<string, string>();
  for (const { team, agentNo } of agents) {
    const known = lowest.get(team);
    if (known === undefined || order(agentNo, known) < 0) lowest.set(team, agentNo);
  }
  return [...lowest].sort(([, left], [, right]) => order(left, right)).map(([team]) => team);
}

/** Agents by team and number, in rows. */
export function gridRows(agents: Iterable<AgentView>, columns: number, filter: GridFilter): GridRow[] {
  const search = filter.search.trim().toLowerCase();
  const all = [...agents];
  const teams = Map.groupBy(all, (agent) => agent.team);
  // Numbers order teams as the centre does; the words for one and two do not.
  const names = filter.team === null ? teamsOf(all) : [filter.team];
  return names.flatMap((team) => {
    const members = teams.get(team) ?? [];
    const shown = members.filter((agent) => fits(agent, filter, search)).sort((left, right) => order(left.agentNo, right.agentNo) || order(left.agentId, right.agentId));
    if (shown.length === 0) return [];
    const rows: GridRow[] = [{ kind: 'team', team, signedIn: members.filter(isSignedIn).length, all: members.length }];
    for (let at = 0; at < shown.length; at += columns) rows.push({ kind: 'agents', key: `${team}/${at}`, agents: shown.slice(at, at + columns) });
    return rows;
  });
}

/** Sites at which somebody is signed in, by name. */
export function sitesOf(agents: Iterable<AgentView>): string[] {
  return [...new Set([...agents].filter(isSignedIn).map(({ site }) => site))].filter((site) => site !== '').sort();
}
