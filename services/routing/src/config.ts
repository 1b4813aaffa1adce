import type { ConfigReader } from '@patchbay/runtime/config-reader';
import { defaultRules } from './domain/state.ts';

/** Settings of routing. */
export interface RoutingConfig {
  natsUrl: string;
  replicas: number;
  /** How long a writer that went silent still blocks its routing domain. */
  writerLeaseMs: number;
  /** How long a heartbeat of a desk is good for. */
  agentLeaseMs: number;
  /** How long a lost agent keeps text contacts. */
  lostGraceMs: number;
  snapshotEveryMs: number;
}

export function readRoutingConfig(reader: ConfigReader): RoutingConfig {
  return {
    natsUrl: reader.text('NATS_URL', 'where NATS is', 'nats://127.0.0.1:4222'),
    replicas: reader.integer('PATCHBAY_STREAM_REPLICAS', 'copies of each stream: 1 on one server, 3 in a cluster', { min: 1, max: 5, fallback: 1 }),
    writerLeaseMs: reader.integer('PATCHBAY_ROUTING_LEASE_MS', 'how long a writer that went silent still blocks its routing domain, milliseconds', { min: 2_000, max: 60_000, fallback: 3_000 }),
    agentLeaseMs: reader.integer('PATCHBAY_AGENT_LEASE_MS', 'how long a heartbeat of a desk is good for, milliseconds', { min: 1_000, max: 120_000, fallback: defaultRules.leaseMs }),
    lostGraceMs: reader.integer('PATCHBAY_AGENT_GRACE_MS', 'how long a lost agent keeps text contacts before they go back in line, milliseconds', { min: 0, max: 86_400_000, fallback: defaultRules.lostGraceMs }),
    snapshotEveryMs: reader.integer('PATCHBAY_ROUTING_SNAPSHOT_MS', 'how often the state is saved, milliseconds', { min: 1_000, max: 3_600_000, fallback: 30_000 }),
  };
}
