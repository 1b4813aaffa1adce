import { createHash } from 'node:crypto';

/** Records of threads, messages and snapshots go after this long without a change: 90 days. */
export const recordTtlMs = 90 * 86_400_000;

/** Hash of what names something on a channel: it keeps addresses out of keys and any sign out of subjects. */
function hashOf(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  // Lengths go in, so that no two lists of parts give the same bytes.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('base64url').slice(0, 32);
}

/** Where something lives: one account of one channel of one tenant. */
export interface AccountPlace {
  readonly tenant: string;
  readonly channel: string;
  readonly account: string;
}

/** Key of the contact that a thread has open, bucket `channel-threads`. */
export const threadKey = (place: AccountPlace, thread: string) => `thread.${hashOf(place.tenant, place.channel, place.account, thread)}`;
/** Key of a platform message's place, bucket `channel-threads`. */
export const messageKey = (place: AccountPlace, platformMessageId: string) => `message.${hashOf(place.tenant, place.channel, place.account, platformMessageId)}`;
/** Key of a contact's snapshot, bucket `channel-threads`. */
export const stateKey = (contactId: string) => `contact.${contactId}`;
/** Key of the claim on an inbound message, bucket `channel-dedup`. */
export const claimKey = (place: AccountPlace, dedupKey: string) => `inbound.${hashOf(place.tenant, place.channel, place.account, dedupKey)}`;
/** Key of the mark that a platform call was begun, bucket `channel-dedup`. */
export const attemptKey = (commandId: string) => `attempt.${commandId}`;
/** The key that every try of one platform call shares: 32 signs of hex. */
export const idempotencyKeyOf = (commandId: string, part: number) => createHash('sha256').update(`${commandId}\0${part}`).digest('hex').slice(0, 32);
