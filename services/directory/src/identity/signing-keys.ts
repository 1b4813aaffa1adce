import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import type { Clock } from '@patchbay/runtime/clock';
import type { IdSource } from '@patchbay/runtime/ids';
import type { Vault } from '../ports.ts';
import { vaultKeys } from '../vault-keys.ts';

/** One key pair as it is kept. */
interface KeptKey {
  keyId: string;
  createdMs: number;
  privateJwk: JWK;
  publicJwk: JWK;
}

/** The keys that tokens are signed with. */
export interface SigningKeys {
  /** Makes a new key when there is none or the newest is too old, and removes those that no token can bear any more. */
  rotate(): Promise<void>;
  /** The newest key. */
  current(): Promise<{ keyId: string; key: CryptoKey }>;
  /** Public key of an id; undefined when there is none. */
  publicKey(keyId: string): Promise<CryptoKey | undefined>;
  /** Public keys, newest first (RFC 7517). */
  jwks(): Promise<{ keys: JWK[] }>;
}

/** A key signs for so long, milliseconds. */
const signingMs = 90 * 86_400_000;
/** A replaced key still checks tokens for so long: longer than any token lives. */
const overlapMs = 2 * 86_400_000;
/** How long keys are held in memory before the vault is asked again. */
const cacheMs = 30_000;

export function createSigningKeys(parts: { vault: Vault; clock: Clock; ids: IdSource }): SigningKeys {
  const { vault, clock, ids } = parts;
  let cached: { keys: KeptKey[]; readMs: number } | undefined;

  /** Newest first: ids are UUIDv7. */
  async function readKeys(fresh = false): Promise<KeptKey[]> {
    if (!fresh && cached !== undefined && clock.monotonicMs() - cached.readMs < cacheMs) return cached.keys;
    const keys: KeptKey[] = [];
    for (const path of await vault.keys(vaultKeys.signingKeys)) {
      const entry = await vault.read(path);
      if (entry !== undefined) keys.push(entry.value as KeptKey);
    }
    keys.sort((left, right) => (left.keyId > right.keyId ? -1 : 1));
    cached = { keys, readMs: clock.monotonicMs() };
    return keys;
  }

  async function makeKey(): Promise<void> {
    const keyId = ids.next();
    const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const about = { kid: keyId, alg: 'EdDSA', use: 'sig' };
    const kept: KeptKey = {
      keyId,
      createdMs: clock.nowMs(),
      privateJwk: { ...(await exportJWK(pair.privateKey)), ...about },
      publicJwk: { ...(await exportJWK(pair.publicKey)), ...about },
    };
    await vault.write(vaultKeys.signingKey(keyId), kept, { expected: 0 });
  }

  return {
    async rotate() {
      const nowMs = clock.nowMs();
      const keys = await readKeys(true);
      const [newest] = keys;
      if (newest === undefined || nowMs - newest.createdMs > signingMs) await makeKey();
      for (const old of keys.filter((key) => key !== newest && nowMs - key.createdMs > signingMs + overlapMs)) await vault.remove(vaultKeys.signingKey(old.keyId));
      await readKeys(true);
    },
    async current() {
      let [newest] = await readKeys();
      if (newest === undefined) {
        await makeKey();
        [newest] = await readKeys(true);
      }
      const { keyId, privateJwk } = newest as KeptKey;
      return { keyId, key: (await importJWK(privateJwk, 'EdDSA')) as CryptoKey };
    },
    async publicKey(keyId) {
      const found = (await readKeys()).find((key) => key.keyId === keyId) ?? (await readKeys(true)).find((key) => key.keyId === keyId);
      return found === undefined ? undefined : ((await importJWK(found.publicJwk, 'EdDSA')) as CryptoKey);
    },
    async jwks() {
      return { keys: (await readKeys(true)).map((key) => key.publicJwk) };
    },
  };
}
