import type { ConfigReader } from '@patchbay/runtime/config-reader';

/** Limits of the platform, each with its source. */
export interface WeChatLimits {
  /** 客服消息: text up to 2048 bytes. */
  readonly maxTextBytes: number;
  /** Options of a menu message. */
  readonly maxOptions: number;
  /** 公众号客服消息下发规则 (2023-06-12): 5 messages in 48 hours after one of the customer. */
  readonly windowMessages: number;
  readonly windowSeconds: number;
  /** The same: 3 messages in 1 minute after a menu click, following or scanning. */
  readonly eventWindowMessages: number;
  readonly eventWindowSeconds: number;
  /** Calls a second for one account; the platform limits by the minute (45011). */
  readonly perSecond: number;
}

/** Settings of wechat. */
export interface WeChatConfig {
  natsUrl: string;
  replicas: number;
  host: string;
  port: number;
  limits: WeChatLimits;
}

/** Reads the settings. */
export function readWeChatConfig(reader: ConfigReader): WeChatConfig {
  const limit = (name: string, meaning: string, fallback: number) => reader.integer(name, meaning, { min: 0, max: 10_000_000, fallback });
  return {
    natsUrl: reader.text('NATS_URL', 'NATS servers, with commas', 'nats://127.0.0.1:4222'),
    replicas: reader.integer('PATCHBAY_STREAM_REPLICAS', 'copies of each stream', { min: 1, max: 5, fallback: 1 }),
    host: reader.text('WECHAT_HOST', 'address that the platform calls', '127.0.0.1'),
    port: reader.port('WECHAT_PORT', 'port that the platform calls; 0 for any', 8082),
    limits: {
      maxTextBytes: limit('WECHAT_MAX_TEXT_BYTES', 'longest text (客服消息)', 2_048),
      maxOptions: limit('WECHAT_MAX_OPTIONS', 'most options of a menu message', 10),
      windowMessages: limit('WECHAT_WINDOW_MESSAGES', 'messages after one of the customer (下发规则 2023-06-12)', 5),
      windowSeconds: limit('WECHAT_WINDOW_SECONDS', 'how long after it', 48 * 3_600),
      eventWindowMessages: limit('WECHAT_EVENT_WINDOW_MESSAGES', 'messages after a menu click, following, scanning', 3),
      eventWindowSeconds: limit('WECHAT_EVENT_WINDOW_SECONDS', 'how long after it', 60),
      perSecond: limit('WECHAT_PER_SECOND', 'calls a second for one account', 20),
    },
  };
}
