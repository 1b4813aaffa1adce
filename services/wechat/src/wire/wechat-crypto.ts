import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { wechatError } from '../errors.ts';

/*
 * Message encryption of WeChat call-backs (消息加解密, safe mode):
 *
 *   plain  = random(16) | length(4, big endian, bytes of msg) | msg | appid | padding
 *   cipher = AES-256-CBC(key, iv = key[0..16], plain), key = base64(EncodingAESKey + "=")
 *   padding: PKCS#7 to blocks of 32, so 1 to 32 equal bytes; Node's own padding knows blocks of 16 only.
 *   msg_signature = sha1(sort(token, timestamp, nonce, Encrypt) joined), lower-case hex
 */

const blockBytes = 32;
const randomLength = 16;

/** SHA-1 over the sorted parts, lower-case hex: `signature` with three parts, `msg_signature` with four. */
export function signatureOf(...parts: readonly string[]): string {
  return createHash('sha1').update([...parts].sort().join('')).digest('hex');
}

/** Compares without telling by its time where two texts differ. */
export function isSameSignature(given: string, wanted: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(wanted)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Reads an EncodingAESKey of 43 signs; WECHAT_NOT_CONFIGURED for anything else. The last sign may carry spare bits. */
export function parseAesKey(encodingAesKey: string): Buffer {
  const key = /^[A-Za-z0-9+/]{43}$/.test(encodingAesKey) ? Buffer.from(`${encodingAesKey}=`, 'base64') : Buffer.alloc(0);
  if (key.length !== 32) throw wechatError('WECHAT_NOT_CONFIGURED', { details: { secret: 'encodingAesKey' } });
  return key;
}

/** Decrypts `Encrypt`; undefined when padding, length or app id are wrong, without saying which (no padding oracle). */
export function decrypt(encrypted: string, key: Buffer, appId: string): string | undefined {
  const cipherText = Buffer.from(encrypted, 'base64');
  if (cipherText.length === 0 || cipherText.length % 16 !== 0) return undefined;
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(cipherText), decipher.final()]);
  const pad = plain.at(-1) ?? 0;
  if (pad < 1 || pad > blockBytes || pad > plain.length || !plain.subarray(-pad).every((byte) => byte === pad)) return undefined;
  const content = plain.subarray(0, plain.length - pad);
  if (content.length < randomLength + 4) return undefined;
  const end = randomLength + 4 + content.readUInt32BE(randomLength);
  if (end > content.length || content.subarray(end).toString() !== appId) return undefined;
  return content.subarray(randomLength + 4, end).toString();
}

/** Encrypts a text as the platform does. @param random 16 bytes; fixed only to check vectors */
export function encrypt(text: string, key: Buffer, appId: string, random: Buffer = randomBytes(randomLength)): string {
  const message = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  const plain = Buffer.concat([random, length, message, Buffer.from(appId)]);
  const pad = blockBytes - (plain.length % blockBytes);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(Buffer.concat([plain, Buffer.alloc(pad, pad)])), cipher.final()]).toString('base64');
}
