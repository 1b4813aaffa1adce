import type { ConfigReader } from '@patchbay/runtime/config-reader';

/** Settings of the desk. */
export interface DeskConfig {
  natsUrl: string;
  /** Copies of each stream. */
  replicas: number;
  host: string;
  port: number;
  /** Origins besides the desk's own that may call it. */
  origins: readonly string[];
  /** Whether cookies are sent over TLS only. */
  secureCookies: boolean;
  /** Tenant for a sign-in that names none; empty when each must. */
  tenant: string;
}

/** Reads the desk's settings. */
export function readDeskConfig(reader: ConfigReader): DeskConfig {
  return {
    natsUrl: reader.text('NATS_URL', 'NATS servers, with commas', 'nats://127.0.0.1:4222'),
    replicas: reader.integer('PATCHBAY_STREAM_REPLICAS', 'copies of each stream', { min: 1, max: 5, fallback: 1 }),
    host: reader.text('PATCHBAY_DESK_HOST', 'address the desk listens on', '127.0.0.1'),
    port: reader.port('PATCHBAY_DESK_PORT', 'port of the desk', 8080),
    origins: (reader.optional('PATCHBAY_DESK_ORIGINS', 'other origins that may call the desk, with commas') ?? '')
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ''),
    secureCookies: reader.flag('PATCHBAY_DESK_SECURE_COOKIES', 'send cookies over TLS only; on behind a TLS proxy', false),
    tenant: reader.text('PATCHBAY_TENANT', 'tenant of a sign-in that names none', 'demo'),
  };
}
