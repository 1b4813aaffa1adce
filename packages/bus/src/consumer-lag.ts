import type { JetStreamManager } from '@nats-io/jetstream';
import type { Metrics } from '@patchbay/runtime/metrics';
import { busMetrics } from './metrics.ts';

/** Durable name without its partition: what figures of a consumer are told by. */
export const consumerLabel = (durable: string): string => durable.replace(/-\d+$/, '');

/** The durable consumers that run in this process. */
export interface ConsumerLag {
  /** Counts a durable in. Returns what counts it out. */
  follow(stream: string, durable: string): () => void;
}

/** Asks the server with every scrape how much waits for each consumer, over all its partitions. */
export function createConsumerLag(jsm: JetStreamManager, metrics: Metrics): ConsumerLag {
  const followed = new Map<string, string>();
  const lag = metrics.gauge(busMetrics.consumer_lag);
  metrics.onScrape(async () => {
    const waiting = new Map<string, number>();
    await Promise.all(
      [...followed].map(async ([durable, stream]) => {
        const { num_pending, num_ack_pending } = await jsm.consumers.info(stream, durable);
        const label = consumerLabel(durable);
        waiting.set(label, (waiting.get(label) ?? 0) + num_pending + num_ack_pending);
      }),
    );
    lag.reset();
    for (const [consumer, messages] of waiting) lag.set({ consumer }, messages);
  });
  return {
    follow(stream, durable) {
      followed.set(durable, stream);
      return () => void followed.delete(durable);
    },
  };
}
