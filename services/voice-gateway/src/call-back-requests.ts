import { backoffMs } from '@patchbay/runtime/backoff';
import { AppError } from '@patchbay/runtime/app-error';
import { sleep, type Clock } from '@patchbay/runtime/clock';
import type { IdSource } from '@patchbay/runtime/ids';
import { traceparentOf, tracer } from '@patchbay/runtime/spans';
import type { CallBackEntry, CallBackRegistry } from './call-back-registry.ts';
import { planCallBack, type CallBackWish } from './domain/call/plan-call-back.ts';
import type { FactStore } from './ports.ts';

/** Takes call-backs on. */
export interface CallBackRequests {
  /**
   * Stores a call-back; rejects when it is not known to be stored within the limit, with BUS_STALE_WRITER when its contact is there
   * already.
   */
  request(tenant: string, wish: CallBackWish & { readonly voicemail: boolean; readonly contactId?: string }, limitMs: number): Promise<CallBackEntry>;
}

const appendTimeoutMs = 3_000;
const retryBackoff = { firstMs: 150, limitMs: 2_000 };

/** Call-backs are noted among the gateways first, then told: whoever hears of its offer knows whom to call. */
export function createCallBackRequests({ registry, facts, clock, ids }: { registry: CallBackRegistry; facts: FactStore; clock: Clock; ids: IdSource }): CallBackRequests {
  return {
    async request(tenant, wish, limitMs) {
      // Asked for twice at once under one contact, both are the same entry.
      const contactId = wish.contactId ?? ids.next();
      const requestId = wish.contactId ?? ids.next();
      const span = tracer().startSpan('call back asked for', { root: true, attributes: { 'patchbay.channel': 'voice', 'patchbay.contact_id': contactId } });
      const home = traceparentOf(span);
      span.end();
      const { number, name, entryPoint, queue, conversationId, parentContactId, voicemail, dueAt } = wish;
      const timeMs = clock.nowMs();
      const entry: CallBackEntry = { tenant, contactId, requestId, number, name, entryPoint, queue, conversationId, parentContactId, voicemail, requestedAtMs: timeMs, dueAtMs: dueAt?.getTime(), home };
      const stamped = planCallBack(entry, wish).map((fact) => ({ ...fact, id: ids.next(), timeMs }));
      const giveUpAtMs = clock.monotonicMs() + limitMs;
      for (let attempt = 1; ; attempt += 1) {
        try {
          await registry.enter(entry);
          await facts.append({ tenant, contactId, facts: stamped, after: { contact: 0, voice: 0 }, timeoutMs: appendTimeoutMs, home });
          return entry;
        } catch (thrown) {
          const error = AppError.from(thrown);
          // Somebody else stored it first: trying again finds the same.
          const isTaken = error.code === 'BUS_STALE_WRITER';
          if (isTaken || !error.retryable || clock.monotonicMs() >= giveUpAtMs) throw error;
          await sleep(clock, backoffMs(retryBackoff, attempt));
        }
      }
    },
  };
}
