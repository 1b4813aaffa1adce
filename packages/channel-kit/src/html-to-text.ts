const entities: ReadonlyMap<string, string> = new Map(Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }));
const blockTags = new Set(['p', 'div', 'br', 'li', 'tr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'pre', 'table', 'ul', 'ol']);
const skippedTags = new Set(['script', 'style', 'head', 'title', 'template', 'noscript']);

function decodeEntity(name: string): string {
  if (!name.startsWith('#')) return entities.get(name.toLowerCase()) ?? `&${name};`;
  const code = name[1] === 'x' || name[1] === 'X' ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : '\ufffd';
}

/**
 * Words of an HTML fragment: tags go, blocks become lines, script and style are skipped, entities are decoded. One pass
 * without backtracking, so its time is linear in the input. It makes no HTML safe: its result is plain text, to be
 * escaped like any other.
 */
export function htmlToText(html: string): string {
  let text = '';
  let skipUntil: string | undefined;
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    const words = html.slice(at, open === -1 ? html.length : open);
    if (skipUntil === undefined) text += words.replaceAll(/[ \t\r\n\f]+/g, ' ');
    if (open === -1) break;
    const isComment = html.startsWith('<!--', open);
    const close = isComment ? html.indexOf('-->', open + 4) : html.indexOf('>', open);
    if (close === -1) break;
    at = close + (isComment ? 3 : 1);
    if (isComment) continue;
    const tag = /^<(\/?)([a-zA-Z][a-zA-Z0-9]{0,15})/.exec(html.slice(open, open + 18));
    const name = tag?.[2]?.toLowerCase() ?? '';
    if (skipUntil === undefined && tag?.[1] === '' && skippedTags.has(name)) skipUntil = name;
    else if (skipUntil !== undefined && tag?.[1] === '/' && name === skipUntil) skipUntil = undefined;
    else if (skipUntil === undefined && blockTags.has(name)) text += '\n';
  }
  return text
    .replaceAll(/&(#?[0-9a-zA-Z]{1,31});/g, (_, name: string) => decodeEntity(name))
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
