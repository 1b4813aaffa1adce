import type { AnyFact } from '@patchbay/bus/fact';
import type { EventType } from '@patchbay/contracts/event-types';
import { recallContact } from './domain/contact-memory.ts';
import type { RoutingFact } from './domain/facts.ts';
import type { RoutingInput } from './domain/inputs.ts';
import { takeNote } from './domain/perform.ts';
import type { RoutingState } from './domain/state.ts';

/** Facts of contacts that routing acts on. */
export const contactInputTypes = [
  'patchbay.contact.v1.RoutingRequested',
  'patchbay.contact.v1.RoutingWithdrawn',
  'patchbay.contact.v1.ContactConnected',
  'patchbay.contact.v1.CallBackFailed',
  'patchbay.contact.v1.ContactEnded',
  'patchbay.contact.v1.ContactIdentified',
  'patchbay.message.v1.MessageReceived',
  'patchbay.message.v1.MessageSent',
] as const satisfies readonly EventType[];

/** The input that a contact's fact is; undefined for facts that routing does not act on. */
export function toRoutingInput(fact: AnyFact): RoutingInput | undefined {
  switch (fact.type) {
    case 'patchbay.contact.v1.RoutingRequested':
      return { kind: 'RoutingRequested', event: fact.event, timeMs: fact.timeMs };
    case 'patchbay.contact.v1.RoutingWithdrawn':
      return { kind: 'RoutingWithdrawn', event: fact.event };
    case 'patchbay.contact.v1.ContactConnected':
      return { kind: 'ContactConnected', event: fact.event };
    case 'patchbay.contact.v1.CallBackFailed':
      return { kind: 'CallBackFailed', event: fact.event };
    case 'patchbay.contact.v1.ContactEnded':
      return { kind: 'ContactEnded', event: fact.event };
    case 'patchbay.contact.v1.ContactIdentified':
      return { kind: 'ContactIdentified', event: fact.event };
    case 'patchbay.message.v1.MessageReceived':
      return { kind: 'MessageReceived', event: fact.event };
    case 'patchbay.message.v1.MessageSent':
      return { kind: 'MessageSent', event: fact.event };
    default:
      return undefined;
  }
}

/** Whether a fact is one that routing writes. */
export function isRoutingFact(fact: AnyFact): fact is AnyFact & RoutingFact {
  return fact.domain === 'routing' || fact.domain === 'agent' || fact.domain === 'queue';
}

/**
 * Takes a contact's whole story in before a request of it that may have come before, or late: what ended stays ended.
 * Gives the last sequence of its facts of domain `routing`, 0 for none.
 */
export function recallStory(state: RoutingState, contactId: string, story: readonly AnyFact[]): number {
  recallContact(state, contactId, story.filter(isRoutingFact));
  for (const fact of story) {
    const input = toRoutingInput(fact);
    if (input !== undefined && input.kind !== 'RoutingRequested') takeNote(state, input);
  }
  return story.filter((fact) => fact.domain === 'routing').at(-1)?.sequence ?? 0;
}
