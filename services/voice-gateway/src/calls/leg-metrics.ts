import type { Metrics } from '@patchbay/runtime/metrics';
import type { LegFigures } from '../media-plane.ts';
import { voiceMetrics } from '../metrics.ts';

/** Counts how a leg's media went, at its end. */
export function observeLeg(metrics: Metrics, { received, sent }: LegFigures): void {
  for (const [direction, figures] of [['received', received], ['sent', sent]] as const) {
    if (figures === undefined || figures.packets === 0) continue;
    metrics.counter(voiceMetrics.voice_leg_packets_total).inc({ direction }, figures.packets);
    metrics.counter(voiceMetrics.voice_leg_packets_lost_total).inc({ direction }, Math.max(0, figures.lost));
    metrics.histogram(voiceMetrics.voice_leg_jitter_seconds).observe({ direction }, figures.jitterMs / 1_000);
    metrics.histogram(voiceMetrics.voice_leg_mos).observe({ direction }, figures.mos);
  }
}
