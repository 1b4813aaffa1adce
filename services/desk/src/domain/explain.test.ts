import { expect, test } from '@jest/globals';
import { Contact } from '@patchbay/contracts/crm/v1/contact_service';
import { AgentChoice } from '@patchbay/contracts/directory/v1/resource';
import { ExplainOfferResponse, ExplainWaitingResponse, WaitingContact } from '@patchbay/contracts/routing/v1/routing_service';
import { offerExplanation, waitingContact, waitingExplanation } from './explain.ts';

const nameOf = (agentId: string) => `Agent ${agentId}`;

test('who is left out is told by reason, most first, with the first names and the whole number', () => {
  const agents = [
    { agentId: 'free', place: 1, inHand: 1, score: 0 },
    { agentId: 'late', leftOut: 'passed_over', until: new Date(5_000) },
    ...Array.from({ length: 900 }, (_, index) => ({ agentId: `out-${index}`, leftOut: 'signed_out' })),
  ];
  const view = waitingExplanation(ExplainWaitingResponse.fromPartial({ agents, ahead: 3, waitsAs: { queue: 'billing' }, expectedWait: { p50Ms: 40_000n, p90Ms: 90_000n } }), nameOf);
  expect(view.candidates).toEqual([{ agentId: 'free', name: 'Agent free', place: 1, score: 0, inHand: 1, idleSinceMs: null }]);
  expect(view.leftOut.map(({ reason, count, agents: some }) => [reason, count, some.length])).toEqual([['signed_out', 900, 12], ['passed_over', 1, 1]]);
  expect(view.leftOut[1]?.agents).toEqual([{ agentId: 'late', name: 'Agent late', untilMs: 5_000 }]);
  expect(view).toMatchObject({ queue: 'billing', ahead: 3, expectedWait: { p50Ms: 40_000, p90Ms: 90_000 }, movesOnMs: null });
});

test('an offer names the choice of the queue; the one that is not said is the default', () => {
  expect(offerExplanation(ExplainOfferResponse.fromPartial({ agentId: 'a', choice: AgentChoice.LONGEST_IDLE, passedContacts: ['c'] }), nameOf)).toMatchObject({ name: 'Agent a', choice: 'longest_idle', passedContacts: 1 });
  expect(offerExplanation(ExplainOfferResponse.fromPartial({}), nameOf)).toMatchObject({ choice: 'least_in_hand', namedBy: '' });
  expect(offerExplanation(ExplainOfferResponse.fromPartial({ namedBy: 'user:lead' }), nameOf).namedBy).toBe('lead');
});

test('the list of those who wait shows masked numbers, and goes without them while crm is away', () => {
  const waiting = WaitingContact.fromPartial({ contactId: 'c', place: 2, because: 'ringing', agentId: 'a', enqueuedAt: new Date(7) });
  const record = Contact.fromPartial({ contactId: 'c', customer: { type: 'tel', address: '13812348888' } });
  expect(waitingContact(waiting, record, nameOf)).toMatchObject({ customer: { address: '138****8888' }, enqueuedMs: 7, place: 2, because: 'ringing', agentName: 'Agent a' });
  expect(waitingContact(waiting, undefined, nameOf)).toMatchObject({ contactId: 'c', customer: { address: '' }, summary: '' });
});
