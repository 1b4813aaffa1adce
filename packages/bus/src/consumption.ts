import type { JsMsg, ConsumerConfig, ConsumerMessages } from '@nats-io/jetstream';
import { SpanKind } from '@opentelemetry/api';
import { AppError } from '@patchbay/runtime/app-error';
import { backoffMs } from '@patchbay/runtime/backoff';
import { sleep } from '@patchbay/runtime/clock';
import { abortable } from '@patchbay/runtime/deadline';
import { contextOf, failSpan, inSpan } from '@patchbay/runtime/spans';
import type { BusConnection, StoredMessage } from './connection.ts';
import { putDeadLetter, registerRedelivery } from './dead-letters.ts';
import { consumerLabel } from './consumer-lag.ts';
import { busError } from './errors.ts';
import { contactAttribute, messagingAttributes } from './fact-trace.ts';
import { busMetrics } from './metrics.ts';
import { toBusError } from './nats-errors.ts';
import { headerNames } from './topology.ts';

/** What a handler is told besides the message. */
export interface HandlerContext {
  /** Aborted when the bus closes or the consumption's own signal is. */
  signal: AbortSignal;
  /** Times this message was handed over, from 1. */
  deliveries: number;
}

/** A running consumption. */
export interface Consumption {
  /** Takes no more, waits for handlers in hand, then resolves. */
  stop(): Promise<void>;
  /** Resolves when everything that was in the stream at the time of the call has been handled. */
  caughtUp(): Promise<void>;
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
  /** Handles one message; resolving acknowledges it. */
  handle(message: StoredMessage, context: HandlerContext): Promise<void>;
}

/** Tries of one message before it goes to the dead letters. */
export const maxDeliveries = 8;
const retryBackoff = { firstMs: 250, limitMs: 30_000 };
/** Unacknowledged and unextended for this long, a message goes to another replica. */
const ackWaitMs = 4_000;
const extendEveryMs = 1_000;
/** A replica that asks for nothing this long loses the pin. */
const pinTimeoutMs = 4_000;
const pullExpiresMs = 3_000;
const group = 'replica';

/**
 * Consumer settings that give order: one message in flight, so that a redelivery never overtakes; the server pins the
 * consumer to one replica and moves the pin when that one is silent.
 */
export function pinnedConsumerConfig(spec: Pick<PinnedConsumer, 'durable' | 'filters' | 'config'>, replicas: number): Partial<ConsumerConfig> {
  return {
    durable_name: spec.durable,
    filter_subjects: [...spec.filters],
    ack_policy: 'explicit',
    ack_wait: ackWaitMs * 1_000_000,
    max_deliver: -1,
    max_ack_pending: 1,
    priority_policy: 'pinned_client',
    priority_groups: [group],
    priority_timeout: pinTimeoutMs * 1_000_000,
    num_replicas: replicas,
    ...spec.config,
  };
}

/** Creates the durable consumer, or brings it to these settings. */
export async function ensureConsumer(connection: BusConnection, stream: string, config: Partial<ConsumerConfig>): Promise<void> {
  try {
    await connection.jsm.consumers.add(stream, config);
  } catch (error) {
    try {
      await connection.jsm.consumers.update(stream, config.durable_name ?? '', config);
    } catch {
      // The first error says what is wrong; the update was only worth a try.
      throw toBusError(error);
    }
  }
}

type Verdict = { kind: 'ack' } | { kind: 'dead'; error: AppError };

/**
 * Handles one message until it is done or given up. A retryable fault is tried again here, in place, so that the order
 * of the partition holds; a fault of the surroundings (`unavailable`) is waited out without counting.
 */
async function handleInPlace(connection: BusConnection, consumer: PinnedConsumer, message: JsMsg, signal: AbortSignal): Promise<Verdict> {
  let counted = 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      // A handler that does not watch the signal must not hold the process when the connection closes.
      await abortable(consumer.handle(message, { signal, deliveries: message.info.deliveryCount + attempt - 1 }), signal);
      return { kind: 'ack' };
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (signal.aborted) throw error;
      if (error.status !== 'unavailable') counted += 1;
      if (!error.retryable || counted >= maxDeliveries) return { kind: 'dead', error };
      connection.metrics.counter(busMetrics.message_retries_total).inc({ consumer: consumerLabel(consumer.durable) });
      connection.log.warn('message will be tried again', { error, consumer: consumer.durable, subject: message.subject, attempt });
      await sleep(connection.clock, backoffMs(retryBackoff, attempt), signal);
    }
  }
}

/** Handles a message in a span that continues the writer's trace. */
function handleInTrace(connection: BusConnection, consumer: PinnedConsumer, message: JsMsg, signal: AbortSignal): Promise<Verdict> {
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
    const verdict = await handleInPlace(connection, consumer, message, signal);
    if (verdict.kind === 'dead') failSpan(span, verdict.error.code);
    return verdict;
  });
}

async function handleMessage(connection: BusConnection, consumer: PinnedConsumer, message: JsMsg, signal: AbortSignal): Promise<void> {
  const handled = connection.metrics.histogram(busMetrics.message_handle_seconds);
  const label = consumerLabel(consumer.durable);
  const startedMs = connection.clock.monotonicMs();
  const extend = setInterval(() => {
    message.working();
  }, extendEveryMs);
  extend.unref();
  try {
    const verdict = await handleInTrace(connection, consumer, message, signal);
    if (verdict.kind === 'dead') {
      await putDeadLetter(connection, { message, consumer: label, error: verdict.error });
      message.term(verdict.error.code);
    } else await message.ackAck({ timeout: ackWaitMs });
    handled.observe({ consumer: label, outcome: verdict.kind }, (connection.clock.monotonicMs() - startedMs) / 1_000);
  } finally {
    clearInterval(extend);
  }
}

/** Settles one message: those that are not wanted go without a handler, a span or a figure. */
async function settleMessage(connection: BusConnection, consumer: PinnedConsumer, message: JsMsg, signal: AbortSignal): Promise<void> {
  if (consumer.wants?.(message) === false) await message.ackAck({ timeout: ackWaitMs });
  else await handleMessage(connection, consumer, message, signal);
}

/** Consumes until stopped; starts again by itself when the server or the consumer goes away. */
export function runPinnedConsumer(connection: BusConnection, consumer: PinnedConsumer): Consumption {
  const stopping = new AbortController();
  const abort = consumer.signal === undefined ? connection.closing : AbortSignal.any([connection.closing, consumer.signal]);
  registerRedelivery(connection, consumerLabel(consumer.durable), (message) => consumer.handle(message, { signal: abort, deliveries: 1 }));
  const forget = connection.consumerLag.follow(consumer.stream, consumer.durable);
  let messages: ConsumerMessages | undefined;
  const loop = (async () => {
    while (!stopping.signal.aborted && !abort.aborted) {
      try {
        const handle = await connection.js.consumers.get(consumer.stream, consumer.durable);
        messages = await handle.consume({ group, max_messages: 2, expires: pullExpiresMs, idle_heartbeat: 1_000 });
        // A stop that came in between saw no iterator to close; closing resolves only once it has been iterated.
        if (stopping.signal.aborted) void messages.close();
        for await (const message of messages) {
          if (stopping.signal.aborted || abort.aborted) break;
          await settleMessage(connection, consumer, message, abort).catch((error: unknown) => {
            // Not acknowledged: the server hands it over again after ack_wait.
            if (!stopping.signal.aborted && !connection.nc.isClosed()) connection.log.warn('message was not settled', { error, consumer: consumer.durable });
          });
        }
      } catch (error) {
        if (stopping.signal.aborted || abort.aborted) return;
        connection.log.warn('consumer interrupted', { error: toBusError(error), consumer: consumer.durable });
        await sleep(connection.clock, 500, abort).catch(() => undefined);
      } finally {
        if (abort.aborted) await messages?.close();
      }
    }
  })();
  return {
    async stop() {
      stopping.abort();
      forget();
      await messages?.close();
      await loop;
    },
    async caughtUp() {
      const info = await connection.jsm.streams.info(consumer.stream).catch((error: unknown) => {
        throw toBusError(error);
      });
      const target = info.state.last_seq;
      for (;;) {
        const state = await connection.jsm.consumers.info(consumer.stream, consumer.durable);
        if (state.num_pending === 0 && state.num_ack_pending === 0) return;
        if (state.ack_floor.stream_seq >= target) return;
        if (connection.closing.aborted) throw busError('BUS_UNAVAILABLE');
        await sleep(connection.clock, 20, connection.closing);
      }
    },
  };
}

/** Several consumptions as one. */
export function joinConsumptions(parts: readonly Consumption[]): Consumption {
  return {
    stop: async () => void (await Promise.all(parts.map((part) => part.stop()))),
    caughtUp: async () => void (await Promise.all(parts.map((part) => part.caughtUp()))),
  };
}
