import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import type { ApiKey, CreateApiKeyRequest, CreateApiKeyResponse, Principal } from '@patchbay/contracts/directory/v1/identity_service';
import { ApiKey as ApiKeyCodec } from '@patchbay/contracts/directory/v1/identity_service';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import type { Clock } from '@patchbay/runtime/clock';
import { formatApiKey, isKeyGood, parseApiKey } from '../domain/api-key.ts';
import { directoryError } from '../errors.ts';
import type { ResourceMirror, Vault } from '../ports.ts';
import { vaultKeys } from '../vault-keys.ts';

/** A key as it is kept; the text of it is not. */
interface KeptKey {
  tenant: string;
  /** SHA-256 of the secret part, hex. The secret has 256 bits of chance, so a slow hash would add nothing. */
  secretSha256: string;
  /** The public part in protobuf JSON form. */
  key: unknown;
}

export interface ApiKeys {
  create(tenant: string, author: string, request: CreateApiKeyRequest): Promise<CreateApiKeyResponse>;
  /** Newest first. */
  list(tenant: string): Promise<ApiKey[]>;
  revoke(tenant: string, keyId: string): Promise<void>;
  /** Whose the key is. DIRECTORY_BAD_CREDENTIALS when nobody's, run out or ended; all the same to the caller. */
  verify(apiKey: string): Promise<Principal>;
}

const mostKeys = 500;
/** Uses are written down at most this often, milliseconds. */
const useEveryMs = 60_000;
/** Keys that ended this long ago are removed, milliseconds. */
const keptAfterEndMs = 30 * 86_400_000;

const smallSigns = 'abcdefghijkmnpqrstuvwxyz23456789';
const secretSigns = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function randomText(signs: string, length: number): string {
  return Array.from({ length }, () => signs[randomInt(signs.length)]).join('');
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();

export function createApiKeys(parts: { vault: Vault; mirror: ResourceMirror; clock: Clock }): ApiKeys {
  const { vault, mirror, clock } = parts;
  const usedMs = new Map<string, number>();

  async function readKept(keyId: string) {
    const entry = await vault.read(vaultKeys.apiKey(keyId));
    return entry === undefined ? undefined : { kept: entry.value as KeptKey, revision: entry.revision };
  }

  async function readAll(tenant: string): Promise<ApiKey[]> {
    const found: ApiKey[] = [];
    for (const path of await vault.keys(vaultKeys.apiKeys)) {
      const kept = (await vault.read(path))?.value as KeptKey | undefined;
      if (kept?.tenant !== tenant) continue;
      const key = ApiKeyCodec.fromJSON(kept.key);
      const use = (await vault.read(vaultKeys.apiKeyUse(key.keyId)))?.value as { usedMs: number } | undefined;
      found.push(use === undefined ? key : { ...key, lastUsedAt: new Date(use.usedMs) });
    }
    return found.sort((left, right) => (right.createdAt?.getTime() ?? 0) - (left.createdAt?.getTime() ?? 0));
  }

  async function removeEnded(keys: readonly ApiKey[]): Promise<number> {
    const beforeMs = clock.nowMs() - keptAfterEndMs;
    const ended = keys.filter((key) => (key.revokedAt ?? key.expiresAt)?.getTime() !== undefined && ((key.revokedAt ?? key.expiresAt)?.getTime() ?? 0) < beforeMs);
    for (const { keyId } of ended) {
      await vault.remove(vaultKeys.apiKey(keyId));
      await vault.remove(vaultKeys.apiKeyUse(keyId));
    }
    return ended.length;
  }

  /** Never holds up or fails a call: the time of the last use is only for people. */
  function noteUse(keyId: string): void {
    const nowMs = clock.nowMs();
    if (nowMs - (usedMs.get(keyId) ?? 0) < useEveryMs) return;
    if (usedMs.size > 10_000) usedMs.clear();
    usedMs.set(keyId, nowMs);
    vault.write(vaultKeys.apiKeyUse(keyId), { usedMs: nowMs }).catch(() => usedMs.delete(keyId));
  }

  return {
    async create(tenant, author, request) {
      const roles = [...new Set(request.roles)];
      if (roles.length === 0 || roles.some((role) => role <= Role.UNSPECIFIED || role > Role.ADMIN)) throw directoryError('DIRECTORY_BAD_REQUEST', { details: { field: 'roles' } });
      if (request.title === '' || request.title.length > 100) throw directoryError('DIRECTORY_BAD_REQUEST', { details: { field: 'title' } });
      if (request.expiresAt !== undefined && !(request.expiresAt.getTime() > clock.nowMs())) throw directoryError('DIRECTORY_BAD_REQUEST', { details: { field: 'expiresAt' } });
      const all = await readAll(tenant);
      if (all.length >= mostKeys && (await removeEnded(all)) === 0) throw directoryError('DIRECTORY_TOO_MANY_KEYS', { details: { limit: String(mostKeys) } });
      const text = { keyId: randomText(smallSigns, 12), secret: randomText(secretSigns, 43) };
      const key: ApiKey = { keyId: text.keyId, title: request.title, roles, createdAt: new Date(clock.nowMs()), expiresAt: request.expiresAt, revokedAt: undefined, author, lastUsedAt: undefined };
      const kept: KeptKey = { tenant, secretSha256: sha256(text.secret).toString('hex'), key: ApiKeyCodec.toJSON(key) };
      await vault.write(vaultKeys.apiKey(text.keyId), kept, { expected: 0 });
      return { apiKey: formatApiKey(text), key };
    },
    list: readAll,
    async revoke(tenant, keyId) {
      const found = /^[a-z0-9]{12}$/.test(keyId) ? await readKept(keyId) : undefined;
      if (found === undefined || found.kept.tenant !== tenant) throw directoryError('DIRECTORY_UNKNOWN_KEY');
      const key = ApiKeyCodec.fromJSON(found.kept.key);
      if (key.revokedAt !== undefined) return;
      const revoked: KeptKey = { ...found.kept, key: ApiKeyCodec.toJSON({ ...key, revokedAt: new Date(clock.nowMs()) }) };
      await vault.write(vaultKeys.apiKey(keyId), revoked, { expected: found.revision });
    },
    async verify(apiKey) {
      const text = parseApiKey(apiKey);
      const found = text === undefined ? undefined : await readKept(text.keyId);
      const given = sha256(text?.secret ?? '');
      const isRight = found !== undefined && timingSafeEqual(given, Buffer.from(found.kept.secretSha256, 'hex'));
      const key = found === undefined ? undefined : ApiKeyCodec.fromJSON(found.kept.key);
      if (!isRight || key === undefined || !isKeyGood(key, clock.nowMs())) throw directoryError('DIRECTORY_BAD_CREDENTIALS');
      noteUse(key.keyId);
      const { tenant } = found.kept;
      const centre = mirror.get({ tenant, kind: 'Tenant', name: tenant })?.spec;
      return { tenant, subject: `key:${key.keyId}`, roles: key.roles, agent: '', displayName: key.title, language: centre?.$case === 'tenant' ? centre.value.language : '' };
    },
  };
}
