import type { ConfigReader } from '@patchbay/runtime/config-reader';

/** Settings of the edge. */
export interface ApiConfig {
  natsUrl: string;
  replicas: number;
  host: string;
  port: number;
  tlsCertificateFile: string | undefined;
  tlsKeyFile: string | undefined;
  tenant: string;
  reflection: boolean;
  defaultTimeoutMs: number;
  longestTimeoutMs: number;
  mostCalls: number;
  mostStreams: number;
  signInsPerMinute: number;
  drainMs: number;
}

export function readApiConfig(reader: ConfigReader): ApiConfig {
  return {
    natsUrl: reader.text('NATS_URL', 'where NATS is', 'nats://127.0.0.1:4222'),
    replicas: reader.integer('PATCHBAY_STREAM_REPLICAS', 'copies of each stream: 1 on one server, 3 in a cluster', { min: 1, max: 5, fallback: 1 }),
    host: reader.text('PATCHBAY_API_HOST', 'address that gRPC listens on', '127.0.0.1'),
    port: reader.port('PATCHBAY_API_PORT', 'port that gRPC listens on', 50_051),
    tlsCertificateFile: reader.optional('PATCHBAY_API_TLS_CERT_FILE', 'certificate chain, PEM; with the key, serves TLS only'),
    tlsKeyFile: reader.optional('PATCHBAY_API_TLS_KEY_FILE', 'private key, PEM'),
    tenant: reader.text('PATCHBAY_TENANT', 'tenant of sign-ins that name none', 'demo'),
    reflection: reader.flag('PATCHBAY_API_REFLECTION', 'whether clients may ask for the proto files', true),
    defaultTimeoutMs: reader.integer('PATCHBAY_API_TIMEOUT_MS', 'deadline of calls that bring none', { min: 100, max: 600_000, fallback: 30_000 }),
    longestTimeoutMs: reader.integer('PATCHBAY_API_LONGEST_TIMEOUT_MS', 'longest deadline of a call that is no stream', { min: 100, max: 600_000, fallback: 120_000 }),
    mostCalls: reader.integer('PATCHBAY_API_MOST_CALLS', 'calls in hand before more are refused', { min: 1, max: 100_000, fallback: 512 }),
    mostStreams: reader.integer('PATCHBAY_API_MOST_STREAMS', 'open streams before more are refused', { min: 1, max: 100_000, fallback: 2_000 }),
    signInsPerMinute: reader.integer('PATCHBAY_API_SIGN_INS_PER_MINUTE', 'calls without a credential from one address', { min: 1, max: 100_000, fallback: 60 }),
    drainMs: reader.integer('PATCHBAY_API_DRAIN_MS', 'longest wait for calls in hand when stopping', { min: 0, max: 600_000, fallback: 10_000 }),
  };
}
