import type { BusConnection } from './connection.ts';
import { streamMetrics } from './metrics.ts';
import { streams } from './topology.ts';

/** Tells size and fill of the streams with every scrape of this process. Returns what ends it. */
export function reportStreams(connection: BusConnection): () => void {
  const { metrics, jsm } = connection;
  const messages = metrics.gauge(streamMetrics.stream_messages);
  const bytes = metrics.gauge(streamMetrics.stream_bytes);
  const fill = metrics.gauge(streamMetrics.stream_fill_ratio);
  return metrics.onScrape(async () => {
    await Promise.all(
      Object.values(streams).map(async ({ name }) => {
        const { state, config } = await jsm.streams.info(name);
        messages.set({ stream: name }, state.messages);
        bytes.set({ stream: name }, state.bytes);
        fill.set({ stream: name }, config.max_bytes > 0 ? state.bytes / config.max_bytes : 0);
      }),
    );
  });
}
