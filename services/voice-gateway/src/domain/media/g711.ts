/** Companding laws of ITU-T G.711, under their RTP names (RFC 3551 section 4.5.14). */
export type Codec = 'PCMU' | 'PCMA';

/** Samples a second; one byte each. */
export const sampleRate = 8_000;

const ulawBias = 132;
const ulawClip = 32_635;

function encodeUlawSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), ulawClip) + ulawBias;
  const exponent = 24 - Math.clz32(magnitude);
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}

function decodeUlawSample(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + ulawBias) << ((bits >> 4) & 7)) - ulawBias;
  return (bits & 0x80) === 0 ? magnitude : -magnitude;
}

/** Even bits are inverted on the line (G.711 table 1a, note 2). */
const alawToggle = 0x55;

function encodeAlawSample(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80;
  // 12 bits of magnitude; the negative half is one's complement, so that 0 and -1 mirror each other.
  const magnitude = (sample < 0 ? ~sample : sample) >> 4;
  const exponent = magnitude < 16 ? 0 : 28 - Math.clz32(magnitude);
  const mantissa = exponent < 2 ? magnitude & 0x0f : (magnitude >> (exponent - 1)) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ alawToggle;
}

function decodeAlawSample(byte: number): number {
  const bits = byte ^ alawToggle;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return (bits & 0x80) === 0 ? -magnitude : magnitude;
}

function tableOf(decode: (byte: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, byte) => decode(byte));
}

const decodeTables = { PCMU: tableOf(decodeUlawSample), PCMA: tableOf(decodeAlawSample) } as const;

/** Bytes of every 16-bit sample, by its unsigned form. */
function encodeTableOf(encode: (sample: number) => number): Uint8Array {
  return Uint8Array.from({ length: 65_536 }, (_, bits) => encode((bits << 16) >> 16));
}

const encodeTables = { PCMU: encodeTableOf(encodeUlawSample), PCMA: encodeTableOf(encodeAlawSample) } as const;

/** From one law to the other, byte by byte. */
const crossTables = {
  PCMU: Uint8Array.from({ length: 256 }, (_, byte) => encodeAlawSample(decodeUlawSample(byte))),
  PCMA: Uint8Array.from({ length: 256 }, (_, byte) => encodeUlawSample(decodeAlawSample(byte))),
} as const;

/** The byte of silence: positive zero. */
export const silenceByte: Readonly<Record<Codec, number>> = { PCMU: 0xff, PCMA: 0xd5 };

/** 16-bit linear samples of companded bytes. */
export function decodeSamples(codec: Codec, bytes: Uint8Array): Int16Array {
  const table = decodeTables[codec];
  const samples = new Int16Array(bytes.length);
  for (let index = 0; index < bytes.length; index += 1) samples[index] = table[bytes[index] as number] as number;
  return samples;
}

/** Companded bytes of 16-bit linear samples, written into `into`. */
export function encodeSamples(codec: Codec, samples: Int16Array, into: Uint8Array = new Uint8Array(samples.length)): Uint8Array {
  const table = encodeTables[codec];
  for (let index = 0; index < samples.length; index += 1) into[index] = table[(samples[index] as number) & 0xffff] as number;
  return into;
}

/** Turns bytes of one law into the other, in place. */
export function transcodeInPlace(from: Codec, bytes: Uint8Array): void {
  const table = crossTables[from];
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = table[bytes[index] as number] as number;
}
