import { join } from 'node:path';
import type { ConfigReader } from '@patchbay/runtime/config-reader';

/** Settings of analytics. */
export interface AnalyticsConfig {
  natsUrl: string;
  replicas: number;
  brokers: readonly string[];
  replicationFactor: number;
  warehouseFile: string;
  /** Memory of the warehouse, MB. */
  warehouseMemoryMb: number;
}

/** Reads the settings. */
export function readAnalyticsConfig(reader: ConfigReader): AnalyticsConfig {
  const brokers = reader.optional('KAFKA_BROKERS', 'Kafka brokers, host:port with commas; without, the warehouse is fed from the bus itself');
  return {
    natsUrl: reader.text('NATS_URL', 'NATS servers, with commas', 'nats://127.0.0.1:4222'),
    replicas: reader.integer('PATCHBAY_STREAM_REPLICAS', 'copies of each stream', { min: 1, max: 5, fallback: 1 }),
    brokers: brokers === undefined ? [] : brokers.split(','),
    replicationFactor: reader.integer('PATCHBAY_KAFKA_REPLICAS', 'copies of each topic', { min: 1, max: 5, fallback: 1 }),
    warehouseFile: reader.text('PATCHBAY_WAREHOUSE', 'DuckDB file of the warehouse', join(reader.text('PATCHBAY_HOME', 'folder of local state', '.patchbay'), 'warehouse.duckdb')),
    warehouseMemoryMb: reader.integer('PATCHBAY_WAREHOUSE_MEMORY_MB', 'memory of the warehouse and its queries, MB', { min: 128, max: 1_048_576, fallback: 1_024 }),
  };
}
