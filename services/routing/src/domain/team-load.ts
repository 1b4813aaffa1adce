import type { TeamPolicy } from './agent-policy.ts';
import type { AgentEntry } from './agent-columns.ts';

/** What the agents of a team have in hand together, and what they may have. */
export class TeamLoad {
  readonly #teams: ReadonlyMap<string, TeamPolicy>;
  readonly #members = new Map<string, Set<AgentEntry>>();
  /** Contacts in hand by team and, behind a slash, channel. */
  readonly #inHand = new Map<string, number>();
  /** What was last counted for an agent. */
  readonly #counted = new Map<AgentEntry, { team: string; channels: string[] }>();

  constructor(teams: ReadonlyMap<string, TeamPolicy>) {
    this.#teams = teams;
  }

  /** Whether a team may have one more contact of a channel. */
  hasRoom(team: string, channel: string): boolean {
    const policy = this.#teams.get(team);
    if (policy === undefined) return true;
    if (policy.maxContacts > 0 && (this.#inHand.get(team) ?? 0) >= policy.maxContacts) return false;
    return (this.#inHand.get(`${team}/${channel}`) ?? 0) < (policy.capacity.get(channel) ?? Infinity);
  }

  /** Counts an agent anew. Gives its team when somebody of it may have more than before. */
  count(entry: AgentEntry): Iterable<AgentEntry> {
    const before = this.#counted.get(entry);
    // Most agents are of no team that is bounded. When one becomes so, all of its agents are counted anew.
    if (before === undefined && !this.#teams.has(entry.policy.team)) return [];
    const channels = [...(entry.record?.slots.values() ?? [])].map((slot) => slot.channel);
    this.#take(before?.team, before?.channels, -1);
    this.#take(entry.policy.team, channels, 1);
    this.#counted.set(entry, { team: entry.policy.team, channels });
    if (before !== undefined && before.team !== entry.policy.team) this.#members.get(before.team)?.delete(entry);
    const members = this.#members.get(entry.policy.team) ?? new Set();
    this.#members.set(entry.policy.team, members.add(entry));
    const freed = before !== undefined && before.channels.length > channels.length && this.#teams.has(before.team);
    return freed ? (this.#members.get(before.team) ?? []) : [];
  }

  /** Leaves an agent out; gives the team, which may have more now. */
  drop(entry: AgentEntry): Iterable<AgentEntry> {
    const before = this.#counted.get(entry);
    this.#take(before?.team, before?.channels, -1);
    this.#counted.delete(entry);
    const members = this.#members.get(before?.team ?? '');
    members?.delete(entry);
    return members ?? [];
  }

  #take(team: string | undefined, channels: readonly string[] | undefined, change: 1 | -1): void {
    if (team === undefined || team === '') return;
    for (const channel of channels ?? []) {
      for (const key of [team, `${team}/${channel}`]) this.#inHand.set(key, (this.#inHand.get(key) ?? 0) + change);
    }
  }
}
