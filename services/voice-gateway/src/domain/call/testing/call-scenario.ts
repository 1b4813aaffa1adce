import { EndReason, Party, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { arrive } from '../arrive.ts';
import type { CallFact } from '../call-fact.ts';
import type { CallEffect, CallEvent, CallState } from '../call-state.ts';
import { decideCall } from '../decide-call.ts';

/** A fact in short. */
export function factBrief(fact: CallFact): string {
  switch (fact.name) {
    case 'LegStarted':
    case 'LegRang':
    case 'LegAnswered':
      return `${fact.name} ${fact.event.legId}`;
    case 'LegEnded':
      return `LegEnded ${fact.event.legId} ${fact.event.sipStatus} ${fact.event.endedBy}`;
    case 'RoutingWithdrawn':
      return `RoutingWithdrawn ${Object.keys(WithdrawalReason).find((key) => WithdrawalReason[key as keyof typeof WithdrawalReason] === fact.event.reason)}`;
    case 'ContactEnded': {
      const name = (table: object, value: number) => Object.entries(table).find(([, one]) => one === value)?.[0];
      return `ContactEnded ${name(Party, fact.event.by)} ${name(EndReason, fact.event.reason)}${fact.event.code === '' ? '' : ` ${fact.event.code}`}`;
    }
    default:
      return fact.name;
  }
}

function brief(effect: CallEffect): string {
  switch (effect.kind) {
    case 'append':
      return `append: ${effect.facts.map(factBrief).join(', ')}`;
    case 'release':
      return `release ${effect.legs.join('+')}: ${effect.facts.map(factBrief).join(', ')}`;
    case 'dial':
      return `dial ${effect.legId} for ${effect.offerId} to ${effect.agentId}`;
    case 'accept':
    case 'abandonAccept':
      return `${effect.kind} ${effect.offerId}`;
    case 'reject':
      return `reject ${effect.offerId} ${effect.reason}`;
    case 'fail':
      return `fail ${effect.offerId} ${effect.code}`;
    case 'dropAgent':
    case 'bridge':
      return `${effect.kind} ${effect.legId}`;
    case 'announce':
      return `announce ${effect.what}`;
    default:
      return effect.kind;
  }
}

/** Runs a call and tells what each event made it do. */
export class CallScenario {
  state: CallState = arrive({ contactId: 'c', conversationId: 'v', entryPoint: 'hotline', callerNumber: '13800001234', callerName: '', customer: undefined, attributes: {}, sipCallId: 'x', remote: 'sip:a@b' }).state;

  do(event: CallEvent): string[] {
    const step = decideCall(this.state, event);
    this.state = step.state;
    return step.effects.map(brief);
  }

  all(...events: CallEvent[]): this {
    for (const event of events) this.do(event);
    return this;
  }
}

/** Events as they come in most calls. */
export const answered: CallEvent = { kind: 'customerAnswered', codec: 'PCMA' };
export const wanted: CallEvent = { kind: 'routingWanted', requestId: 'r1', queue: 'billing', plan: '', priority: 0, skills: [] };
export const offered = (offerId = 'o1', epoch = 5n, agentId = 'anna'): CallEvent => ({ kind: 'offered', requestId: 'r1', offerId, agentId, epoch, expiresAtMs: 20_000 });
export const dialled = (legId = 'agent-1'): CallEvent => ({ kind: 'agentDialled', legId, sipCallId: 'y', remote: 'sip:1001@phone' });
export const rang = (legId = 'agent-1'): CallEvent => ({ kind: 'agentRang', legId });
export const agentAnswered = (legId = 'agent-1'): CallEvent => ({ kind: 'agentAnswered', legId, codec: 'PCMU' });
export const accepted = (offerId = 'o1'): CallEvent => ({ kind: 'accepted', offerId, assignmentId: 'a1' });
export const assigned = (offerId = 'o1', epoch = 5n): CallEvent => ({ kind: 'assigned', offerId, assignmentId: 'a1', agentId: 'anna', epoch });
export const customerBye: CallEvent = { kind: 'customerEnded', sipStatus: 200, endedBy: 'customer' };
export const agentBye = (legId = 'agent-1'): CallEvent => ({ kind: 'agentEnded', legId, sipStatus: 200, endedBy: 'agent' });

/** A call that waits, rings anna, or talks with her. */
export const waiting = () => new CallScenario().all(answered, wanted);
export const ringing = () => waiting().all(offered(), dialled(), rang());
export const talking = () => ringing().all(agentAnswered(), accepted());
