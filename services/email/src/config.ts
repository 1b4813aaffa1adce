import type { ConfigReader } from '@patchbay/runtime/config-reader';

/** Settings of email. */
export interface EmailConfig {
  natsUrl: string;
  replicas: number;
  host: string;
  port: number;
  maxBytes: number;
  maxClients: number;
}

/** Reads the settings. */
export function readEmailConfig(reader: ConfigReader): EmailConfig {
  return {
    natsUrl: reader.text('NATS_URL', 'NATS servers, with commas', 'nats://127.0.0.1:4222'),
    replicas: reader.integer('PATCHBAY_STREAM_REPLICAS', 'copies of each stream', { min: 1, max: 5, fallback: 1 }),
    host: reader.text('SMTP_HOST', 'address that takes mail', '127.0.0.1'),
    port: reader.port('SMTP_PORT', 'port that takes mail; 0 for any', 2525),
    maxBytes: reader.integer('EMAIL_MAX_BYTES', 'largest mail', { min: 1_000, max: 100_000_000, fallback: 26_214_400 }),
    maxClients: reader.integer('EMAIL_MAX_CLIENTS', 'most connections at once', { min: 1, max: 10_000, fallback: 100 }),
  };
}
