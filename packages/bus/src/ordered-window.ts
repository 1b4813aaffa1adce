import type { JsMsg } from '@nats-io/jetstream';
import type { BusConnection } from './connection.ts';
import { ackWaitMs, handleMessage, keepInHand, settleMessage, type Ends, type PinnedConsumer } from './handle-message.ts';
import { readStream } from './leader-reads.ts';

/** What becomes of the messages of a consumer, session after session. */
export interface Intake {
  /** Makes ready for a session, before its first message. */
  begin(): Promise<void>;
  /** Takes the next message of the session. False when messages before it went elsewhere: then the session has to begin anew. */
  take(message: JsMsg): Promise<boolean>;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
}

/** What a window needs besides its consumer. */
export interface WindowOptions {
  ends: Ends;
  onUnsettled(error: unknown): void;
  /** Told when another replica was handed messages although none came here since: the session has to begin anew. */
  onGap(): void;
}

/** How often, and how many times, it is looked after a consumer was seized whether the one before is still handed messages. */
const lookMs = 400;
const looks = 15;

/** Aggregate of a fact: the tokens of its subject behind the partition. */
const keyOf = (subject: string) => subject.split('.').slice(4).join('.');

/**
 * Keeps the order of each aggregate although several of its facts may be in flight. Within a session messages come in stream
 * order, each aggregate's one after the other; a gap in the server's count of deliveries tells that another replica was handed
 * some. What is left over from before a session is read from the stream itself and settled first, so that nothing of an
 * aggregate is handled before what stands before it.
 */
export function openWindow(connection: BusConnection, consumer: PinnedConsumer, { ends, onUnsettled, onGap }: WindowOptions): Intake {
  const { stream, durable, filters } = consumer;
  const tails = new Map<string, Promise<void>>();
  let nextDelivery = 0;
  let looking: NodeJS.Timeout | undefined;

  /** Does something for an aggregate when everything before it is done. */
  function inTurn(subject: string, run: () => Promise<void>): Promise<void> {
    const key = keyOf(subject);
    const turn = (tails.get(key) ?? Promise.resolve()).then(run);
    const tail = turn
      .catch(() => undefined)
      .then(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
    tails.set(key, tail);
    return turn;
  }

  async function idle(): Promise<void> {
    while (tails.size > 0) await Promise.all(tails.values());
  }

  /** What was handed out after the last one that is settled with all before it. */
  async function leftOver(after: number, upTo: number): Promise<JsMsg[]> {
    const found: JsMsg[] = [];
    const config = { deliver_policy: 'by_start_sequence', opt_start_seq: after + 1 } as const;
    for await (const message of readStream(connection, { stream, filters, config, signal: ends.signal })) {
      if (message.seq > upTo) break;
      found.push(message);
      if (message.seq === upTo) break;
    }
    return found;
  }

  /** Settles a message by its place: the server takes it for the acknowledgement of whatever delivery stands open. */
  async function acknowledge({ seq }: JsMsg): Promise<void> {
    // Stream, consumer, deliveries, stream and consumer sequence, time, pending (nats-server `server/consumer.go`, `processAck`).
    await connection.nc.request(`$JS.ACK.${stream}.${durable}.1.${String(seq)}.0.0.0`, '+ACK', { timeout: ackWaitMs });
  }

  /** A replica that lives on may have got the pin again, and hold what it is handed for as long as it likes. */
  function lookForGaps(): void {
    let [left, handedOut] = [looks, nextDelivery - 1];
    clearInterval(looking);
    looking = setInterval(() => {
      if ((left -= 1) <= 0 || ends.stopping.aborted || ends.signal.aborted) return clearInterval(looking);
      connection.jsm.consumers.info(stream, durable).then(
        ({ delivered }) => {
          // What was handed out by the last look is here by this one, or somewhere else.
          if (handedOut >= nextDelivery) onGap();
          handedOut = delivered.consumer_seq;
        },
        () => undefined,
      );
    }, lookMs);
    looking.unref();
  }

  return {
    async begin() {
      clearInterval(looking);
      await idle();
      const { ack_floor: floor, delivered, num_ack_pending: pending } = await connection.jsm.consumers.info(stream, durable);
      nextDelivery = delivered.consumer_seq + 1;
      if (consumer.seize === true) lookForGaps();
      if (pending === 0) return;
      const again = (message: JsMsg) => async () => {
        if (consumer.wants?.(message) !== false) await handleMessage(connection, consumer, message, ends);
        await acknowledge(message);
      };
      await Promise.all((await leftOver(floor.stream_seq, delivered.stream_seq)).map((message) => inTurn(message.subject, again(message))));
    },
    async take(message) {
      if (message.info.deliverySequence !== nextDelivery) return false;
      nextDelivery += 1;
      const release = keepInHand(message);
      inTurn(message.subject, async () => {
        release();
        // Whoever consumes next finds it unsettled.
        if (ends.stopping.aborted || ends.signal.aborted) return;
        await settleMessage(connection, consumer, message, ends);
      }).catch(onUnsettled);
      return true;
    },
    idle,
  };
}
