/** A span of bytes, ends included. */
export interface ByteRange {
  first: number;
  last: number;
}

/**
 * The span that a Range header asks for (RFC 9110 section 14.1.2), one span only: undefined for the whole, `unsatisfiable`
 * for one that lies outside. Anything that is not understood is ignored, as the RFC asks.
 */
export function readByteRange(header: string | undefined, sizeBytes: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null) return undefined;
  const [, from = '', to = ''] = match;
  if (from === '' && to === '') return undefined;
  if (from === '') {
    const length = Number(to);
    return length === 0 ? 'unsatisfiable' : { first: Math.max(0, sizeBytes - length), last: sizeBytes - 1 };
  }
  const first = Number(from);
  const last = to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  if (to !== '' && Number(to) < first) return undefined;
  return first >= sizeBytes ? 'unsatisfiable' : { first, last };
}

/** The bytes of a span out of a stream of chunks; stops reading when it has them. */
export async function* sliceBytes(chunks: AsyncIterable<Uint8Array>, { first, last }: ByteRange): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of chunks) {
    const from = Math.max(0, first - at);
    const to = Math.min(chunk.byteLength, last + 1 - at);
    if (from < to) yield chunk.subarray(from, to);
    at += chunk.byteLength;
    if (at > last) return;
  }
}
