/** The two parts of an API key's text. */
export interface ApiKeyText {
  keyId: string;
  secret: string;
}

const pattern = /^pb_([a-z0-9]{12})_([A-Za-z0-9]{43})$/;

/** Takes `pb_<id>_<secret>` apart; undefined when the text is no key of ours. */
export function parseApiKey(text: string): ApiKeyText | undefined {
  const match = pattern.exec(text);
  return match === null ? undefined : { keyId: match[1] as string, secret: match[2] as string };
}

/** `pb_<id>_<secret>`; the prefix lets scanners of leaked secrets find it. */
export function formatApiKey(key: ApiKeyText): string {
  return `pb_${key.keyId}_${key.secret}`;
}

/** Whether a key may be used. */
export function isKeyGood(key: { expiresAt?: Date | undefined; revokedAt?: Date | undefined }, nowMs: number): boolean {
  return key.revokedAt === undefined && (key.expiresAt === undefined || key.expiresAt.getTime() > nowMs);
}
