import { createHash } from 'node:crypto';
import { htmlToText } from '@patchbay/channel-kit/html-to-text';
import iconv from 'iconv-lite';
import PostalMime, { type Email } from 'postal-mime';
import sanitizeHtml from 'sanitize-html';
import type { MailLimits, ParsedMail } from './parsed-mail.ts';
import { stripQuotes } from './strip-quotes.ts';

/** What a mail may show; no scripts, forms, positions or anything that is fetched from elsewhere. */
const allowedHtml: sanitizeHtml.IOptions = {
  allowedTags: ['p', 'br', 'div', 'span', 'a', 'b', 'strong', 'i', 'em', 'u', 's', 'ul', 'ol', 'li', 'blockquote', 'pre', 'code', 'table', 'thead', 'tbody', 'tr', 'td', 'th', 'h1', 'h2', 'h3', 'h4', 'hr'],
  allowedAttributes: { a: ['href'], td: ['colspan', 'rowspan'], th: ['colspan', 'rowspan'] },
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  nestingLimit: 50,
};

/** The blank line that ends the headers. */
function bodyStart(raw: Uint8Array): number {
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const crlf = text.indexOf('\r\n\r\n');
  const lf = text.indexOf('\n\n');
  if (crlf >= 0 && (lf < 0 || crlf < lf)) return crlf + 4;
  return lf >= 0 ? lf + 2 : raw.length;
}

/**
 * Header lines with raw 8-bit bytes, as some mail programs write them: valid UTF-8 stays, the rest is taken for GB18030,
 * which holds GBK and GB2312.
 */
function repairHeaders(raw: Uint8Array): Uint8Array {
  const end = bodyStart(raw);
  const head = Buffer.from(raw.subarray(0, end));
  if (!head.some((byte) => byte >= 0x80)) return raw;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head);
    return raw;
  } catch {
    return Buffer.concat([Buffer.from(iconv.decode(head, 'gb18030')), raw.subarray(end)]);
  }
}

const header = (mail: Email, name: string): string => mail.headers.find(({ key }) => key === name)?.value.trim() ?? '';

/** Mail of programs: RFC 3834 and what is used beside it. */
function isAutomatic(mail: Email): boolean {
  const submitted = header(mail, 'auto-submitted').toLowerCase();
  const from = mail.from !== undefined && mail.from.address !== undefined ? mail.from.address : '';
  return (
    (submitted !== '' && !submitted.startsWith('no')) ||
    header(mail, 'return-path') === '<>' ||
    /^(bulk|list|junk|auto_reply)$/i.test(header(mail, 'precedence')) ||
    ['list-id', 'list-unsubscribe', 'x-autoreply', 'x-autorespond'].some((name) => header(mail, name) !== '') ||
    /^multipart\/report/i.test(header(mail, 'content-type')) ||
    /^(mailer-daemon|postmaster|no-?reply)@/i.test(from)
  );
}

const messageIds = (text: string): string[] => text.match(/<[^<>\s\p{Cc}]{1,250}>/gu) ?? [];

/** A name that is safe to show and save: no path, no control or direction signs. */
function safeName(name: string | null): string {
  const base = (name ?? '').normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const clean = [...base.replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')].slice(0, 150).join('');
  return /^\.*$/.test(clean) ? '' : clean;
}

/** Text of one line, such as a subject or a name: encoded words can hold line ends, which would be headers in an answer. */
const oneLine = (text: string): string => text.replaceAll(/[\t\r\n]+/g, ' ').replaceAll(/\p{Cc}/gu, '').trim();

/** Text of several lines. Databases take no NUL, and no person writes one. */
const withoutNul = (text: string): string => text.replaceAll('\0', '');

/** A date of the calendar that a protobuf Timestamp has, years 1 to 9999, as ISO 8601; empty for any other. */
function dateOf(text: string | undefined): string {
  const date = new Date(text ?? '');
  return date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999 ? date.toISOString() : '';
}

/** A media type as RFC 2045 section 5.1 has it. */
const mediaType = /^[a-z0-9!#$&^_.+-]{1,100}\/[a-z0-9!#$&^_.+-]{1,100}$/i;

/** A body whose media type is none is plain text (RFC 2045 section 5.2): the customer's words, not a file. */
function untypedText({ attachments }: Email): string | undefined {
  const [first, ...more] = attachments;
  if (first === undefined || more.length > 0 || first.filename !== null || mediaType.test(first.mimeType)) return undefined;
  return Buffer.from(toBytes(first.content)).toString('utf8');
}

/** Longest address that can be answered: 64 and 255 octets around the @ (RFC 5321 section 4.5.3.1). */
const longestAddress = 320;

function toBytes(content: ArrayBuffer | Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content);
}

/** Parses a mail within limits. Throws when it is deeper or has larger headers than allowed. */
export async function parseMail(raw: Uint8Array, limits: MailLimits): Promise<ParsedMail> {
  const mail = await PostalMime.parse(repairHeaders(raw), { maxNestingDepth: limits.maxDepth, maxHeadersSize: limits.maxHeaderBytes, maxRfc822NestingDepth: 5 });
  if (mail.attachments.length > limits.maxParts) throw new Error('too many parts');
  const html = mail.html === undefined ? '' : withoutNul(sanitizeHtml(mail.html.slice(0, limits.maxTextLength * 4), allowedHtml));
  const untyped = mail.text?.trim() || html !== '' ? undefined : untypedText(mail);
  const fullText = withoutNul(mail.text?.trim() ? mail.text : (untyped ?? htmlToText(html))).slice(0, limits.maxTextLength);
  const answered = [...messageIds(header(mail, 'references')), ...messageIds(header(mail, 'in-reply-to'))];
  const from = mail.from?.address === undefined ? mail.from?.group?.[0] : mail.from;
  return {
    messageId: messageIds(header(mail, 'message-id'))[0] ?? '',
    from: from === undefined || from.address === '' || from.address.length > longestAddress ? undefined : { address: from.address, name: oneLine(from.name) },
    subject: oneLine(mail.subject ?? '').slice(0, 500),
    date: dateOf(mail.date),
    references: [...new Set(answered)].slice(-40),
    text: stripQuotes(fullText),
    fullText,
    html,
    attachments: (untyped === undefined ? mail.attachments : []).map((part) => ({ name: safeName(part.filename), mime: mediaType.test(part.mimeType) ? part.mimeType : 'application/octet-stream', bytes: toBytes(part.content), inline: part.disposition === 'inline' || part.related === true })),
    automatic: isAutomatic(mail),
    hops: mail.headers.filter(({ key }) => key === 'received').length,
    bodySha256: createHash('sha256').update(raw.subarray(bodyStart(raw))).digest('hex'),
  };
}
