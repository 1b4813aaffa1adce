import type { BusConnection } from '@patchbay/bus/connection';
import { publishAudio } from '@patchbay/bus/media';
import { AppError } from '@patchbay/runtime/app-error';
import { backoffMs } from '@patchbay/runtime/backoff';
import { sleep } from '@patchbay/runtime/clock';
import { abortable } from '@patchbay/runtime/deadline';
import type { Codec } from '../../domain/media/g711.ts';
import type { TappedChunk } from '../../domain/media/tap-timeline.ts';
import type { AudioStore, TappedLeg } from '../../ports.ts';
import { voiceMetrics } from '../../metrics.ts';

/** Bounds of what waits while the bus is away. */
export interface AudioStoreLimits {
  /** Chunks of one leg, about a second each. */
  readonly chunksPerLeg: number;
  /** Bytes of all legs. */
  readonly totalBytes: number;
}

/** Two minutes a leg; all legs together what 300 calls say in one minute. */
const defaultLimits: AudioStoreLimits = { chunksPerLeg: 120, totalBytes: 300 * 60 * 2 * 8_000 };

interface LegQueue {
  readonly leg: TappedLeg;
  readonly codec: Codec;
  readonly chunks: TappedChunk[];
  /** Number of the next chunk to store; given when its turn comes, so that numbers have no gaps. */
  nextNo: bigint;
  running: boolean;
  ended: boolean;
}

const retryBackoff = { firstMs: 200, limitMs: 5_000 };

/**
 * Publishes tapped sound: each leg in order, one chunk at a time, again until it is stored (the stream drops second copies
 * by number). While the bus is away chunks wait up to the limits; then the oldest of the fullest leg goes and is counted,
 * and the recorder sees the gap by the times of the chunks around it.
 */
export function createBusAudioStore(bus: BusConnection, limits: AudioStoreLimits = defaultLimits): AudioStore & { close(): void } {
  const legs = new Map<string, LegQueue>();
  const idle = new Set<() => void>();
  const closing = new AbortController();
  const stored = bus.metrics.counter(voiceMetrics.voice_audio_chunks_total);
  let bytes = 0;

  function makeRoom(): void {
    const fullest = [...legs.values()].reduce<LegQueue | undefined>((most, one) => (one.chunks.length > (most?.chunks.length ?? 0) ? one : most), undefined);
    // The first is being stored; the one after it is the oldest that can go.
    const [dropped] = fullest?.chunks.splice(1, 1) ?? [];
    if (dropped === undefined) return;
    bytes -= dropped.samples.length;
    stored.inc({ outcome: 'dropped' });
  }

  async function store(queue: LegQueue, chunk: TappedChunk): Promise<void> {
    const { tenant, contactId, legId, party } = queue.leg;
    const { startNs, samples, concealedMs, last } = chunk;
    const audio = { contactId, legId, party, chunkNo: queue.nextNo, startNs, codec: queue.codec, samples: Buffer.from(samples.buffer, samples.byteOffset, samples.length), concealedMs, last };
    for (let attempt = 1; !closing.signal.aborted; attempt += 1) {
      try {
        await publishAudio(bus, { tenant, chunk: audio });
        queue.nextNo += 1n;
        stored.inc({ outcome: 'stored' });
        return;
      } catch (thrown) {
        const error = AppError.from(thrown);
        if (!error.retryable) {
          bus.log.error('sound was not stored', { error, contactId, legId });
          stored.inc({ outcome: 'refused' });
          return;
        }
        bus.log.warn('sound waits for the bus', { error, contactId, legId, attempt, waiting: queue.chunks.length });
        // The loop's condition looks at the signal.
        await sleep(bus.clock, backoffMs(retryBackoff, attempt), closing.signal).catch(() => undefined);
      }
    }
  }

  async function run(key: string, queue: LegQueue): Promise<void> {
    queue.running = true;
    for (let chunk = queue.chunks[0]; chunk !== undefined && !closing.signal.aborted; chunk = queue.chunks[0]) {
      await store(queue, chunk);
      queue.chunks.shift();
      bytes -= chunk.samples.length;
      if (chunk.last) legs.delete(key);
    }
    queue.running = false;
    if ([...legs.values()].every(({ chunks }) => chunks.length === 0)) for (const resolve of idle) resolve();
  }

  function put(leg: TappedLeg, chunk: TappedChunk, codec: Codec): void {
    const key = `${leg.contactId}/${leg.legId}`;
    const queue = legs.get(key) ?? { leg, codec, chunks: [], nextNo: 0n, running: false, ended: false };
    legs.set(key, queue);
    if (queue.ended) return;
    queue.ended = chunk.last;
    queue.chunks.push(chunk);
    bytes += chunk.samples.length;
    if (queue.chunks.length > limits.chunksPerLeg || bytes > limits.totalBytes) makeRoom();
    if (!queue.running) void run(key, queue);
  }

  return {
    put,
    end(leg) {
      const queue = legs.get(`${leg.contactId}/${leg.legId}`);
      if (queue === undefined || queue.ended) return;
      const epochNs = BigInt(bus.clock.nowMs()) * 1_000_000n;
      put(leg, { startNs: epochNs, samples: new Uint8Array(), concealedMs: 0, last: true }, queue.codec);
    },
    async flush(signal) {
      if ([...legs.values()].every(({ chunks }) => chunks.length === 0)) return;
      await abortable(new Promise<void>((resolve) => idle.add(resolve)), signal);
    },
    close() {
      closing.abort();
    },
  };
}
