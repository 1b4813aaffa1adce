import type { BusConnection } from '@patchbay/bus/connection';
import type { AnyFact } from '@patchbay/bus/fact';
import { domains } from '@patchbay/bus/subjects';
import { factRange, watchFacts } from '@patchbay/bus/watch-facts';
import { eventually } from '@patchbay/testkit/eventually';

/** The story so far, kept up to date without any service. */
export interface History {
  /** Every fact, in order; grows. */
  readonly facts: readonly AnyFact[];
  /** Resolves once everything is there that the stream holds now. */
  upToDate(): Promise<readonly AnyFact[]>;
  stop(): Promise<void>;
}

/** Follows a tenant's facts from the first one. */
export function followHistory(bus: BusConnection, tenant: string): History {
  const facts: AnyFact[] = [];
  const stop = new AbortController();
  const following = (async () => {
    for await (const fact of watchFacts(bus, { tenant, domains, fromSequence: 1, signal: stop.signal })) facts.push(fact);
  })();
  return {
    facts,
    async upToDate() {
      const { last } = await factRange(bus);
      return eventually('the history to be up to date', () => (last === 0 || (facts.at(-1)?.sequence ?? 0) >= last) && facts);
    },
    async stop() {
      stop.abort();
      await following;
    },
  };
}

/** Facts that end a request for an agent, or an assignment. */
const requestEnds = new Set(['ContactAbandoned', 'ContactRefused', 'RoutingExpired', 'RoutingClosed', 'CallBackScheduled']);

const nameOf = (fact: AnyFact): string => fact.type.split('.').at(-1) ?? '';

/** What is wrong with a history; empty when every contact ended once and none was given to two agents at a time. */
export function faultsOf(history: readonly AnyFact[]): string[] {
  const byContact = new Map<string, AnyFact[]>();
  for (const fact of history) {
    if (!['contact', 'routing', 'message', 'voice', 'recording', 'quality'].includes(fact.domain)) continue;
    byContact.set(fact.key, [...(byContact.get(fact.key) ?? []), fact]);
  }
  return [...byContact].flatMap(([contactId, facts]) => contactFaults(contactId, facts));
}

function contactFaults(contactId: string, facts: readonly AnyFact[]): string[] {
  const faults: string[] = [];
  const count = (name: string) => facts.filter((fact) => nameOf(fact) === name).length;
  const tell = (what: string) => faults.push(`${contactId}: ${what} (${facts.map(nameOf).join(' ')})`);
  if (count('ContactStarted') !== 1) tell(`started ${count('ContactStarted')} times`);
  if (count('ContactEnded') !== 1) tell(`ended ${count('ContactEnded')} times`);
  const requests = new Map<string, number>();
  const open = new Set<string>();
  for (const fact of facts) {
    if (fact.type === 'patchbay.contact.v1.RoutingRequested') requests.set(fact.event.requestId, 0);
    if (fact.type === 'patchbay.routing.v1.ContactAssigned') {
      requests.set(fact.event.requestId, (requests.get(fact.event.requestId) ?? 0) + 1);
      open.add(fact.event.assignmentId);
      if (open.size > 1) tell('assigned twice at a time');
    }
    if (fact.type === 'patchbay.routing.v1.AssignmentClosed' && !open.delete(fact.event.assignmentId)) tell('closed an assignment twice');
    if (requestEnds.has(nameOf(fact))) {
      const { requestId } = fact.event as { requestId: string };
      requests.set(requestId, (requests.get(requestId) ?? 0) + 1);
    }
  }
  if (open.size > 0) tell('has an open assignment');
  for (const [requestId, ends] of requests) if (ends !== 1) tell(`request ${requestId} ended ${ends} times`);
  if (new Set(facts.map(({ id }) => id)).size !== facts.length) tell('has a fact twice');
  return faults;
}
