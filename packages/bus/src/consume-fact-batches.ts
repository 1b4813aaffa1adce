import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { sleep } from '@patchbay/runtime/clock';
import { abortable } from '@patchbay/runtime/deadline';
import { inSpan, linksTo } from '@patchbay/runtime/spans';
import { collectArrivals, type Arrivals } from './arrivals.ts';
import { closeWhenLost } from './close-when-lost.ts';
import type { BusConnection } from './connection.ts';
import { ensureConsumer, joinConsumptions, pinnedConsumerConfig, type Consumption } from './consumption.ts';
import { consumerLabel } from './consumer-lag.ts';
import { busError } from './errors.ts';
import { messagingAttributes } from './fact-trace.ts';
import { busMetrics } from './metrics.ts';
import { readStream } from './leader-reads.ts';
import { toBusError } from './nats-errors.ts';
import { factFilters, partitionCount, type Domain } from './subjects.ts';
import { headerNames, streams } from './topology.ts';

/** A stored fact with its envelope as it is, for relays that do not look into it. */
export interface RawFact {
  subject: string;
  /** Stream sequence. */
  sequence: number;
  /** 0 to 15. */
  partition: number;
  headers: ReadonlyMap<string, string>;
  body: Uint8Array;
}

/** What to relay. */
export interface ConsumeFactBatchesOptions {
  /** Part of the durable names `<service>-<consumer>-<partition>`. */
  consumer: string;
  domains: readonly Domain[];
  /** Most facts at once. */
  maxBatch: number;
  /**
   * Handles facts of one partition, in order; resolving acknowledges all of them. A throw hands the same facts over
   * again after a pause, for ever: a relay must not lose or overtake anything.
   */
  handle(facts: readonly RawFact[], context: { partition: number; signal: AbortSignal }): Promise<void>;
}

const group = 'replica';
const pullExpiresMs = 3_000;

function toRawFact(message: JsMsg, partition: number): RawFact {
  const headers = new Map<string, string>();
  for (const key of message.headers?.keys() ?? []) headers.set(key, message.headers?.get(key) ?? '');
  return { subject: message.subject, sequence: message.seq, partition, headers, body: message.data };
}

/**
 * Takes facts in batches, one batch in flight a partition, in order; for throughput where the handler is idempotent. What
 * was handed out and got lost on the way, by a request that broke off or a process that was killed, comes again before
 * anything later does.
 */
export async function consumeFactBatches(connection: BusConnection, options: ConsumeFactBatchesOptions): Promise<Consumption> {
  const parts = await Promise.all(
    Array.from({ length: partitionCount }, async (_, partition) => {
      const durable = `${connection.name}-${options.consumer}-${partition}`;
      const { subject, wants } = factFilters(options.domains, { partition });
      const filters = [subject];
      const config = { ack_policy: 'all' as const, max_ack_pending: options.maxBatch * 2, ack_wait: 10_000 * 1_000_000 };
      await ensureConsumer(connection, streams.events.name, pinnedConsumerConfig({ durable, filters, config }, connection.replicas));
      return runBatches(connection, { durable, filters, partition, wants }, options);
    }),
  );
  return joinConsumptions(parts);
}

interface Part {
  readonly durable: string;
  readonly filters: string[];
  readonly partition: number;
  wants(subject: string): boolean;
}

/** The last delivery that was acknowledged with all before it, and in which session with which server. */
interface Acknowledged {
  readonly delivery: number;
  readonly session: string;
}

/** Another one after each reconnection: a server that crashed may number deliveries anew from an earlier one. */
const sessionOf = ({ nc }: BusConnection) => `${nc.info?.server_id ?? ''} ${nc.info?.client_id ?? ''}`;

/** Whether messages were handed out right after the acknowledged one, with none in between. */
function follow(connection: BusConnection, messages: readonly JsMsg[], last: Acknowledged | undefined): boolean {
  return last?.session === sessionOf(connection) && messages.every((message, index) => message.info.deliverySequence === last.delivery + 1 + index);
}

/**
 * Everything that is not acknowledged up to a sequence, from the stream itself. The server would hand lost messages over
 * again only after `ack_wait`, and others first; acknowledging those would acknowledge the lost ones with them. `isAll`
 * says that nothing behind that sequence was handed out either: only then does what follows really follow.
 */
async function readUnacknowledged(connection: BusConnection, { durable, filters }: Part, upTo: number): Promise<{ messages: JsMsg[]; isAll: boolean }> {
  const { ack_floor: floor, delivered } = await connection.jsm.consumers.info(streams.events.name, durable);
  const found: JsMsg[] = [];
  // They were acknowledged already, and came again all the same.
  if (floor.stream_seq >= upTo) return { messages: found, isAll: false };
  const config = { deliver_policy: 'by_start_sequence', opt_start_seq: floor.stream_seq + 1 } as const;
  for await (const message of readStream(connection, { stream: streams.events.name, filters, config })) {
    if (message.seq <= upTo) found.push(message);
    if (message.seq >= upTo) break;
  }
  // A read that broke off must not pass for a whole one: what it did not reach would be acknowledged with the rest.
  if (found.at(-1)?.seq !== upTo) throw busError('BUS_UNAVAILABLE', { details: { consumer: durable } });
  return { messages: found, isAll: delivered.stream_seq <= upTo };
}

/** Pause before the same facts are handed over again, milliseconds. */
const retryPauseMs = 500;

function runBatches(connection: BusConnection, part: Part, options: ConsumeFactBatchesOptions): Consumption {
  const { durable, partition } = part;
  const stopping = new AbortController();
  const signal = AbortSignal.any([stopping.signal, connection.closing]);
  const handled = connection.metrics.histogram(busMetrics.message_handle_seconds);
  const forget = connection.consumerLag.follow(streams.events.name, durable);

  const paused = async (error: unknown): Promise<void> => {
    // A connection closed without a drain comes back no more.
    if (signal.aborted || connection.nc.isClosed()) throw error;
    connection.log.warn('relay interrupted', { error: toBusError(error), consumer: durable });
    await sleep(connection.clock, retryPauseMs, signal);
  };

  async function handle(messages: readonly JsMsg[]): Promise<void> {
    const facts = messages.filter(({ subject }) => part.wants(subject)).map((message) => toRawFact(message, partition));
    if (facts.length === 0) return;
    for (;;) {
      try {
        // A handler that does not watch the signal must not hold the process when the connection closes.
        await handleInTrace(durable, messages, () => abortable(options.handle(facts, { partition, signal }), connection.closing));
        return;
      } catch (error) {
        await paused(error);
      }
    }
  }

  async function relay(arrivals: Arrivals<JsMsg>): Promise<void> {
    let acknowledged: Acknowledged | undefined;
    for (let messages = await arrivals.take(options.maxBatch); messages !== undefined && !signal.aborted; messages = await arrivals.take(options.maxBatch)) {
      const batch = messages;
      const last = batch.reduce((highest, message) => (message.seq > highest.seq ? message : highest));
      const session = sessionOf(connection);
      const startedMs = connection.clock.monotonicMs();
      await extended(() => [...batch, ...arrivals.waiting], async () => {
        const { messages: whole, isAll } = follow(connection, batch, acknowledged) ? { messages: batch, isAll: true } : await readUnacknowledged(connection, part, last.seq);
        if (whole.length > 0) await handle(whole);
        await last.ackAck({ timeout: 5_000 });
        acknowledged = isAll ? { delivery: last.info.deliverySequence, session } : undefined;
      });
      handled.observe({ consumer: consumerLabel(durable), outcome: 'ack' }, (connection.clock.monotonicMs() - startedMs) / 1_000);
    }
  }

  const loop = (async () => {
    while (!signal.aborted) {
      let messages: ConsumerMessages | undefined;
      let forgetLoss = () => {};
      const close = () => void messages?.close();
      signal.addEventListener('abort', close, { once: true });
      try {
        const consumer = await connection.js.consumers.get(streams.events.name, durable);
        // One request that goes on keeps the pin; a fetch for every batch would wait for the pin of the one before to time out.
        messages = await consumer.consume({ group, max_messages: options.maxBatch, expires: pullExpiresMs, idle_heartbeat: 1_000 });
        forgetLoss = closeWhenLost(connection, messages);
        if (signal.aborted) close();
        await relay(collectArrivals(messages));
      } catch (error) {
        await paused(error);
      } finally {
        forgetLoss();
        signal.removeEventListener('abort', close);
        await messages?.close();
      }
    }
  })().catch(() => undefined);
  return {
    async stop() {
      stopping.abort();
      forget();
      await loop;
    },
    async caughtUp() {
      for (;;) {
        const state = await connection.jsm.consumers.info(streams.events.name, durable);
        if (state.num_pending === 0 && state.num_ack_pending === 0) return;
        await sleep(connection.clock, 20, signal);
      }
    },
  };
}

/** A batch joins many traces, so its span is no child of any of them: it links to the writers' spans. */
function handleInTrace(durable: string, messages: readonly JsMsg[], handle: () => Promise<void>): Promise<void> {
  const attributes = messagingAttributes('process', {
    'messaging.destination.name': streams.events.name,
    'messaging.consumer.group.name': consumerLabel(durable),
    'messaging.batch.message_count': messages.length,
  });
  const links = linksTo(new Set(messages.map((message) => message.headers?.get(headerNames.traceparent))));
  return inSpan(`process ${consumerLabel(durable)}`, { kind: SpanKind.CONSUMER, attributes, links, parent: ROOT_CONTEXT }, handle);
}

/** Does something with messages in hand, which the server does not hand over again meanwhile. */
async function extended(inHand: () => readonly JsMsg[], run: () => Promise<void>): Promise<void> {
  const extend = setInterval(() => {
    for (const message of inHand()) message.working();
  }, 3_000);
  extend.unref();
  try {
    await run();
  } finally {
    clearInterval(extend);
  }
}
