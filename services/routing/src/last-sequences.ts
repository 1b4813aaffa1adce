import type { RoutingFact } from './domain/facts.ts';

/** Subject of a fact within a tenant, as the table of last sequences names it. */
export function subjectOf(fact: Pick<RoutingFact, 'type' | 'key'>): string {
  return `${fact.type.startsWith('patchbay.agent.') ? 'agent' : 'contact'}:${fact.key}`;
}

/** The last sequence that the writer knows of each subject: what the next append of it must find. */
export interface LastSequences {
  /** 0 when the subject has no facts that the writer knows of. */
  of(subject: string): number;
  set(subject: string, sequence: number): void;
  /** Drops the subjects of contacts that are not remembered any more. */
  keepContacts(isRemembered: (contactId: string) => boolean): void;
  entries(): [string, number][];
}

export function createLastSequences(entries: readonly [string, number][] = []): LastSequences {
  const sequences = new Map(entries);
  return {
    of: (subject) => sequences.get(subject) ?? 0,
    set: (subject, sequence) => void sequences.set(subject, sequence),
    keepContacts(isRemembered) {
      for (const subject of sequences.keys()) if (subject.startsWith('contact:') && !isRemembered(subject.slice('contact:'.length))) sequences.delete(subject);
    },
    entries: () => [...sequences],
  };
}
