import type { Metrics } from '@patchbay/runtime/metrics';
import type { WorkerReport } from './media-protocol.ts';
import { voiceMetrics } from '../../metrics.ts';

const counted = {
  packetsIn: 'in',
  packetsOut: 'out',
  badPackets: 'bad',
  foreignPackets: 'foreign',
  socketErrors: 'socket_error',
} as const satisfies Partial<Record<keyof WorkerReport, string>>;

/** Adds what a worker counted since its report before. */
export function observeReport(metrics: Metrics, report: WorkerReport, before: WorkerReport | undefined): void {
  const packets = metrics.counter(voiceMetrics.rtp_packets_total);
  for (const [name, kind] of Object.entries(counted) as [keyof typeof counted, string][]) packets.inc({ kind }, Math.max(0, report[name] - (before?.[name] ?? 0)));
  metrics.counter(voiceMetrics.media_frames_skipped_total).inc(Math.max(0, report.skippedFrames - (before?.skippedFrames ?? 0)));
  metrics.histogram(voiceMetrics.media_tick_late_seconds).observe(report.lateMs / 1_000);
}
