import type { Actor } from '@patchbay/bus/actor';
import type { User } from '@patchbay/contracts/directory/v1/resource';
import { apiError } from '../errors.ts';
import type { ApiKeyVerifier } from './api-key-verifier.ts';
import type { TokenVerifier } from './token-verifier.ts';

/** Somebody whose credential was checked. */
export interface Authenticated {
  tenant: string;
  actor: Actor;
  /** Language tag; empty when not known. */
  language: string;
}

/** Reads a metadata value; undefined when the call has none. */
export type ReadMetadata = (name: string) => string | undefined;

export type Authenticate = (read: ReadMetadata) => Promise<Authenticated>;

/**
 * Checks the credential of a call: a bearer token or an API key, never both. The tenant is the credential's. Roles of a
 * user are those that the directory has now: a user who was disabled an instant ago is out although the token is good.
 */
export function createAuthenticate(parts: { tokens: TokenVerifier; apiKeys: ApiKeyVerifier; findUser: (tenant: string, user: string) => User | undefined }): Authenticate {
  async function byToken(header: string): Promise<Authenticated> {
    const token = /^bearer ([A-Za-z0-9._-]+)$/i.exec(header)?.[1];
    if (token === undefined) throw apiError('API_BAD_CREDENTIAL');
    const { tenant, user } = await parts.tokens.verify(token);
    const found = parts.findUser(tenant, user);
    if (found === undefined || found.disabled) throw apiError('API_BAD_CREDENTIAL');
    const { roles, agent, language } = found;
    return { tenant, actor: { subject: `user:${user}`, kind: 'user', roles, ...(agent === '' ? {} : { agent }) }, language };
  }

  async function byKey(apiKey: string): Promise<Authenticated> {
    const { tenant, subject, roles, language } = await parts.apiKeys.verify(apiKey);
    return { tenant, actor: { subject, kind: 'key', roles }, language };
  }

  return async (read) => {
    const header = read('authorization');
    const apiKey = read('x-api-key');
    if (header !== undefined && apiKey !== undefined) throw apiError('API_BAD_CREDENTIAL', { details: { credentials: 'both a token and a key' } });
    if (header !== undefined) return byToken(header);
    if (apiKey !== undefined) return byKey(apiKey);
    throw apiError('API_NO_CREDENTIAL');
  };
}
