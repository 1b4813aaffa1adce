import { isSurgeFact, type RoutingFact } from './domain/facts.ts';

/** What kind of aggregate a fact is about. */
export function aggregateOf({ type }: Pick<RoutingFact, 'type'>): 'agent' | 'queue' | 'surge' | 'contact' {
  if (isSurgeFact({ type })) return 'surge';
  if (type.startsWith('patchbay.agent.')) return 'agent';
  return type.startsWith('patchbay.queue.') ? 'queue' : 'contact';
}

/** Subject of a fact within a tenant, as the table of last sequences names it. */
export function subjectOf(fact: Pick<RoutingFact, 'type' | 'key'>): string {
  return `${aggregateOf(fact)}:${fact.key}`;
}

/** Contact that a fact is about; undefined for those about nobody but an agent or a queue. */
export function contactOf(fact: RoutingFact): string | undefined {
  if (aggregateOf(fact) === 'contact') return fact.key;
  return 'contactId' in fact.event && fact.event.contactId !== '' ? fact.event.contactId : undefined;
}

/** What the writer knows of each subject besides the state: its last sequence, which the next append must find, and its trace. */
export interface LastSequences {
  /** 0 when the subject has no facts that the writer knows of. */
  of(subject: string): number;
  set(subject: string, sequence: number): void;
  /** W3C trace context of a contact's first fact here; undefined when it is not known. */
  traceOf(contactId: string): string | undefined;
  /** Notes the trace of a contact; the first one stays. */
  noteTrace(contactId: string, traceparent: string | undefined): void;
  /** Drops the subjects of contacts that are not remembered any more. */
  keepContacts(isRemembered: (contactId: string) => boolean): void;
  entries(): [string, number][];
  traces(): [string, string][];
}

/** Traces noted at most; those noted first go first. */
const keptTraces = 50_000;

export function createLastSequences(entries: readonly [string, number][] = [], noted: readonly [string, string][] = []): LastSequences {
  const sequences = new Map(entries);
  const traces = new Map(noted);
  return {
    of: (subject) => sequences.get(subject) ?? 0,
    set: (subject, sequence) => void sequences.set(subject, sequence),
    keepContacts(isRemembered) {
      for (const subject of sequences.keys()) if (subject.startsWith('contact:') && !isRemembered(subject.slice('contact:'.length))) sequences.delete(subject);
      for (const contactId of traces.keys()) if (!isRemembered(contactId)) traces.delete(contactId);
    },
    traceOf: (contactId) => traces.get(contactId),
    noteTrace(contactId, traceparent) {
      if (traceparent === undefined || traces.has(contactId)) return;
      traces.set(contactId, traceparent);
      const [first] = traces.keys();
      if (traces.size > keptTraces && first !== undefined) traces.delete(first);
    },
    entries: () => [...sequences],
    traces: () => [...traces],
  };
}
