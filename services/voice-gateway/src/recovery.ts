import type { AnyFact } from '@patchbay/bus/fact';
import { EndReason, Party, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { AppError } from '@patchbay/runtime/app-error';
import { sleep, type Clock } from '@patchbay/runtime/clock';
import { deterministicId } from '@patchbay/runtime/ids';
import type { Logger } from '@patchbay/runtime/logger';
import type { CallFact } from './domain/call/call-fact.ts';
import type { FactStore, LastSequences } from './ports.ts';

/** A call that a gateway held. */
export interface OpenCall {
  readonly tenant: string;
  readonly contactId: string;
  /** Whether it is a call-back that has not ended. */
  readonly callBack?: boolean;
}

/** Calls whose gateway is gone. */
export interface LostCalls {
  /** Calls of gateways that give no sign of life, as seen now. */
  lost(): readonly OpenCall[];
  remove(contactId: string): Promise<void>;
}

/** What the record says of a lost call. */
export interface CallRecord {
  /** When it began; undefined when nothing was stored. */
  readonly startedMs: number | undefined;
  /** W3C trace context of its start. */
  readonly home: string | undefined;
  readonly ended: boolean;
  /** The request that is neither assigned nor otherwise over. */
  readonly openRequestId: string | undefined;
  /** Customer and agent were connected. */
  readonly connected: boolean;
  /** The assignment under which the customer of a call-back is being called; undefined when nobody is. */
  readonly tried: string | undefined;
  /** Legs without an end. */
  readonly openLegs: readonly string[];
  readonly last: LastSequences;
}

/** Reads the record of a contact. */
export interface CallRecords {
  read(call: OpenCall): Promise<CallRecord>;
  /** Its facts of the domains contact, voice and routing, in order. */
  facts(call: OpenCall): Promise<readonly AnyFact[]>;
}

/** What recovery works with. */
export interface RecoveryOptions {
  readonly lostCalls: LostCalls;
  readonly records: Pick<CallRecords, 'read'>;
  readonly facts: FactStore;
  readonly clock: Clock;
  readonly log: Logger;
}

const code = 'VOICE_GATEWAY_LOST';
const appendTimeoutMs = 5_000;

/** The facts that end a lost call; of a call-back that was not connected only the try is over. */
export function factsOfLoss({ contactId, callBack }: Pick<OpenCall, 'contactId' | 'callBack'>, record: CallRecord): readonly CallFact[] {
  if (record.ended) return [];
  const { openRequestId: requestId, tried } = record;
  const legs = record.openLegs.map((legId) => ({ name: 'LegEnded', event: { contactId, legId, sipStatus: 0, endedBy: 'failed' } }) as const);
  if (callBack === true && !record.connected) return [...legs, ...(tried === undefined ? [] : [{ name: 'CallBackFailed', event: { contactId, assignmentId: tried, code } } as const])];
  if (record.startedMs === undefined) return [];
  return [
    ...(requestId === undefined ? [] : [{ name: 'RoutingWithdrawn', event: { contactId, requestId, reason: WithdrawalReason.FAILED } } as const]),
    ...legs,
    { name: 'ContactEnded', event: { contactId, by: Party.SYSTEM, reason: EndReason.FAILED, code } },
  ];
}

/**
 * Ends the calls of gateways that died. Several gateways may find the same call: the ids of the facts follow from the
 * contact, and the batch is only stored on top of what was read, so it is stored once.
 */
export async function endLostCalls({ lostCalls, records, facts, clock, log }: RecoveryOptions): Promise<number> {
  let ended = 0;
  for (const call of lostCalls.lost()) {
    const { tenant, contactId } = call;
    try {
      const record = await records.read(call);
      const stamped = factsOfLoss(call, record).map((fact, index) => ({ ...fact, id: deterministicId(record.startedMs ?? 0, code, contactId, ...(call.callBack === true ? [String(record.last.voice)] : []), String(index)), timeMs: clock.nowMs() }));
      if (stamped.length > 0) {
        await facts.append({ tenant, contactId, facts: stamped, after: record.last, timeoutMs: appendTimeoutMs, home: record.home });
        log.warn('call of a lost gateway was ended', { contactId });
        ended += 1;
      }
      await lostCalls.remove(contactId);
    } catch (error) {
      // Seen again at the next round, if nobody else was faster.
      log.warn('call of a lost gateway was not ended', { error: AppError.from(error), contactId });
    }
  }
  return ended;
}

const lookEveryMs = 1_000;

/** Looks for lost calls again and again. */
export function startRecovery(options: RecoveryOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await endLostCalls(options);
      // The loop's condition looks at the signal.
      await sleep(options.clock, lookEveryMs, stopping.signal).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}
