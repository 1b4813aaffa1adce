/** A source of numbers below 1 that is the same for the same seed (mulberry32). */
export function createDice(seed: number): (sides: number) => number {
  let state = seed >>> 0;
  return (sides) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides);
  };
}

/** Pieces that parsers trip over. */
const nasty = ['\r\n', '\r\n\r\n', '\r', '\n', '\0', ';', ',', '<', '>', '"', '\\', ':', '@', '=', '%', '%zz', ' ', '\t', 'z9hG4bK', '4294967296', '-1', '[::1]', '[', ']', '*', '\xff', 'SIP/2.0', 'tag=', 'Content-Length: 99999\r\n', '\r\n '];

function mutateOnce(bytes: Buffer, roll: (sides: number) => number): Buffer {
  const at = roll(bytes.length + 1);
  const length = 1 + roll(8);
  switch (roll(12)) {
    case 0:
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 2:
    case 3:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(nasty[roll(nasty.length)] ?? '', 'latin1'), bytes.subarray(at)]);
    case 4:
    case 5:
    case 6: {
      const copy = Buffer.from(bytes);
      copy[at % Math.max(1, copy.length)] = roll(256);
      return copy;
    }
    case 7:
    case 8:
    case 9: {
      // A whole line twice, or one line in another's place.
      const lines = bytes.toString('latin1').split('\r\n');
      lines.splice(roll(lines.length), roll(2), lines[roll(lines.length)] ?? '');
      return Buffer.from(lines.join('\r\n'), 'latin1');
    }
    case 10:
      return bytes.subarray(0, at);
    default:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - length * 4))]);
  }
}

/** The message with one or two random faults. */
export function mutate(bytes: Uint8Array, roll: (sides: number) => number): Uint8Array {
  let mutated = Buffer.from(bytes);
  for (let count = 1 + roll(2); count > 0; count -= 1) mutated = Buffer.from(mutateOnce(mutated, roll));
  return Uint8Array.from(mutated);
}
