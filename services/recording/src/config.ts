import type { ConfigReader } from '@patchbay/runtime/config-reader';

/** Settings of recording. */
export interface RecordingConfig {
  natsUrl: string;
  replicas: number;
  /** How long after the end of a call its last chunks are waited for. */
  lastChunkWaitMs: number;
  /** Longest recording; what comes later is cut off. */
  longestMs: number;
  /** How often it is looked what is past its retention class. */
  sweepEveryMs: number;
}

export function readRecordingConfig(reader: ConfigReader): RecordingConfig {
  return {
    natsUrl: reader.text('NATS_URL', 'where NATS is', 'nats://127.0.0.1:4222'),
    replicas: reader.integer('PATCHBAY_STREAM_REPLICAS', 'copies of each stream: 1 on one server, 3 in a cluster', { min: 1, max: 5, fallback: 1 }),
    lastChunkWaitMs: reader.integer('PATCHBAY_LAST_CHUNK_WAIT_MS', 'how long after the end of a call its last sound is waited for', { min: 0, max: 60_000, fallback: 5_000 }),
    longestMs: reader.integer('PATCHBAY_LONGEST_RECORDING_MINUTES', 'longest recording; what comes later is cut off', { min: 1, max: 1_440, fallback: 240 }) * 60_000,
    sweepEveryMs: reader.integer('PATCHBAY_RETENTION_SWEEP_MINUTES', 'how often recordings past their retention class are erased', { min: 1, max: 1_440, fallback: 60 }) * 60_000,
  };
}
