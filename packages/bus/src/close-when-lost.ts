import type { ConsumerMessages } from '@nats-io/jetstream';
import type { BusConnection } from './connection.ts';

/** Heartbeats missed in a row after which a consumption begun anew does better than the library's own attempts. */
const mostMissed = 3;

/**
 * Closes the messages of a consumer whose server went away, so that the consumption begins anew. The library tries to mend
 * it itself, and gives up for good when the server cannot say how the consumer stands at that moment: when nobody leads, or
 * when a server that crashed has just come back (`consumer.ts`, `resetPending` after a reconnection).
 * @returns what ends the watch over it
 */
export function closeWhenLost(connection: BusConnection, messages: ConsumerMessages): () => void {
  const close = () => void messages.close();
  const forget = connection.onReconnect(close);
  void (async () => {
    for await (const status of messages.status()) if (status.type === 'heartbeats_missed' && status.count >= mostMissed) close();
  })();
  return forget;
}
