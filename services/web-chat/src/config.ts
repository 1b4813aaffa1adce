import type { ConfigReader } from '@patchbay/runtime/config-reader';
import type { Rate } from './domain/token-bucket.ts';

/** Settings of web-chat. */
export interface WebChatConfig {
  readonly natsUrl: string;
  readonly replicas: number;
  readonly host: string;
  readonly port: number;
  readonly messageRate: Rate;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly trustProxy: boolean;
  readonly awayLimit: { waitingMs: number; connectedMs: number };
}

/** Reads the settings. */
export function readWebChatConfig(reader: ConfigReader): WebChatConfig {
  return {
    natsUrl: reader.text('NATS_URL', 'NATS servers, with commas', 'nats://127.0.0.1:4222'),
    replicas: reader.integer('PATCHBAY_STREAM_REPLICAS', 'copies of each stream', { min: 1, max: 5, fallback: 1 }),
    host: reader.text('WEBCHAT_HOST', 'address of widget and socket', '127.0.0.1'),
    port: reader.port('WEBCHAT_PORT', 'port of widget and socket; 0 for any', 8081),
    messageRate: {
      burst: reader.integer('WEBCHAT_MESSAGE_BURST', 'messages of one connection at once', { min: 1, max: 1000, fallback: 20 }),
      perSecond: reader.integer('WEBCHAT_MESSAGES_PER_SECOND', 'messages of one connection in the long run', { min: 1, max: 1000, fallback: 2 }),
    },
    maxConnections: reader.integer('WEBCHAT_MAX_CONNECTIONS', 'most connections of this process', { min: 1, max: 1_000_000, fallback: 20_000 }),
    maxConnectionsPerAddress: reader.integer('WEBCHAT_MAX_CONNECTIONS_PER_ADDRESS', 'most connections from one address', { min: 1, max: 1_000_000, fallback: 500 }),
    trustProxy: reader.flag('WEBCHAT_TRUST_PROXY', 'whether the last address of X-Forwarded-For is the visitor', false),
    awayLimit: {
      waitingMs: 1000 * reader.integer('WEBCHAT_AWAY_WAITING_S', 'how long a waiting visitor may be away, seconds', { min: 1, max: 86_400, fallback: 180 }),
      connectedMs: 1000 * reader.integer('WEBCHAT_AWAY_CONNECTED_S', 'how long a served visitor may be away, seconds', { min: 1, max: 86_400, fallback: 1800 }),
    },
  };
}
