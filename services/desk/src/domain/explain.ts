import type { Contact } from '@patchbay/contracts/crm/v1/contact_service';
import { AgentChoice } from '@patchbay/contracts/directory/v1/resource';
import type { AgentExplanation, ExplainOfferResponse, ExplainWaitingResponse, PressingPromise, WaitingContact } from '@patchbay/contracts/routing/v1/routing_service';
import type { CandidateView, LeftOutView, OfferExplanationView, PressingPromiseView, WaitingContactView, WaitingExplanationView } from './explanation-views.ts';
import { promiseKinds } from './promise-facts.ts';
import { historyView } from './record-views.ts';
import { msOf } from './story.ts';
import type { CustomerView } from './views.ts';

/** Candidates, and agents of one reason, that are named: a centre of a thousand is told in counts. */
const mostNamed = 12;

const choices: Record<number, string> = {
  [AgentChoice.LONGEST_IDLE]: 'longest_idle',
  [AgentChoice.LEAST_OCCUPIED]: 'least_occupied',
  [AgentChoice.FEWEST_CONTACTS]: 'fewest_contacts',
  [AgentChoice.ROUND_ROBIN]: 'round_robin',
  [AgentChoice.LINEAR]: 'linear',
  [AgentChoice.RING_ALL]: 'ring_all',
  [AgentChoice.BEST_PROFICIENCY]: 'best_proficiency',
  [AgentChoice.LEAST_SKILLED]: 'least_skilled',
};

/** Gives the name of an agent for people. */
export type NameOf = (agentId: string) => string;

function candidatesOf(agents: readonly AgentExplanation[], nameOf: NameOf): CandidateView[] {
  return agents
    .filter(({ place }) => place > 0)
    .slice(0, mostNamed)
    .map(({ agentId, place, score, inHand, idleSince }) => ({ agentId, name: nameOf(agentId), place, score, inHand, idleSinceMs: msOf(idleSince) }));
}

function leftOutOf(agents: readonly AgentExplanation[], nameOf: NameOf): LeftOutView[] {
  const byReason = Map.groupBy(
    agents.filter(({ leftOut }) => leftOut !== ''),
    ({ leftOut }) => leftOut,
  );
  return [...byReason]
    .map(([reason, some]) => ({ reason, count: some.length, agents: some.slice(0, mostNamed).map(({ agentId, until }) => ({ agentId, name: nameOf(agentId), untilMs: msOf(until) })) }))
    .sort((left, right) => right.count - left.count);
}

/** Why a contact is still waiting, as the wall tells it. */
export function waitingExplanation(response: ExplainWaitingResponse, nameOf: NameOf): WaitingExplanationView {
  const { expectedWait, agents } = response;
  return {
    queue: response.waitsAs?.queue ?? '',
    ahead: response.ahead,
    openOffers: response.openOffers.length,
    candidates: candidatesOf(agents, nameOf),
    leftOut: leftOutOf(agents, nameOf),
    waitsForPreferredUntilMs: msOf(response.waitsForPreferredUntil),
    nextRelaxationMs: msOf(response.nextRelaxationAt),
    movesOnMs: msOf(response.movesOnAt),
    expectedWait: expectedWait === undefined ? null : { p50Ms: Number(expectedWait.p50Ms), p90Ms: Number(expectedWait.p90Ms) },
  };
}

/** Why an offer went to its agent, as desk and wall tell it. */
export function offerExplanation(response: ExplainOfferResponse, nameOf: NameOf): OfferExplanationView {
  return {
    agentId: response.agentId,
    name: nameOf(response.agentId),
    offeredMs: msOf(response.offeredAt) ?? 0,
    queue: response.waitedAs?.queue ?? '',
    namedBy: response.namedBy.replace(/^user:/, ''),
    choice: choices[response.choice] ?? 'least_in_hand',
    candidates: candidatesOf(response.agents, nameOf),
    leftOut: leftOutOf(response.agents, nameOf),
    passedContacts: response.passedContacts.length,
    centreChanged: response.centreChanged,
  };
}

/** @param record what crm has of it; undefined while crm has not seen it, or is away */
function whoOf(record: Contact | undefined): { customer: CustomerView; summary: string } {
  return record === undefined ? { customer: { type: '', address: '', displayName: '', verified: false }, summary: '' } : historyView(record, '');
}

/**
 * A contact of the waiting list.
 * @param record what crm has of it; undefined while crm has not seen it, or is away
 */
export function waitingContact(waiting: WaitingContact, record: Contact | undefined, nameOf: NameOf): WaitingContactView {
  const { contactId, channel, place, priority, because, agentId } = waiting;
  const { customer, summary } = whoOf(record);
  return { contactId, channel, customer, summary, place, priority, because, enqueuedMs: msOf(waiting.enqueuedAt) ?? 0, untilMs: msOf(waiting.until), agentName: agentId === '' ? '' : nameOf(agentId) };
}

/** A promise that somebody should look at. */
export function pressingPromise({ contactId, channel, kind, broken, dueAt, agentId }: PressingPromise, record: Contact | undefined, nameOf: NameOf): PressingPromiseView {
  return { contactId, channel, ...whoOf(record), kind: promiseKinds[kind] ?? 'resolution', broken, dueMs: msOf(dueAt), agentId, agentName: agentId === '' ? '' : nameOf(agentId) };
}
