import { Direction, type Attribute, type Requirement } from '@patchbay/contracts/contact/v1/contact';
import type { CallFact } from './call-fact.ts';
import type { KnownCaller } from './arrive.ts';

/** A call-back that somebody wants. */
export interface CallBackWish {
  readonly entryPoint: string;
  readonly queue: string;
  /** Digits of E.164 without `+`; empty only for a message of a caller who hides. */
  readonly number: string;
  readonly name: string;
  readonly requirement: Requirement | undefined;
  /** Seconds of waiting that it is worth. */
  readonly priority: number;
  /** Its place in line; undefined for a place at the end. */
  readonly firstEnqueuedAt: Date | undefined;
  readonly dueAt: Date | undefined;
  /** The call that it grew out of; empty for none. */
  readonly parentContactId: string;
  readonly conversationId: string;
  readonly attributes: readonly Attribute[];
  /** 1 to 3; 0 for routing's default. */
  readonly maxAttempts: number;
  /** Seconds; 0 for routing's default. */
  readonly spacingSeconds: number;
  readonly customer: KnownCaller | undefined;
}

/** The first facts of a call-back: a contact of its own that asks for an agent. */
export function planCallBack({ contactId, requestId }: { readonly contactId: string; readonly requestId: string }, wish: CallBackWish): readonly CallFact[] {
  const { number, name, customer, maxAttempts, spacingSeconds, dueAt } = wish;
  const started = {
    contactId,
    conversationId: wish.conversationId,
    channel: 'voice',
    direction: Direction.OUTBOUND,
    entryPoint: wish.entryPoint,
    customer: { type: 'tel', address: number, displayName: name, verified: false },
    attributes: [...wish.attributes],
    parentContactId: wish.parentContactId,
    summary: '',
  };
  const requested = {
    contactId,
    requestId,
    queue: wish.queue,
    requirement: wish.requirement,
    priority: wish.priority,
    preferredAgentId: '',
    firstEnqueuedAt: wish.firstEnqueuedAt,
    channel: 'voice',
    plan: '',
    leftMessage: false,
    callBack: { dueAt, numberConfirmed: true, maxAttempts, spacingSeconds },
  };
  const known = customer === undefined ? [] : [{ name: 'ContactIdentified', event: { contactId, customerId: customer.customerId, confidence: 1, customerValue: customer.value } } as const];
  return [{ name: 'ContactStarted', event: started }, ...known, { name: 'RoutingRequested', event: requested }];
}
