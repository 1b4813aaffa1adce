import type { JsMsg, ConsumerConfig, ConsumerMessages } from '@nats-io/jetstream';
import { sleep } from '@patchbay/runtime/clock';
import type { BusConnection } from './connection.ts';
import { consumerLabel } from './consumer-lag.ts';
import { registerRedelivery } from './dead-letters.ts';
import { busError } from './errors.ts';
import { ackWaitMs, extendEveryMs, settleMessage, type Ends, type PinnedConsumer } from './handle-message.ts';
import { firstOfSubject } from './leader-reads.ts';
import { toBusError } from './nats-errors.ts';
import { createLanes, type Lanes } from './ordered-lanes.ts';

/** A running consumption. */
export interface Consumption {
  /** Takes no more, waits for handlers in hand, then resolves. */
  stop(): Promise<void>;
  /** Resolves when everything that was in the stream at the time of the call has been handled. */
  caughtUp(): Promise<void>;
}

/** A replica that asks for nothing this long loses the pin. */
const pinTimeoutMs = 4_000;
const pullExpiresMs = 3_000;
const group = 'replica';

/**
 * Consumer settings that give order: one message in flight, so that a redelivery never overtakes, or several in lanes; the
 * server pins the consumer to one replica and moves the pin when that one is silent.
 */
export function pinnedConsumerConfig(spec: Pick<PinnedConsumer, 'durable' | 'filters' | 'config' | 'inFlight'>, replicas: number): Partial<ConsumerConfig> {
  return {
    durable_name: spec.durable,
    filter_subjects: [...spec.filters],
    ack_policy: 'explicit',
    ack_wait: ackWaitMs * 1_000_000,
    max_deliver: -1,
    max_ack_pending: spec.inFlight ?? 1,
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

/**
 * Takes a consumer away from the replica that has it, with the message it has in hand: for a writer that got the lease of
 * one who went silent. Without this the pin lasts until its time-out, and a message handed to a process that is stopped
 * comes again only after ack_wait. Only for consumers with one message in flight, whose replicas ask for little time: a request
 * that the stopped one left behind, from before it was pinned, would get the pin again.
 */
export async function seizeConsumer(connection: BusConnection, stream: string, { durable, filters }: Pick<PinnedConsumer, 'durable' | 'filters'>): Promise<void> {
  const { jsm, nc } = connection;
  // A consumer that nobody has is not pinned, which the server answers with an error.
  await jsm.consumers.unpin(stream, durable, group).catch(() => undefined);
  const { num_ack_pending: inHand, delivered, ack_floor: floor } = await jsm.consumers.info(stream, durable);
  if (inHand === 0) return;
  const firsts = await Promise.all(filters.map((filter) => firstOfSubject(connection, stream, filter, floor.stream_seq + 1)));
  const sequence = Math.min(...firsts.map((message) => message?.seq ?? Infinity));
  // The acknowledgement subject of a delivery: stream, consumer, deliveries, stream and consumer sequence, time, pending.
  if (Number.isFinite(sequence)) nc.publish(`$JS.ACK.${stream}.${durable}.1.${String(sequence)}.${String(delivered.consumer_seq)}.0.0`, '-NAK');
}

/** Pause before a lane asks again whether its turn has come. */
const lanePauseMs = 50;

/** Says that a message was not acknowledged: the server hands it over again after ack_wait. */
function whenUnsettled(connection: BusConnection, consumer: PinnedConsumer, ends: Ends): (error: unknown) => void {
  return (error) => {
    if (!ends.stopping.aborted && !connection.nc.isClosed()) connection.log.warn('message was not settled', { error, consumer: consumer.durable });
  };
}

/** Lanes over a consumer's messages: what waits is kept from being handed over again by a sign of life. */
function openLanes(connection: BusConnection, consumer: PinnedConsumer, ends: Ends): Lanes<JsMsg> {
  const waiting = new Map<JsMsg, NodeJS.Timeout>();
  const release = (message: JsMsg) => {
    clearInterval(waiting.get(message));
    waiting.delete(message);
  };
  const lanes = createLanes<JsMsg>({
    keyOf: (message) => message.subject,
    sequenceOf: (message) => message.seq,
    firstUnsettled: async (subject) => (await firstOfSubject(connection, consumer.stream, subject))?.seq,
    async run(message) {
      release(message);
      await settleMessage(connection, consumer, message, ends);
    },
    giveBack(message) {
      release(message);
      if (!connection.nc.isClosed()) message.nak();
    },
    forget: release,
    pause: () => sleep(connection.clock, lanePauseMs, ends.stopping).catch(() => undefined),
    onFault: whenUnsettled(connection, consumer, ends),
    stopping: AbortSignal.any([ends.signal, ends.stopping]),
  });
  return {
    ...lanes,
    add(message) {
      const extend = setInterval(() => {
        message.working();
      }, extendEveryMs);
      extend.unref();
      waiting.set(message, extend);
      lanes.add(message);
    },
  };
}

/** Consumes until stopped; starts again by itself when the server or the consumer goes away. */
export function runPinnedConsumer(connection: BusConnection, consumer: PinnedConsumer): Consumption {
  const stopping = new AbortController();
  const abort = consumer.signal === undefined ? connection.closing : AbortSignal.any([connection.closing, consumer.signal]);
  registerRedelivery(connection, consumerLabel(consumer.durable), (message) => consumer.handle(message, { signal: abort, deliveries: 1 }));
  const forget = connection.consumerLag.follow(consumer.stream, consumer.durable);
  const ends = { signal: abort, stopping: stopping.signal };
  const unsettled = whenUnsettled(connection, consumer, ends);
  const expires = consumer.pullExpiresMs ?? pullExpiresMs;
  const lanes = consumer.inFlight === undefined ? undefined : openLanes(connection, consumer, ends);
  let messages: ConsumerMessages | undefined;
  const loop = (async () => {
    while (!stopping.signal.aborted && !abort.aborted) {
      try {
        const handle = await connection.js.consumers.get(consumer.stream, consumer.durable);
        messages = await handle.consume({ group, max_messages: Math.max(2, consumer.inFlight ?? 1), expires, idle_heartbeat: Math.min(1_000, expires / 2) });
        // A stop that came in between saw no iterator to close; closing resolves only once it has been iterated.
        if (stopping.signal.aborted) void messages.close();
        for await (const message of messages) {
          if (stopping.signal.aborted || abort.aborted) break;
          if (lanes === undefined) await settleMessage(connection, consumer, message, ends).catch(unsettled);
          else lanes.add(message);
        }
      } catch (error) {
        // A connection closed without a drain comes back no more, and neither does anybody to call stop.
        if (connection.nc.isClosed()) stopping.abort();
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
      await lanes?.idle();
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
