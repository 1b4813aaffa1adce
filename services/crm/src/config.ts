import type { ConfigReader } from '@patchbay/runtime/config-reader';

/** Settings of crm. */
export interface CrmConfig {
  natsUrl: string;
  replicas: number;
  databaseUrl: string;
  poolSize: number;
}

/** Reads the settings. */
export function readCrmConfig(reader: ConfigReader): CrmConfig {
  return {
    natsUrl: reader.text('NATS_URL', 'NATS servers, with commas', 'nats://127.0.0.1:4222'),
    replicas: reader.integer('PATCHBAY_STREAM_REPLICAS', 'copies of each stream', { min: 1, max: 5, fallback: 1 }),
    databaseUrl: reader.text('DATABASE_URL', 'PostgreSQL database of the records, postgres://user:password@host:port/name'),
    poolSize: reader.integer('PATCHBAY_DATABASE_CONNECTIONS', 'connections to the database', { min: 2, max: 200, fallback: 10 }),
  };
}
