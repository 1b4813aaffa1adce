import type { Party } from '@patchbay/contracts/contact/v1/contact';
import type { CallFact } from './call-fact.ts';

/** Who ended a leg, in the words of `LegEnded`. */
export type EndedBy = 'customer' | 'agent' | 'gateway' | 'timeout' | 'failed';

/** One leg as the record sees it. `new`: nothing is on the wire yet. */
export interface Leg {
  readonly legId: string;
  readonly party: typeof Party.CUSTOMER | typeof Party.AGENT;
  /** The agent; empty for the customer's leg. */
  readonly agentId: string;
  readonly stage: 'new' | 'set-up' | 'ringing' | 'answered' | 'ended';
}

/** What happened to a leg. */
export type LegEvent =
  | { readonly kind: 'started'; readonly sipCallId: string; readonly remote: string; readonly inbound: boolean }
  | { readonly kind: 'rang' }
  | { readonly kind: 'answered'; readonly codec: string }
  | { readonly kind: 'ended'; readonly sipStatus: number; readonly endedBy: EndedBy };

/** The leg afterwards, and the facts to write. */
export interface LegStep {
  readonly leg: Leg;
  readonly facts: readonly CallFact[];
}

const order = ['new', 'set-up', 'ringing', 'answered', 'ended'] as const;
const stageAfter = { started: 'set-up', rang: 'ringing', answered: 'answered', ended: 'ended' } as const;

/**
 * Takes one leg further. Each stage is told at most once and never backwards, so events that come twice or too late
 * (a 180 after the 200, a BYE that crosses ours) change nothing; a leg that never was on the wire ends without a word.
 */
export function advanceLeg(leg: Leg, contactId: string, event: LegEvent): LegStep {
  const stage = stageAfter[event.kind];
  if (order.indexOf(stage) <= order.indexOf(leg.stage) || (event.kind !== 'started' && event.kind !== 'ended' && leg.stage === 'new')) return { leg, facts: [] };
  const next: Leg = { ...leg, stage };
  const { legId, party, agentId } = leg;
  switch (event.kind) {
    case 'started': {
      const { sipCallId, remote, inbound } = event;
      return { leg: next, facts: [{ name: 'LegStarted', event: { contactId, legId, party, agentId, sipCallId, remote, inbound } }] };
    }
    case 'rang':
      return { leg: next, facts: [{ name: 'LegRang', event: { contactId, legId } }] };
    case 'answered':
      return { leg: next, facts: [{ name: 'LegAnswered', event: { contactId, legId, codec: event.codec } }] };
    case 'ended':
      return { leg: next, facts: leg.stage === 'new' ? [] : [{ name: 'LegEnded', event: { contactId, legId, sipStatus: event.sipStatus, endedBy: event.endedBy } }] };
  }
}
