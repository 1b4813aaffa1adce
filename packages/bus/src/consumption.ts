import type { JsMsg, ConsumerConfig, ConsumerMessages } from '@nats-io/jetstream';
import { sleep } from '@patchbay/runtime/clock';
import { askAgain } from './ask-again.ts';
import { closeWhenLost } from './close-when-lost.ts';
import type { BusConnection } from './connection.ts';
import { consumerLabel } from './consumer-lag.ts';
import { registerRedelivery } from './dead-letters.ts';
import { busError } from './errors.ts';
import { ackWaitMs, keepInHand, settleMessage, type Ends, type PinnedConsumer } from './handle-message.ts';
import { firstOfSubject } from './leader-reads.ts';
import { isRefusal, toBusError } from './nats-errors.ts';
import { createLanes } from './ordered-lanes.ts';
import { openWindow, type Intake, type WindowOptions } from './ordered-window.ts';

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
  const { consumers } = connection.jsm;
  const ensure = () =>
    consumers.add(stream, config).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
      // The first error says what is wrong; the update is only worth a try.
      return consumers.update(stream, config.durable_name ?? '', config).catch(() => Promise.reject(error as Error));
    });
  await askAgain(connection, ensure, { heedsRefusals: true });
}

/** Takes a consumer away from the replica that has it: the next request, of whomever, gets it. */
async function unpin(connection: BusConnection, { stream, durable }: PinnedConsumer): Promise<void> {
  // A consumer that nobody has is not pinned, which the server answers with an error.
  await connection.jsm.consumers.unpin(stream, durable, group).catch(() => undefined);
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
function openLanes(connection: BusConnection, consumer: PinnedConsumer, { ends, onUnsettled }: WindowOptions): Intake {
  const waiting = new Map<JsMsg, () => void>();
  const release = (message: JsMsg) => {
    waiting.get(message)?.();
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
    onFault: onUnsettled,
    stopping: AbortSignal.any([ends.signal, ends.stopping]),
  });
  return {
    begin: () => Promise.resolve(),
    async take(message) {
      waiting.set(message, keepInHand(message));
      lanes.add(message);
      return true;
    },
    idle: () => lanes.idle(),
  };
}

/** One message at a time, in the order in which the server hands them over. */
function openSingle(connection: BusConnection, consumer: PinnedConsumer, { ends, onUnsettled }: WindowOptions): Intake {
  return {
    begin: () => Promise.resolve(),
    async take(message) {
      await settleMessage(connection, consumer, message, ends).catch(onUnsettled);
      return true;
    },
    idle: () => Promise.resolve(),
  };
}

function openIntake(connection: BusConnection, consumer: PinnedConsumer, options: WindowOptions): Intake {
  if (consumer.inFlight === undefined) return openSingle(connection, consumer, options);
  return consumer.dropsSettled === true ? openLanes(connection, consumer, options) : openWindow(connection, consumer, options);
}

/** Consumes until stopped; starts again by itself when the server or the consumer goes away. */
export function runPinnedConsumer(connection: BusConnection, consumer: PinnedConsumer): Consumption {
  const stopping = new AbortController();
  const abort = consumer.signal === undefined ? connection.closing : AbortSignal.any([connection.closing, consumer.signal]);
  registerRedelivery(connection, consumerLabel(consumer.durable), (message) => consumer.handle(message, { signal: abort, deliveries: 1 }));
  const forget = connection.consumerLag.follow(consumer.stream, consumer.durable);
  const ends = { signal: abort, stopping: stopping.signal };
  const expires = consumer.pullExpiresMs ?? pullExpiresMs;
  let mustSeize = consumer.seize === true;
  let messages: ConsumerMessages | undefined;
  let forgetLoss = () => {};
  const onGap = () => {
    mustSeize = consumer.seize === true;
    void messages?.close();
  };
  const intake = openIntake(connection, consumer, { ends, onUnsettled: whenUnsettled(connection, consumer, ends), onGap });
  const loop = (async () => {
    while (!stopping.signal.aborted && !abort.aborted) {
      try {
        const handle = await connection.js.consumers.get(consumer.stream, consumer.durable);
        await intake.begin();
        if (mustSeize) await unpin(connection, consumer);
        messages = await handle.consume({ group, max_messages: Math.max(2, consumer.inFlight ?? 1), expires, idle_heartbeat: Math.min(1_000, expires / 2) });
        forgetLoss = closeWhenLost(connection, messages);
        // A stop that came in between saw no iterator to close; closing resolves only once it has been iterated.
        if (stopping.signal.aborted) void messages.close();
        for await (const message of messages) {
          if (stopping.signal.aborted || abort.aborted) break;
          const isNext = await intake.take(message);
          // Seized until it is seen that nobody else is handed anything.
          mustSeize = !isNext && consumer.seize === true;
          if (!isNext) break;
        }
      } catch (error) {
        // A connection closed without a drain comes back no more, and neither does anybody to call stop.
        if (connection.nc.isClosed()) stopping.abort();
        if (stopping.signal.aborted || abort.aborted) return;
        connection.log.warn('consumer interrupted', { error: toBusError(error), consumer: consumer.durable });
        await sleep(connection.clock, 500, abort).catch(() => undefined);
      } finally {
        forgetLoss();
        // What was handed out and not taken is found by the next session, which must not share the connection with this one.
        await messages?.close();
      }
    }
  })();
  return {
    async stop() {
      stopping.abort();
      forget();
      await messages?.close();
      await loop;
      await intake.idle();
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
