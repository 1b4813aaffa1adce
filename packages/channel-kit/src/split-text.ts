const sentences = new Intl.Segmenter('zh', { granularity: 'sentence' });
const graphemes = new Intl.Segmenter('zh', { granularity: 'grapheme' });

function sizeBytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** Packs pieces into parts of at most `maxBytes`; a piece that is too big alone goes through `smaller`. */
function pack(pieces: Iterable<string>, maxBytes: number, smaller: (piece: string) => Iterable<string>): string[] {
  const parts: string[] = [];
  let part = '';
  let partBytes = 0;
  const push = (piece: string, bytes: number) => {
    if (partBytes + bytes > maxBytes && part !== '') {
      parts.push(part);
      part = '';
      partBytes = 0;
    }
    part += piece;
    partBytes += bytes;
  };
  for (const piece of pieces) {
    const bytes = sizeBytes(piece);
    if (bytes <= maxBytes) push(piece, bytes);
    else for (const small of smaller(piece)) push(small, sizeBytes(small));
  }
  if (part !== '') parts.push(part);
  return parts;
}

function* byGrapheme(text: string, maxBytes: number): Iterable<string> {
  for (const { segment } of graphemes.segment(text)) {
    // A grapheme of any length can be built from combining marks; over the limit it is cut between code points.
    if (sizeBytes(segment) <= maxBytes) yield segment;
    else yield* segment;
  }
}

/** Cuts after each run of white space, so that words stay whole where a script has spaces. */
function* byWord(text: string, maxBytes: number): Iterable<string> {
  for (const word of text.match(/\S+\s*|\s+/g) ?? []) {
    if (sizeBytes(word) <= maxBytes) yield word;
    else yield* byGrapheme(word, maxBytes);
  }
}

/**
 * Cuts text into parts of at most `maxBytes` bytes of UTF-8, at ends of sentences where it can, then between words, then
 * between graphemes (an emoji with its joiners stays whole), then between code points. The parts joined are the text.
 * @param maxBytes at least 4; 0 for no limit
 */
export function splitText(text: string, maxBytes: number): string[] {
  const whole = text.toWellFormed();
  if (maxBytes <= 0 || sizeBytes(whole) <= maxBytes) return whole === '' ? [] : [whole];
  const limit = Math.max(4, maxBytes);
  const pieces = Array.from(sentences.segment(whole), ({ segment }) => segment);
  return pack(pieces, limit, (piece) => byWord(piece, limit));
}
