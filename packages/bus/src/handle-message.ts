import type { ConsumerConfig, JsMsg } from '@nats-io/jetstream';
import { SpanKind } from '@opentelemetry/api';
import { AppError } from '@patchbay/runtime/app-error';
import { backoffMs } from '@patchbay/runtime/backoff';
import { sleep } from '@patchbay/runtime/clock';
import { abortable } from '@patchbay/runtime/deadline';
import { contextOf, failSpan, inSpan } from '@patchbay/runtime/spans';
import type { BusConnection, StoredMessage } from './connection.ts';
import { consumerLabel } from './consumer-lag.ts';
import { putDeadLetter } from './dead-letters.ts';
import { contactAttribute, messagingAttributes } from './fact-trace.ts';
import { busMetrics } from './metrics.ts';
import { headerNames } from './topology.ts';

/** What a handler is told besides the message. */
export interface HandlerContext {
  /** Aborted when the bus closes or the consumption's own signal is. */
  signal: AbortSignal;
  /** Times this message was handed over, from 1. */
  deliveries: number;
}

/** One durable consumer, pinned to one replica of the service. */
export interface PinnedConsumer {
  stream: string;
  /** Durable name. */
  durable: string;
  filters: readonly string[];
  config?: Partial<ConsumerConfig>;
  /** Aborts the handler in hand; its message stays unacknowledged. */
  signal?: AbortSignal | undefined;
  /** Whether the message is one to handle; others are acknowledged at once. Default: all are. */
  wants?(message: StoredMessage): boolean;
  /** Messages in flight at once: those of one subject, or aggregate, in order, those of others side by side. Default: one at a time. */
  inFlight?: number | undefined;
  /**
   * Whether the stream drops what was settled (a work queue): then it can be asked whether something is left before a
   * message. Otherwise what is left over is read again before each session. Only with `inFlight`.
   */
  dropsSettled?: boolean;
  /**
   * Takes the consumer from whichever replica has it: for a writer that got the lease of one who went silent. Only where replicas ask for little
   * time: a request that the silent one left behind, from before it was pinned, would get the pin again. Only with a window.
   */
  seize?: boolean | undefined;
  /** How long one request for messages stands at the server, milliseconds; 1 s at least. Default 3 s. */
  pullExpiresMs?: number | undefined;
  /** Handles one message; resolving acknowledges it. */
  handle(message: StoredMessage, context: HandlerContext): Promise<void>;
}

/** Tries of one message before it goes to the dead letters. */
const maxDeliveries = 8;
const retryBackoff = { firstMs: 250, limitMs: 30_000 };
/** Unacknowledged and unextended for this long, a message goes to another replica, milliseconds. */
export const ackWaitMs = 4_000;
/** How often a message in hand is kept from that, milliseconds. */
const extendEveryMs = 1_000;

/** What ends the handling of a message. */
export interface Ends {
  /** The connection closes, or the writer lost its place: let go at once. */
  signal: AbortSignal;
  /** The consumption stops: finish the try in hand, begin no other. */
  stopping: AbortSignal;
}

type Verdict = { kind: 'ack' } | { kind: 'dead'; error: AppError };

/**
 * Handles one message until it is done or given up. A retryable fault is tried again here, in place, so that the order
 * of the partition holds; a fault of the surroundings (`unavailable`) is waited out without counting.
 */
async function handleInPlace(connection: BusConnection, consumer: PinnedConsumer, message: JsMsg, { signal, stopping }: Ends): Promise<Verdict> {
  let counted = 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      // A handler that does not watch the signal must not hold the process when the connection closes.
      await abortable(consumer.handle(message, { signal, deliveries: message.info.deliveryCount + attempt - 1 }), signal);
      return { kind: 'ack' };
    } catch (thrown) {
      const error = AppError.from(thrown);
      // Once the consumption stops, another try is another process's.
      if (signal.aborted || (stopping.aborted && error.retryable)) throw error;
      if (error.status !== 'unavailable') counted += 1;
      if (!error.retryable || counted >= maxDeliveries) return { kind: 'dead', error };
      connection.metrics.counter(busMetrics.message_retries_total).inc({ consumer: consumerLabel(consumer.durable) });
      connection.log.warn('message will be tried again', { error, consumer: consumer.durable, subject: message.subject, attempt });
      await sleep(connection.clock, backoffMs(retryBackoff, attempt), AbortSignal.any([signal, stopping])).catch(() => {
        throw error;
      });
    }
  }
}

/** Handles a message in a span that continues the writer's trace. */
function handleInTrace(connection: BusConnection, consumer: PinnedConsumer, message: JsMsg, ends: Ends): Promise<Verdict> {
  const header = (name: string) => message.headers?.get(name) || undefined;
  const attributes = messagingAttributes('process', {
    'messaging.destination.name': consumer.stream,
    'messaging.consumer.group.name': consumerLabel(consumer.durable),
    'messaging.destination.partition.id': consumer.durable.slice(consumer.durable.lastIndexOf('-') + 1),
    'messaging.message.id': header(headerNames.id),
    ...contactAttribute(message.subject.split('.').slice(4).join('.')),
  });
  const start = { kind: SpanKind.CONSUMER, attributes, parent: contextOf(header(headerNames.traceparent)) };
  return inSpan(`process ${header(headerNames.type) ?? 'unknown'}`, start, async (span) => {
    const verdict = await handleInPlace(connection, consumer, message, ends);
    if (verdict.kind === 'dead') failSpan(span, verdict.error.code);
    return verdict;
  });
}

/** Keeps a message from being handed over again while it is in hand here. @returns what lets go of it */
export function keepInHand(message: JsMsg): () => void {
  const extend = setInterval(() => {
    message.working();
  }, extendEveryMs);
  extend.unref();
  return () => {
    clearInterval(extend);
  };
}

/** Handles one message until it is done or among the dead letters; a throw says that it is neither. Settles nothing. */
export async function handleMessage(connection: BusConnection, consumer: PinnedConsumer, message: JsMsg, ends: Ends): Promise<Verdict> {
  const handled = connection.metrics.histogram(busMetrics.message_handle_seconds);
  const label = consumerLabel(consumer.durable);
  const startedMs = connection.clock.monotonicMs();
  const verdict = await handleInTrace(connection, consumer, message, ends);
  if (verdict.kind === 'dead') await putDeadLetter(connection, { message, consumer: label, error: verdict.error });
  handled.observe({ consumer: label, outcome: verdict.kind }, (connection.clock.monotonicMs() - startedMs) / 1_000);
  return verdict;
}

/** Settles one message; a throw leaves it unsettled. Those that are not wanted go without a handler, a span or a figure. */
export async function settleMessage(connection: BusConnection, consumer: PinnedConsumer, message: JsMsg, ends: Ends): Promise<void> {
  // Not waited for: one that is handed over again goes the same way.
  if (consumer.wants?.(message) === false) return message.ack();
  const release = keepInHand(message);
  try {
    const verdict = await handleMessage(connection, consumer, message, ends);
    if (verdict.kind === 'dead') message.term(verdict.error.code);
    else await message.ackAck({ timeout: ackWaitMs });
  } catch (error) {
    if (ends.stopping.aborted && !connection.nc.isClosed()) message.nak();
    throw error;
  } finally {
    release();
  }
}
