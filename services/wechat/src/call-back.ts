import type { Clock } from '@patchbay/runtime/clock';
import { wechatError } from './errors.ts';
import { parseCallBack, type CallBackFields } from './wire/call-back-xml.ts';
import { decrypt, isSameSignature, parseAesKey, signatureOf } from './wire/wechat-crypto.ts';

/** One call of the platform. */
export interface CallBack {
  /** App id, from the path. */
  appId: string;
  query: Readonly<Record<string, string>>;
  body: string;
}

/** Secrets of one account, as the platform's console shows them. */
export interface AccountSecrets {
  token: string;
  encodingAesKey: string;
  /** Still good while the platform changes over to a new key. */
  previousEncodingAesKey?: string;
}

/** Call-backs older or newer than this are refused: somebody plays them again. */
const skewMs = 300_000;

function need(value: string | undefined, name: string): string {
  if (value === undefined || value === '' || value.length > 512) throw wechatError('WECHAT_BAD_REQUEST', { details: { parameter: name } });
  return value;
}

/** Answers the platform's check of the URL: the echo, when the signature is right. */
export function verifyUrl(callBack: CallBack, secrets: AccountSecrets): string {
  const { query } = callBack;
  const echo = need(query['echostr'], 'echostr');
  const wanted = signatureOf(secrets.token, need(query['timestamp'], 'timestamp'), need(query['nonce'], 'nonce'));
  if (!isSameSignature(need(query['signature'], 'signature'), wanted)) throw wechatError('WECHAT_BAD_SIGNATURE');
  return echo;
}

/**
 * Verifies and decrypts one call-back in safe mode; in compatible mode only the encrypted copy counts, since the plain
 * one is not signed. Order: parameters, time, signature, decryption, app id, form. A wrong signature, time and
 * decryption give the same answer.
 */
export function openCallBack(callBack: CallBack, secrets: AccountSecrets, clock: Clock): CallBackFields {
  const { query, body, appId } = callBack;
  const timestamp = need(query['timestamp'], 'timestamp');
  const nonce = need(query['nonce'], 'nonce');
  const given = need(query['msg_signature'], 'msg_signature');
  const encrypted = needEncrypted(parseCallBack(body)['Encrypt']);
  const ageMs = Math.abs(clock.nowMs() - Number(timestamp) * 1_000);
  const isFresh = /^\d{1,12}$/.test(timestamp) && ageMs <= skewMs;
  const isSigned = isSameSignature(given, signatureOf(secrets.token, timestamp, nonce, encrypted));
  if (!isFresh || !isSigned) throw wechatError('WECHAT_BAD_SIGNATURE');
  for (const key of [secrets.encodingAesKey, secrets.previousEncodingAesKey]) {
    if (key === undefined || key === '') continue;
    const text = decrypt(encrypted, parseAesKey(key), appId);
    if (text !== undefined) return parseCallBack(text);
  }
  throw wechatError('WECHAT_BAD_SIGNATURE');
}

function needEncrypted(value: string | undefined): string {
  if (value === undefined || value === '') throw wechatError('WECHAT_BAD_REQUEST', { details: { field: 'Encrypt' } });
  return value;
}
