import type { Clock } from '@patchbay/runtime/clock';
import { wechatError } from '../errors.ts';
import type { Account } from '../ports.ts';

/** An access token and which one it is. */
export interface AccessToken {
  token: string;
  /** Rises with each new token of the account in this process. */
  generation: number;
}

/** Access tokens of accounts. */
export interface AccessTokens {
  /** The token that is good now. */
  get(account: Account, signal: AbortSignal): Promise<AccessToken>;
  /** Asks for a new one, unless somebody did since that generation. */
  renew(account: Account, refused: number, signal: AbortSignal): Promise<AccessToken>;
}

interface Held extends AccessToken {
  expiresMs: number;
  forcedMs: number;
}

/** The platform renews within the last five minutes, with both tokens good meanwhile. */
const marginMs = 300_000;
/** The platform allows a forced renewal each 30 s, 20 a day. */
const forceEveryMs = 30_000;

/**
 * Tokens from the stable interface (`/cgi-bin/stable_token`), which gives every caller the same token while it is good:
 * replicas cannot take it away from one another. One request in flight an account; forced only after a refusal.
 */
export function createAccessTokens(clock: Clock, call: (url: string, body: unknown, signal: AbortSignal) => Promise<unknown>): AccessTokens {
  const held = new Map<string, Held>();
  const asking = new Map<string, Promise<Held>>();

  async function ask(account: Account, force: boolean, signal: AbortSignal): Promise<Held> {
    const previous = held.get(account.appId);
    const body = { grant_type: 'client_credential', appid: account.appId, secret: account.appSecret, force_refresh: force };
    const answer = (await call(`${account.apiBaseUrl}/cgi-bin/stable_token`, body, signal)) as { access_token?: string; expires_in?: number; errcode?: number };
    if (answer.access_token === undefined || answer.expires_in === undefined) {
      throw wechatError('WECHAT_TOKEN_REFUSED', { details: { platformCode: String(answer.errcode ?? '') } });
    }
    const nowMs = clock.monotonicMs();
    const isSame = previous?.token === answer.access_token;
    const next: Held = {
      token: answer.access_token,
      generation: (previous?.generation ?? 0) + (isSame ? 0 : 1),
      expiresMs: nowMs + Math.max(60_000, answer.expires_in * 1_000 - marginMs),
      forcedMs: force ? nowMs : (previous?.forcedMs ?? Number.NEGATIVE_INFINITY),
    };
    held.set(account.appId, next);
    return next;
  }

  function askOnce(account: Account, force: boolean, signal: AbortSignal): Promise<Held> {
    const running = asking.get(account.appId);
    if (running !== undefined) return running;
    const request = ask(account, force, signal).finally(() => asking.delete(account.appId));
    asking.set(account.appId, request);
    return request;
  }

  return {
    async get(account, signal) {
      const current = held.get(account.appId);
      return current !== undefined && clock.monotonicMs() < current.expiresMs ? current : askOnce(account, false, signal);
    },
    async renew(account, refused, signal) {
      const current = held.get(account.appId);
      if (current !== undefined && current.generation > refused) return current;
      const mayForce = current !== undefined && clock.monotonicMs() - current.forcedMs >= forceEveryMs;
      return askOnce(account, mayForce, signal);
    },
  };
}
