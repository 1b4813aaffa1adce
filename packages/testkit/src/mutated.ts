import fc from 'fast-check';

/** Pieces that parsers trip over, whatever they read. */
const nasty = ['\0', '\r', '\n', '\r\n', '\r\n\r\n', '"', "'", '\\', '<', '>', '&', ';', ':', '=', '{', '}', '[', ']', ',', '\t', '%00', '-1', '1e999', '99999999999999999999', '\xff', '\xc3\x28', '\ud800', '__proto__', 'constructor', '\u202e'];

type Edit = (bytes: Buffer) => Buffer;

const spliced = (bytes: Buffer, at: number, removed: number, added: Uint8Array): Buffer => {
  const place = at % (bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, place), added, bytes.subarray(place + removed)]);
};

const place = fc.nat({ max: 1_000_000 });

function editOf(pieces: readonly string[]): fc.Arbitrary<Edit> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.tuple(place, fc.integer({ min: 1, max: 12 })).map(([at, length]): Edit => (bytes) => spliced(bytes, at, length, Buffer.alloc(0))) },
    { weight: 4, arbitrary: fc.tuple(place, fc.constantFrom(...pieces)).map(([at, piece]): Edit => (bytes) => spliced(bytes, at, 0, Buffer.from(piece))) },
    { weight: 4, arbitrary: fc.tuple(place, fc.integer({ min: 0, max: 255 })).map(([at, byte]): Edit => (bytes) => spliced(bytes, at, 1, Uint8Array.of(byte))) },
    { weight: 4, arbitrary: fc.tuple(place, place, fc.integer({ min: 1, max: 60 })).map(([to, from, length]): Edit => (bytes) => spliced(bytes, to, 0, bytes.subarray(from % (bytes.length + 1)).subarray(0, length))) },
    { weight: 1, arbitrary: place.map((at): Edit => (bytes) => bytes.subarray(0, at % (bytes.length + 1))) },
  );
}

/**
 * Good inputs with one or two faults each: cut out, put in, overwritten, doubled, cut off.
 * @param seeds good inputs
 * @param own pieces that mean something in the format, besides those that mean something everywhere
 */
export function mutated(seeds: readonly (string | Uint8Array)[], own: readonly string[] = []): fc.Arbitrary<Uint8Array> {
  const edits = fc.array(editOf([...nasty, ...own]), { minLength: 1, maxLength: 2 });
  return fc.tuple(fc.constantFrom(...seeds), edits).map(([seed, changes]) => Uint8Array.from(changes.reduce<Buffer>((bytes, change) => change(bytes), Buffer.from(seed))));
}
