import type { SendOutcome } from '@patchbay/channel-kit/channel-adapter';
import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import { wechatError } from '../errors.ts';
import type { Account, WeChatPlatform } from '../ports.ts';
import { classify, tokenCodes, type PlatformAnswer } from '../wire/error-codes.ts';
import { createAccessTokens, type AccessToken, type AccessTokens } from './access-token.ts';

/** Faults of `fetch` after which surely nothing reached the platform. */
const notSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);
const longestMediaBytes = 20 * 1024 * 1024;

/** The platform refuses `\uXXXX` escapes, so lone surrogates, which JSON.stringify escapes, are replaced first. */
export function toPlatformJson(message: unknown): string {
  return JSON.stringify(message, (_key, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value));
}

function faultOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = ((error as { cause?: { code?: string } }).cause?.code ?? '') as string;
  return notSent.has(code) ? wechatError('WECHAT_NOT_REACHED', { cause: error }) : wechatError('WECHAT_ANSWER_LOST', { cause: error });
}

async function postJson(url: string, body: unknown, signal: AbortSignal): Promise<unknown> {
  try {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json; charset=utf-8' }, body: toPlatformJson(body), signal, redirect: 'error' });
    if (response.status >= 500) throw wechatError('WECHAT_PLATFORM_BUSY', { details: { httpStatus: String(response.status) } });
    return await response.json();
  } catch (error) {
    throw faultOf(error);
  }
}

/** Calls with a token, once more with a new one when the platform refuses it. */
async function withToken<Answer extends PlatformAnswer>(tokens: AccessTokens, account: Account, signal: AbortSignal, call: (token: AccessToken) => Promise<Answer>): Promise<Answer> {
  const token = await tokens.get(account, signal);
  const answer = await call(token);
  if (!tokenCodes.has(answer.errcode ?? 0)) return answer;
  return call(await tokens.renew(account, token.generation, signal));
}

/** What a fault before or during the call means for the message. */
function outcomeOf(error: AppError, beforeSending: boolean): SendOutcome {
  if (error.code === 'WECHAT_ANSWER_LOST' && !beforeSending) return { kind: 'unknown', code: error.code };
  return { kind: 'failed', code: error.code, retryable: error.retryable || beforeSending, ...(error.details['platformCode'] ? { platformCode: error.details['platformCode'] } : {}) };
}

/** The platform over HTTPS. */
export function createWeChatPlatform(clock: Clock): WeChatPlatform {
  const tokens = createAccessTokens(clock, postJson);
  return {
    async sendCustomMessage(account, message, signal) {
      let sending = false;
      try {
        const answer = await withToken(tokens, account, signal, async ({ token }) => {
          sending = true;
          return (await postJson(`${account.apiBaseUrl}/cgi-bin/message/custom/send?access_token=${encodeURIComponent(token)}`, message, signal)) as PlatformAnswer;
        });
        return (answer.errcode ?? 0) === 0 ? { kind: 'sent', platformMessageId: '' } : classify(answer.errcode ?? 0);
      } catch (error) {
        return outcomeOf(faultOf(error), !sending);
      }
    },
    async fetchMedia(account, mediaId, signal) {
      const { token } = await tokens.get(account, signal);
      const url = `${account.apiBaseUrl}/cgi-bin/media/get?access_token=${encodeURIComponent(token)}&media_id=${encodeURIComponent(mediaId)}`;
      const response = await fetch(url, { signal, redirect: 'error' });
      const mime = response.headers.get('content-type')?.split(';')[0] ?? 'application/octet-stream';
      // Errors of this interface come as JSON with status 200.
      if (!response.ok || mime === 'application/json' || mime === 'text/plain' || Number(response.headers.get('content-length') ?? 0) > longestMediaBytes) {
        await response.body?.cancel();
        return undefined;
      }
      const bytes = new Uint8Array(await response.arrayBuffer());
      return bytes.length > longestMediaBytes ? undefined : { bytes, mime };
    },
    async uploadMedia(account, media, signal) {
      try {
        const answer = await withToken(tokens, account, signal, async ({ token }) => {
          const form = new FormData();
          form.set('media', new Blob([Buffer.from(media.bytes)], { type: media.mime }), media.name);
          const url = `${account.apiBaseUrl}/cgi-bin/media/upload?access_token=${encodeURIComponent(token)}&type=${media.type}`;
          const response = await fetch(url, { method: 'POST', body: form, signal, redirect: 'error' });
          return (await response.json()) as PlatformAnswer & { media_id?: string };
        });
        return answer.media_id === undefined ? classify(answer.errcode ?? -1) : { mediaId: answer.media_id };
      } catch (error) {
        return outcomeOf(faultOf(error), true);
      }
    },
  };
}
