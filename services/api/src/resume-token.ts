import { createHmac, timingSafeEqual } from 'node:crypto';
import { apiError } from './errors.ts';

/** Signs and reads places in the stream, so that callers can come back to them and to no other. */
export interface ResumeTokens {
  /** A token for the place after this one. */
  sign(tenant: string, sequence: number): string;
  /** The place. API_BAD_RESUME_TOKEN when the token is not ours or another tenant's. */
  read(tenant: string, token: string): number;
}

/** @param key shared by all replicas, 32 bytes */
export function createResumeTokens(key: Uint8Array): ResumeTokens {
  const macOf = (tenant: string, place: string) => createHmac('sha256', key).update(`events\0${tenant}\0${place}`).digest().subarray(0, 16);
  return {
    sign: (tenant, sequence) => `${sequence.toString(36)}.${macOf(tenant, sequence.toString(36)).toString('base64url')}`,
    read(tenant, token) {
      const [place = '', mac = '', ...rest] = token.split('.');
      const given = Buffer.from(mac, 'base64url');
      const isGood = rest.length === 0 && /^[0-9a-z]{1,11}$/.test(place) && given.length === 16 && timingSafeEqual(given, macOf(tenant, place));
      if (!isGood) throw apiError('API_BAD_RESUME_TOKEN');
      return Number.parseInt(place, 36);
    },
  };
}
