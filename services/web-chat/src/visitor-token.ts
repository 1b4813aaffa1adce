import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Who a token is for. */
export interface Visitor {
  readonly tenant: string;
  /** Widget key that the visitor came through. */
  readonly account: string;
  /** 22 signs of base64url; the visitor's address on the channel. */
  readonly visitorId: string;
}

/** Makes and checks visitor tokens: who holds one reads that visitor's chat, and nobody else's. */
export interface VisitorTokens {
  issue(visitor: Visitor): string;
  /** The visitor, and whether the token should be renewed; undefined when it is not genuine or too old. */
  check(token: string): { visitor: Visitor; isOld: boolean } | undefined;
}

const lifetimeMs = 180 * 86_400_000;

/** A visitor nobody was before. */
export function newVisitorId(): string {
  return randomBytes(16).toString('base64url');
}

/**
 * Tokens `v1.<payload>.<mac>`: payload is base64url JSON {t tenant, k widget key, v visitor, x end in seconds}, mac is
 * HMAC-SHA-256 over `v1.<payload>`.
 * @param secret at least 32 bytes, the same on every replica
 */
export function createVisitorTokens(secret: Uint8Array, nowMs: () => number): VisitorTokens {
  const macOf = (signed: string) => createHmac('sha256', secret).update(signed).digest();
  return {
    issue({ tenant, account, visitorId }) {
      const payload = { t: tenant, k: account, v: visitorId, x: Math.floor((nowMs() + lifetimeMs) / 1000) };
      const signed = `v1.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
      return `${signed}.${macOf(signed).toString('base64url')}`;
    },
    check(token) {
      const [version, payload, mac, ...rest] = token.split('.');
      if (version !== 'v1' || payload === undefined || mac === undefined || rest.length > 0) return undefined;
      const given = Buffer.from(mac, 'base64url');
      const wanted = macOf(`v1.${payload}`);
      // The text is compared too: base64url has several spellings of the same bytes.
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted) || given.toString('base64url') !== mac) return undefined;
      const { t, k, v, x } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { t: string; k: string; v: string; x: number };
      const leftMs = x * 1000 - nowMs();
      return leftMs <= 0 ? undefined : { visitor: { tenant: t, account: k, visitorId: v }, isOld: leftMs < lifetimeMs / 2 };
    },
  };
}
