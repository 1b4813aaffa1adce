import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Metrics } from '@patchbay/runtime/metrics';
import type { MediaLoad } from './media-plane.ts';
import { voiceMetrics } from './metrics.ts';

/** What must not be exceeded. */
export interface LoadLimits {
  /** Delay of the signalling loop (its 90th percentile over a second) and of media ticks, milliseconds. */
  readonly maxDelayMs: number;
}

/** How the process is doing. */
export interface LoadSample {
  readonly loopDelayMs: number;
  readonly media: MediaLoad;
}

const retryAfterS = 5;

/** Seconds for Retry-After when nothing new should be taken: calls that are up must not suffer for one more. */
export function admissionOf({ loopDelayMs, media }: LoadSample, limits: LoadLimits): number | undefined {
  // A call needs two legs.
  const isFull = media.legs + 2 > media.capacity;
  return isFull || loopDelayMs > limits.maxDelayMs || media.lateMs > limits.maxDelayMs ? retryAfterS : undefined;
}

/** Measures the delay of this thread's loop. */
export interface LoadGuard {
  /** Retry-After in seconds while overloaded, else undefined. */
  retryAfterS(): number | undefined;
  stop(): void;
}

const sampleMs = 1_000;
const resolutionMs = 10;

/** Starts measuring. */
export function startLoadGuard(media: () => MediaLoad, limits: LoadLimits, metrics: Metrics): LoadGuard {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  const delay = metrics.gauge(voiceMetrics.voice_loop_delay_seconds);
  let loopDelayMs = 0;
  histogram.enable();
  const timer = setInterval(() => {
    // The monitor counts its own interval in.
    loopDelayMs = Math.max(0, histogram.percentile(90) / 1e6 - resolutionMs);
    delay.set(loopDelayMs / 1_000);
    histogram.reset();
  }, sampleMs);
  timer.unref();
  return {
    retryAfterS: () => admissionOf({ loopDelayMs, media: media() }, limits),
    stop() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}
