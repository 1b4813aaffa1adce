import { defineMetrics } from '@patchbay/runtime/metric-table';

const phoneStatuses = ['200', '400', '401', '403', '404', '407', '420', '423', '500', '503'] as const;

/** Metrics of the voice gateway, beside those of packages/sip. */
export const voiceMetrics = defineMetrics({
  voice_calls: { kind: 'gauge', help: 'Calls in any state' },
  voice_calls_taken_total: { kind: 'counter', help: 'Calls that became contacts' },
  voice_calls_refused_total: {
    kind: 'counter',
    help: 'Calls refused before they became contacts',
    labels: { reason: ['unknown_number', 'too_many_calls', 'no_media', 'no_codec', 'bus', 'stopping'] },
  },
  voice_answer_seconds: { kind: 'histogram', unit: 'seconds', help: 'Time from an INVITE to the acknowledgement of its answer' },
  voice_commands_total: { kind: 'counter', help: 'Commands by what became of them', labels: { outcome: ['done', 'forwarded', 'over'] } },
  voice_registrations: { kind: 'gauge', help: 'Agents with a registered phone, over all gateways' },
  voice_registers_total: { kind: 'counter', help: 'REGISTER requests by the status of their answer', labels: { status: phoneStatuses } },
  voice_invites_refused_total: { kind: 'counter', help: 'INVITEs from addresses that are no trunk' },
  voice_loop_delay_seconds: { kind: 'gauge', unit: 'seconds', help: 'Delay of the signalling loop, 90th percentile of the last second' },
  voice_audio_chunks_total: { kind: 'counter', help: 'Chunks of sound by what became of them; dropped ones leave a gap in the recording', labels: { outcome: ['stored', 'dropped', 'refused'] } },
  voice_leg_packets_total: {
    kind: 'counter',
    help: 'RTP packets that legs expected, counted at the end of each leg: heard by us (`received`), or by the other side as its RTCP says (`sent`)',
    labels: { direction: ['received', 'sent'] },
  },
  voice_leg_packets_lost_total: { kind: 'counter', help: 'RTP packets lost of those, counted at the end of each leg', labels: { direction: ['received', 'sent'] } },
  voice_leg_jitter_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Interarrival jitter of a leg at its end (RFC 3550 section 6.4.1)',
    labels: { direction: ['received', 'sent'] },
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2],
  },
  voice_leg_mos: {
    kind: 'histogram',
    help: 'Mean opinion score of a leg at its end, 1 to 4.5, estimated by the E-model (ITU-T G.107)',
    labels: { direction: ['received', 'sent'] },
    buckets: [1.5, 2, 2.5, 3, 3.3, 3.6, 3.8, 4, 4.2, 4.4],
  },
  rtp_packets_total: { kind: 'counter', help: 'RTP packets by what became of them', labels: { kind: ['in', 'out', 'bad', 'foreign', 'socket_error'] } },
  media_frames_skipped_total: { kind: 'counter', help: 'Frames of 20 ms left out because a media worker was stalled' },
  media_tick_late_seconds: { kind: 'histogram', unit: 'seconds', help: 'Worst delay of a media tick within a second' },
});
