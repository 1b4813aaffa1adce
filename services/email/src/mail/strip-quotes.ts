/**
 * Cuts quoted history and signature off a reply, line by line and in one pass, so that no input takes long. What is cut
 * stays in the full text.
 */

/** A line that begins the quoted mail, whole line, per mail program and language. */
const openers: readonly RegExp[] = [
  /^-{2,}\s*(original message|forwarded message|原始邮件|原邮件|转发的邮件)\s*-{2,}$/i,
  /^_{20,}$/,
  /^(from|发件人|寄件者)\s*[:：]\s*\S/i,
  /^(on|am|le|el)\s.{4,200}\s(wrote|schrieb|a écrit|escribió)\s*[:：]$/i,
  /^at\s.{4,200}\swrote\s*[:：]$/i,
  /^在\s?.{4,200}(写道|寫道)\s*[:：]$/,
  /^.{4,200}于\s?\d{4}年.{4,60}(写道|寫道)\s*[:：]$/,
  /^\d{4}[-/年]\d{1,2}[-/月]\d{1,2}.{0,200}(写道|寫道|wrote)\s*[:：]$/,
];

/** Heads of a quoted mail that count only with a second one right below (发件人 alone may be part of the words). */
const headerLine = /^\**(from|sent|to|cc|subject|date|发件人|发送时间|收件人|抄送|主题|日期)\**\s*[:：]/i;

const signatures: readonly RegExp[] = [/^--\s?$/, /^(发自我的|从我的.{1,20}发送|sent from my )/i];

const longestLine = 400;

function opensQuote(lines: readonly string[], index: number): boolean {
  const line = (lines[index] ?? '').trim();
  if (line === '' || line.length > longestLine) return false;
  if (headerLine.test(line)) return headerLine.test((lines[index + 1] ?? '').trim());
  if (openers.some((opener) => opener.test(line))) return true;
  // "On …" may be broken over two lines.
  const joined = `${line} ${(lines[index + 1] ?? '').trim()}`;
  return /^(on|在)\s/i.test(line) && joined.length <= longestLine && openers.some((opener) => opener.test(joined));
}

/** The words that are new in a mail. When nothing would be left, all of it: an answer between the quotes keeps its context. */
export function stripQuotes(text: string): string {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const kept: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (opensQuote(lines, index) || signatures.some((signature) => signature.test(line.trim()))) break;
    kept.push(line);
  }
  // Answers between quoted lines: what is quoted goes only when it stands at the end.
  while (kept.length > 0 && /^(>|\s*$)/.test(kept.at(-1) ?? '')) kept.pop();
  const stripped = kept.join('\n').trim();
  return stripped === '' ? text.trim() : stripped;
}
