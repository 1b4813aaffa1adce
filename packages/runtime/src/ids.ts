import { createHash, randomFillSync } from 'node:crypto';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';

/** Makes identifiers. Passed in, so that tests can count them. */
export interface IdSource {
  /** A new UUIDv7 (RFC 9562 section 5.7): 48 bits of milliseconds, then random; rises within a process. */
  next(): string;
}

function formatUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Writes time, version and variant over 16 bytes of entropy. */
function stampUuidV7(bytes: Uint8Array, timeMs: number): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  view.setUint16(0, Math.floor(timeMs / 2 ** 32));
  view.setUint32(2, timeMs >>> 0);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return formatUuid(bytes);
}

/** Ids whose entropy is drawn at once: a call of the random source costs more than the rest of an id. */
const idsADraw = 256;

/**
 * An id source over a clock. Ids of the same millisecond are ordered by a counter in the 12 bits after the version
 * (RFC 9562 section 6.2, method 1); a clock that steps back keeps the last time, so the order holds.
 */
export function createIdSource(clock: Clock = systemClock): IdSource {
  let lastMs = 0;
  let counter = 0;
  const entropy = new Uint8Array(16 * idsADraw);
  let used = entropy.length;
  return {
    next() {
      const nowMs = clock.nowMs();
      if (used === entropy.length) {
        randomFillSync(entropy);
        used = 0;
      }
      const bytes = entropy.subarray(used, (used += 16));
      if (nowMs > lastMs) {
        lastMs = nowMs;
        counter = ((bytes[6] ?? 0) << 3) | ((bytes[7] ?? 0) & 0x07);
      } else if (++counter > 0xfff) {
        lastMs += 1;
        counter = 0;
      }
      bytes[6] = counter >>> 8;
      bytes[7] = counter & 0xff;
      return stampUuidV7(bytes, lastMs);
    },
  };
}

/**
 * The same UUIDv7-shaped id for the same seed and time: the event id of something that may be delivered twice.
 * @param timeMs when it happened, as its source says, so that redeliveries agree; milliseconds since the Unix epoch
 * @param seed what redeliveries share, e.g. `wechat|<appid>|<MsgId>`
 */
export function deterministicId(timeMs: number, ...seed: string[]): string {
  const hash = createHash('sha256');
  for (const part of seed) hash.update(part).update('\0');
  return stampUuidV7(new Uint8Array(hash.digest().subarray(0, 16)), Math.max(0, Math.floor(timeMs)));
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the text is a UUID in lower-case form. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}

/** Milliseconds since the Unix epoch that a UUIDv7 carries. */
export function uuidTimeMs(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}
