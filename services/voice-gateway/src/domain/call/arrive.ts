import { Direction } from '@patchbay/contracts/contact/v1/contact';
import type { CallFact } from './call-fact.ts';
import { newCall, type CallState } from './call-state.ts';
import { advanceLeg } from './leg.ts';

/** How sure the number of a caller makes who calls, 0 to 1: a trunk asserts a number, it does not prove it. */
const numberConfidence = 0.5;

/** A customer whom the centre knows by the number. */
export interface KnownCaller {
  /** Customer resource. */
  readonly customerId: string;
  /** 0 to 100. */
  readonly value: number;
}

/** Who calls whom. */
export interface Arrival {
  readonly contactId: string;
  readonly conversationId: string;
  readonly entryPoint: string;
  /** Digits of E.164 without `+`; empty when the caller hides. */
  readonly callerNumber: string;
  readonly callerName: string;
  /** Undefined for a number that no customer has. */
  readonly customer: KnownCaller | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly sipCallId: string;
  /** The caller's SIP address. */
  readonly remote: string;
}

function identified({ contactId, customer }: Arrival): CallFact[] {
  if (customer === undefined) return [];
  const event = { contactId, customerId: customer.customerId, confidence: numberConfidence, customerValue: customer.value };
  return [{ name: 'ContactIdentified', event }];
}

/** A call that came in: its first facts, to be stored before it is answered. */
export function arrive(arrival: Arrival): { readonly state: CallState; readonly facts: readonly CallFact[] } {
  const { contactId, sipCallId, remote } = arrival;
  const state = newCall(contactId);
  const { leg, facts } = advanceLeg(state.customer, contactId, { kind: 'started', sipCallId, remote, inbound: true });
  const started = {
    contactId,
    conversationId: arrival.conversationId,
    channel: 'voice',
    direction: Direction.INBOUND,
    entryPoint: arrival.entryPoint,
    customer: { type: 'tel', address: arrival.callerNumber, displayName: arrival.callerName, verified: false },
    attributes: Object.entries(arrival.attributes).map(([name, value]) => ({ name, value })),
    parentContactId: '',
    summary: '',
  };
  return { state: { ...state, customer: leg }, facts: [{ name: 'ContactStarted', event: started }, ...identified(arrival), ...facts] };
}
