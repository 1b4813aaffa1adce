import { IdempotentSend } from '@patchbay/contracts/channel/v1/capabilities';
import { AppError } from '@patchbay/runtime/app-error';
import { backoffMs } from '@patchbay/runtime/backoff';
import { sleep, type Clock } from '@patchbay/runtime/clock';
import { abortable, deadlineSignal } from '@patchbay/runtime/deadline';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import type { ChannelAdapter, SendOutcome, SendRequest } from './channel-adapter.ts';
import type { KeyValue } from './channel-bus.ts';
import { channelError } from './errors.ts';
import { attemptKey, idempotencyKeyOf } from './keys.ts';
import { channelMetrics } from './metrics.ts';
import { createRateLimit } from './rate-limit.ts';

/** One message to be carried to the platform in one or more calls. */
export interface Delivery {
  readonly commandId: string;
  /** Content of each call, in order. */
  readonly calls: readonly SendRequest['content'][];
  readonly request: Omit<SendRequest, 'idempotencyKey' | 'part' | 'content' | 'attempt' | 'signal'>;
  /** Milliseconds since the Unix epoch; undefined for no limit. */
  readonly notAfterMs: number | undefined;
  /** Aborts when the process stops: waits for another try end, a call in hand goes on to its deadline. */
  readonly stopping: AbortSignal;
}

/** How a message ended. */
export type DeliveryOutcome =
  | { readonly kind: 'sent'; readonly platformMessageIds: readonly string[] }
  | { readonly kind: 'failed'; readonly code: string; readonly platformCode: string }
  | { readonly kind: 'expired'; readonly code: 'not_after' | 'window_closed' | 'quota_used' }
  | { readonly kind: 'unknown'; readonly code: string };

/** Carries messages to the platform. */
export interface PlatformCalls {
  /** Makes the calls that were not made yet. CHANNEL_STOPPING when the process stops before the message ended. */
  deliver(delivery: Delivery): Promise<DeliveryOutcome>;
}

/** Kept before a call that must not be made twice, so that a process that takes over knows that it was begun. */
interface AttemptMark {
  /** Platform ids of the calls that were answered. */
  readonly done: readonly string[];
  /** Whether the next call was begun and no answer came. */
  readonly begun: boolean;
}

const noMark: AttemptMark = { done: [], begun: false };
const slack = 1_000;

/** Creates the caller of an adapter's `send`. */
export function createPlatformCalls(dependencies: {
  adapter: Pick<ChannelAdapter, 'manifest' | 'send' | 'lookUp'>;
  marks: KeyValue;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
}): PlatformCalls {
  const { adapter, marks, clock, log } = dependencies;
  const { sending, capabilities, channel } = adapter.manifest;
  const rate = createRateLimit(clock, sending.perSecond);
  const seconds = dependencies.metrics.histogram(channelMetrics.channel_send_seconds);
  const isKeyed = capabilities.idempotentSend === IdempotentSend.KEY;
  const canLookUp = capabilities.idempotentSend === IdempotentSend.QUERY && adapter.lookUp !== undefined;

  async function readMark(commandId: string): Promise<AttemptMark> {
    if (isKeyed) return noMark;
    const entry = await marks.get(attemptKey(commandId));
    return entry === undefined ? noMark : (JSON.parse(Buffer.from(entry.value).toString()) as AttemptMark);
  }

  async function writeMark(commandId: string, mark: AttemptMark): Promise<void> {
    if (!isKeyed) await marks.put(attemptKey(commandId), Buffer.from(JSON.stringify(mark)));
  }

  function requestFor({ commandId, calls, request }: Delivery, part: number, attempt: number): SendRequest {
    return {
      ...request,
      part,
      attempt,
      content: calls[part] ?? [],
      idempotencyKey: idempotencyKeyOf(commandId, part),
      signal: deadlineSignal(sending.attemptMs),
    };
  }

  /** One call. A throw or silence tells nothing about what happened at the platform. */
  async function call(request: SendRequest, ask: (request: SendRequest) => Promise<SendOutcome | undefined>): Promise<SendOutcome | undefined> {
    const startedMs = clock.monotonicMs();
    // The adapter watches the signal; this deadline, a little later, is for one that does not.
    const outcome = await abortable(ask(request), deadlineSignal(sending.attemptMs + slack)).catch((thrown: unknown): SendOutcome => {
      const error = AppError.from(thrown);
      log.warn('platform call broke off', { error, channel, contactId: request.contact.contactId, messageId: request.messageId });
      return { kind: 'unknown', code: error.code.startsWith('RUNTIME_') ? 'CHANNEL_ANSWER_LOST' : error.code };
    });
    seconds.observe({ channel, outcome: outcome?.kind ?? 'not_found' }, (clock.monotonicMs() - startedMs) / 1000);
    return outcome;
  }

  /** What became of a call whose answer is missing: asked, where the platform can be; `undefined` = call again. */
  async function settle(delivery: Delivery, part: number, attempt: number): Promise<SendOutcome | undefined> {
    if (isKeyed) return undefined;
    const { lookUp } = adapter;
    if (!canLookUp || lookUp === undefined) return { kind: 'unknown', code: 'CHANNEL_ANSWER_LOST' };
    return call(requestFor(delivery, part, attempt), (request) => lookUp(request));
  }

  async function waitForNextTry(delivery: Delivery, attempt: number, retryAfterMs: number | undefined): Promise<'go' | 'too_late'> {
    const delayMs = Math.max(retryAfterMs ?? 0, backoffMs(sending.backoff, attempt));
    if (delivery.notAfterMs !== undefined && clock.nowMs() + delayMs > delivery.notAfterMs) return 'too_late';
    await sleep(clock, delayMs, delivery.stopping).catch(() => {
      throw channelError('CHANNEL_STOPPING');
    });
    return 'go';
  }

  /** Tries one call until it ends. `begun` = an earlier process began it and left no answer. */
  async function carry(delivery: Delivery, part: number, mark: AttemptMark): Promise<SendOutcome | { kind: 'not_after' }> {
    let isOpen = mark.begun;
    for (let attempt = 1; ; attempt += 1) {
      let outcome = isOpen ? await settle(delivery, part, attempt) : undefined;
      if (outcome === undefined) {
        await rate.take(`${delivery.request.contact.tenant}/${delivery.request.contact.entryPoint}`, delivery.stopping).catch(() => {
          throw channelError('CHANNEL_STOPPING');
        });
        await writeMark(delivery.commandId, { done: mark.done, begun: true });
        outcome = (await call(requestFor(delivery, part, attempt), (request) => adapter.send(request))) ?? { kind: 'unknown', code: 'CHANNEL_ANSWER_LOST' };
      }
      if (outcome.kind === 'sent' || outcome.kind === 'expired') return outcome;
      if (outcome.kind === 'failed' && !outcome.retryable) return outcome;
      if (outcome.kind === 'unknown' && !isKeyed && !canLookUp) return outcome;
      if (attempt >= sending.maxAttempts) return outcome.kind === 'failed' ? { ...outcome, code: 'CHANNEL_RETRIES_USED_UP', platformCode: outcome.platformCode ?? outcome.code } : outcome;
      isOpen = outcome.kind === 'unknown';
      // Nothing went out: a process that takes over during the wait may call again.
      if (!isOpen) await writeMark(delivery.commandId, { done: mark.done, begun: false });
      const next = await waitForNextTry(delivery, attempt, outcome.kind === 'failed' ? outcome.retryAfterMs : undefined);
      if (next === 'too_late') return isOpen ? outcome : { kind: 'not_after' };
    }
  }

  return {
    async deliver(delivery) {
      let mark = await readMark(delivery.commandId);
      while (mark.done.length < delivery.calls.length) {
        const part = mark.done.length;
        const outcome = await carry(delivery, part, mark);
        if (outcome.kind === 'sent') {
          mark = { done: [...mark.done, outcome.platformMessageId], begun: false };
          continue;
        }
        if (part > 0 && outcome.kind !== 'unknown') {
          return { kind: 'failed', code: 'CHANNEL_PARTLY_SENT', platformCode: outcome.kind === 'not_after' ? 'not_after' : (outcome.platformCode ?? outcome.code) };
        }
        if (outcome.kind === 'not_after') return { kind: 'expired', code: 'not_after' };
        if (outcome.kind === 'failed') return { kind: 'failed', code: outcome.code, platformCode: outcome.platformCode ?? '' };
        if (outcome.kind === 'expired') return { kind: 'expired', code: outcome.code };
        return outcome;
      }
      return { kind: 'sent', platformMessageIds: mark.done };
    },
  };
}
