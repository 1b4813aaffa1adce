/** Samples a second of G.711. */
export const sampleRate = 8_000;

/** Nanoseconds of one sample. */
export const sampleNs = 125_000n;

/**
 * One octet of μ-law to 16-bit linear (ITU-T G.711, table 2a): all bits inverted, then `sign | exponent (3) | mantissa (4)`
 * with a bias of 33, scaled from 14 to 16 bits.
 */
function decodePcmu(octet: number): number {
  const bits = ~octet & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return (bits & 0x80) === 0 ? magnitude : -magnitude;
}

/**
 * One octet of A-law to 16-bit linear (ITU-T G.711, table 1a): even bits inverted, then `sign | exponent (3) |
 * mantissa (4)`, scaled from 13 to 16 bits; the sign bit set means positive.
 */
function decodePcma(octet: number): number {
  const bits = octet ^ 0x55;
  const exponent = (bits & 0x70) >> 4;
  const mantissa = ((bits & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return (bits & 0x80) === 0 ? -magnitude : magnitude;
}

const tables: Readonly<Record<string, Int16Array>> = {
  PCMU: Int16Array.from({ length: 256 }, (_, octet) => decodePcmu(octet)),
  PCMA: Int16Array.from({ length: 256 }, (_, octet) => decodePcma(octet)),
};

/** Linear samples by octet, or undefined for a codec that is not G.711. */
export function decodeTable(codec: string): Int16Array | undefined {
  return tables[codec];
}
