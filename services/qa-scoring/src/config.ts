import type { ConfigReader } from '@patchbay/runtime/config-reader';

/** Settings of quality scoring. */
export interface QaConfig {
  natsUrl: string;
  replicas: number;
}

export function readQaConfig(reader: ConfigReader): QaConfig {
  return {
    natsUrl: reader.text('NATS_URL', 'where NATS is', 'nats://127.0.0.1:4222'),
    replicas: reader.integer('PATCHBAY_STREAM_REPLICAS', 'copies of each stream: 1 on one server, 3 in a cluster', { min: 1, max: 5, fallback: 1 }),
  };
}
