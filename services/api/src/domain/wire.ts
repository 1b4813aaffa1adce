/** Reads a base-128 number; gives the place after it, or -1. Up to ten bytes (64 bits). */
function skipNumber(bytes: Uint8Array, place: number): number {
  for (let length = 1; length <= 10; length++) {
    const byte = bytes[place + length - 1];
    if (byte === undefined) return -1;
    if (byte < 0x80) return place + length;
  }
  return -1;
}

/** Value of the number that ends before `end`; exact up to 2^53, which is beyond every length. */
function readNumber(bytes: Uint8Array, place: number, end: number): number {
  let value = 0;
  for (let index = end - 1; index >= place; index -= 1) value = value * 128 + ((bytes[index] ?? 0) & 0x7f);
  return value;
}

/** Place after a field's value, or -1. Groups (wire types 3 and 4) are not part of proto3. */
function skipValue(bytes: Uint8Array, place: number, wireType: number): number {
  switch (wireType) {
    case 0:
      return skipNumber(bytes, place);
    case 1:
      return place + 8;
    case 2: {
      const start = skipNumber(bytes, place);
      return start === -1 ? -1 : start + readNumber(bytes, place, start);
    }
    case 5:
      return place + 4;
    default:
      return -1;
  }
}

/**
 * Whether the bytes are fields from beginning to end (protobuf encoding, proto3): the generated decoder stops in silence at
 * the end of a group and passes over field number zero, and what comes after it would be lost.
 */
export function isWellFormed(bytes: Uint8Array): boolean {
  let place = 0;
  while (place < bytes.length) {
    const afterTag = skipNumber(bytes, place);
    if (afterTag === -1 || afterTag - place > 5) return false;
    const tag = readNumber(bytes, place, afterTag);
    if (tag < 8) return false;
    place = skipValue(bytes, afterTag, tag % 8);
    if (place === -1 || place > bytes.length) return false;
  }
  return true;
}
