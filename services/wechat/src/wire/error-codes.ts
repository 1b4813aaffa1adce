import type { SendOutcome } from '@patchbay/channel-kit/channel-adapter';
import type { wechatErrors } from '../errors.ts';

/** Answer of the platform's interfaces; `errcode` 0 or absent is success. */
export interface PlatformAnswer {
  errcode?: number;
  errmsg?: string;
}

/** The token is bad or has run out: one with a new one may do. */
export const tokenCodes: ReadonlySet<number> = new Set([40001, 40014, 42001]);

const retryable = (code: keyof typeof wechatErrors) => ({ kind: 'failed', code, retryable: true }) as const;
const final = (code: keyof typeof wechatErrors) => ({ kind: 'failed', code, retryable: false }) as const;

/** Return codes of the customer-service message interface (客服消息, 全局返回码) and what they mean for a message. */
const outcomes: Readonly<Record<number, SendOutcome>> = {
  [-1]: retryable('WECHAT_PLATFORM_BUSY'),
  40001: retryable('WECHAT_TOKEN_REFUSED'),
  40014: retryable('WECHAT_TOKEN_REFUSED'),
  42001: retryable('WECHAT_TOKEN_REFUSED'),
  40164: final('WECHAT_TOKEN_REFUSED'),
  45009: retryable('WECHAT_PLATFORM_BUSY'),
  45011: retryable('WECHAT_PLATFORM_BUSY'),
  45015: { kind: 'expired', code: 'window_closed' },
  45047: { kind: 'expired', code: 'quota_used' },
  40003: final('WECHAT_CUSTOMER_UNREACHABLE'),
  43004: final('WECHAT_CUSTOMER_UNREACHABLE'),
  43019: final('WECHAT_CUSTOMER_UNREACHABLE'),
  40007: final('WECHAT_CONTENT_REFUSED'),
  40033: final('WECHAT_CONTENT_REFUSED'),
  45001: final('WECHAT_CONTENT_REFUSED'),
  45002: final('WECHAT_CONTENT_REFUSED'),
  87014: final('WECHAT_CONTENT_REFUSED'),
  48001: final('WECHAT_NO_PERMISSION'),
};

/** What a return code means for a message that was to be sent. Unknown codes are final: the platform said no. */
export function classify(errcode: number): SendOutcome {
  const outcome = outcomes[errcode] ?? final('WECHAT_REFUSED');
  return outcome.kind === 'failed' || outcome.kind === 'expired' ? { ...outcome, platformCode: String(errcode) } : outcome;
}
