import type { WindowGrant } from './channel-adapter.ts';

/** Grants that are left. Plain data: it is part of the contact's state and of its snapshots. */
export type WindowLedger = readonly OpenGrant[];

/** One grant with what is left of it. */
export interface OpenGrant {
  readonly trigger: string;
  /** Messages left; null for no limit (JSON has no Infinity). */
  readonly left: number | null;
  /** Milliseconds since the Unix epoch; null for no end. */
  readonly untilMs: number | null;
}

/** Whether a message may go out now, and how many more until when. */
export type CanSend =
  | { readonly kind: 'open'; readonly left: number; readonly untilMs: number }
  /** No grant is running: the customer has to write first. */
  | { readonly kind: 'window_closed' }
  /** A grant is running but its messages are used. */
  | { readonly kind: 'quota_used' };

const leftOf = (grant: OpenGrant) => grant.left ?? Infinity;
const untilOf = (grant: OpenGrant) => grant.untilMs ?? Infinity;

/** Adds a grant given at `atMs`; an older one of the same trigger is replaced. */
export function addGrant(ledger: WindowLedger, grant: WindowGrant, atMs: number): WindowLedger {
  const untilMs = atMs + grant.durationMs;
  const added: OpenGrant = {
    trigger: grant.trigger,
    left: Number.isFinite(grant.messages) ? grant.messages : null,
    untilMs: Number.isFinite(untilMs) ? untilMs : null,
  };
  return [...ledger.filter((old) => old.trigger !== grant.trigger && untilOf(old) > atMs), added];
}

/** Takes one message out of the grant that ends first. A message over the quota changes nothing. */
export function useGrant(ledger: WindowLedger, atMs: number): WindowLedger {
  const [first] = ledger.filter((grant) => untilOf(grant) > atMs && leftOf(grant) > 0).toSorted((a, b) => untilOf(a) - untilOf(b));
  if (first === undefined || first.left === null) return ledger;
  const left = first.left - 1;
  return ledger.map((grant) => (grant === first ? { ...grant, left } : grant));
}

/** Whether a message may go out at `nowMs`. The end of a grant is outside it. */
export function canSend(ledger: WindowLedger, nowMs: number): CanSend {
  const running = ledger.filter((grant) => untilOf(grant) > nowMs);
  if (running.length === 0) return { kind: 'window_closed' };
  const left = running.reduce((sum, grant) => sum + leftOf(grant), 0);
  if (left <= 0) return { kind: 'quota_used' };
  return { kind: 'open', left, untilMs: Math.max(...running.filter((grant) => leftOf(grant) > 0).map(untilOf)) };
}
