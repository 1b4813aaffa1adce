import { describe, expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import { parseMail } from './parse-mail.ts';
import { referencesFor, replySubject } from './reply-headers.ts';
import { stripQuotes } from './strip-quotes.ts';

const limits = { maxHeaderBytes: 262_144, maxDepth: 50, maxParts: 500, maxTextLength: 200_000 };
const mail = (...lines: string[]) => Buffer.from(lines.join('\r\n'));
const base = ['From: =?UTF-8?B?5byg5LiJ?= <Customer@Example.test>', 'To: support@cc.test', 'Subject: =?gb2312?B?1cu1pQ==?=', 'Message-ID: <one@example.test>', 'Date: Mon, 5 Jan 2026 09:00:00 +0800'];

describe('mails', () => {
  test('sender, subject, ids and words are read, in Chinese encodings too', async () => {
    const parsed = await parseMail(mail(...base, 'In-Reply-To: <b@x>', 'References: <a@x> <b@x>', '', '请问账单多少？'), limits);
    expect(parsed).toMatchObject({
      messageId: '<one@example.test>',
      from: { address: 'Customer@Example.test', name: '张三' },
      subject: '账单',
      date: '2026-01-05T01:00:00.000Z',
      references: ['<a@x>', '<b@x>'],
      text: '请问账单多少？',
      automatic: false,
    });
  });

  test('raw GBK in a header, as some programs write it, is read', async () => {
    const raw = Buffer.concat([Buffer.from('From: a@b.test\r\nSubject: '), iconv.encode('费用查询', 'gbk'), Buffer.from('\r\n\r\nx')]);
    expect((await parseMail(raw, limits)).subject).toBe('费用查询');
  });

  test('HTML is cleaned of everything that acts or is fetched, and has words beside it', async () => {
    const html = '<p onclick="x()">您好</p><script>alert(1)</script><img src="http://t.test/p.gif"><a href="javascript:x">l</a><form><input></form><div style="position:fixed">a</div>';
    const parsed = await parseMail(mail(...base, 'Content-Type: text/html; charset=utf-8', '', html), limits);
    expect(parsed.html).not.toMatch(/script|onclick|img|form|input|style|javascript/);
    expect(parsed.text).toContain('您好');
  });

  test('attachments keep their bytes and get a safe name', async () => {
    const raw = mail(
      ...base,
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'see file',
      '--b',
      'Content-Type: application/pdf',
      'Content-Disposition: attachment; filename="../../a\u202efdp.exe"',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('%PDF').toString('base64'),
      '--b--',
    );
    const { attachments, text } = await parseMail(raw, limits);
    expect(text).toBe('see file');
    expect(attachments.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])).toEqual([['afdp.exe', '%PDF']]);
  });

  test('line ends in a subject or a name are none, and NULs are gone', async () => {
    const encoded = (text: string) => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
    const parsed = await parseMail(mail(`From: ${encoded('Eve\r\nBcc: a')} <e@x.test>`, `Subject: ${encoded('hi\r\n\tBcc: v@x.test\0')}`, 'Message-ID: <a\0b@x>', '', 'hel\0lo'), limits);
    expect(parsed).toMatchObject({ from: { name: 'Eve Bcc: a' }, subject: 'hi Bcc: v@x.test', messageId: '', text: 'hello' });
  });

  test.each(['..', '.', '', '../..', '\u202e'])('the file name %j is none', async (name) => {
    const raw = mail(...base, 'Content-Type: multipart/mixed; boundary=b', '', '--b', 'Content-Type: application/pdf', `Content-Disposition: attachment; filename*=UTF-8''${encodeURIComponent(name)}`, '', 'x', '--b--');
    expect((await parseMail(raw, limits)).attachments.map((one) => one.name)).toEqual(['']);
  });

  test.each(['yesterday', 'Mon, 5 Jan 275760 09:00:00 +0000', 'Fri, 1 Jan -1 00:00:00 +0000', ''])('the date %j is none', async (date) => {
    expect((await parseMail(mail('From: a@x.test', `Date: ${date}`, '', 'x'), limits)).date).toBe('');
  });

  test.each([';;;', 'text', 'te xt/plain'])('a body of the type %j, which is none, is words', async (type) => {
    expect(await parseMail(mail(...base, `Content-Type: ${type}`, '', 'hello'), limits)).toMatchObject({ text: 'hello', attachments: [] });
  });

  test('a sender longer than any address is none', async () => {
    expect((await parseMail(mail(`From: <${'a'.repeat(400)}@x.test>`, '', 'x'), limits)).from).toBeUndefined();
  });

  test.each([
    ['an out-of-office note', 'Auto-Submitted: auto-replied'],
    ['a list', 'List-Id: <news.example.test>'],
    ['bulk mail', 'Precedence: bulk'],
    ['a bounce', 'Content-Type: multipart/report; boundary=b'],
  ])('%s is known as automatic', async (_name, line) => {
    expect((await parseMail(mail(...base, line, '', 'x'), limits)).automatic).toBe(true);
  });

  test('another body under the same Message-ID is another mail, other Received lines are not', async () => {
    const [one, two, three] = await Promise.all([mail(...base, '', 'x'), mail('Received: by relay', ...base, '', 'x'), mail(...base, '', 'y')].map((raw) => parseMail(raw, limits)));
    expect(one?.bodySha256).toBe(two?.bodySha256);
    expect(one?.bodySha256).not.toBe(three?.bodySha256);
  });

  test('a mail nested deeper than allowed does not parse', async () => {
    const deep = Array.from({ length: 80 }, (_, depth) => [`Content-Type: multipart/mixed; boundary=b${depth}`, '', `--b${depth}`]).flat();
    await expect(parseMail(mail(...base, ...deep, '', 'x'), limits)).rejects.toThrow();
  });
});

describe('answers without what they answer', () => {
  test.each([
    ['Gmail', 'yes\n\nOn Mon, 5 Jan 2026 at 09:00, Support <s@cc.test> wrote:\n> hello'],
    ['Outlook zh', 'yes\n\n发件人: 客服 <s@cc.test>\n发送时间: 2026年1月5日 9:00\n收件人: a\n主题: x\n\nhello'],
    ['QQ', 'yes\n\n------------------ 原始邮件 ------------------\n发件人: "客服"\nhello'],
    ['Apple zh', 'yes\n\n在 2026年1月5日，09:00，客服 <s@cc.test> 写道：\n> hello'],
    ['Gmail zh', 'yes\n\n客服 <s@cc.test> 于2026年1月5日周一 09:00写道：\n> hello'],
    ['NetEase', 'yes\n\nAt 2026-01-05 09:00:00, "Support" <s@cc.test> wrote:\n>hello'],
    ['a signature', 'yes\n\n-- \nA name'],
    ['a phone', 'yes\n发自我的 iPhone'],
    ['plain quotes', 'yes\n\n> hello\n> again'],
  ])('%s', (_name, text) => {
    expect(stripQuotes(text)).toBe('yes');
  });

  test('an answer between quoted lines stays with them, and words that only look like a head stay', () => {
    expect(stripQuotes('> a question\nthe answer')).toBe('> a question\nthe answer');
    expect(stripQuotes('发件人：是谁？\n请告诉我')).toBe('发件人：是谁？\n请告诉我');
  });

  test('a long hostile line is read in one pass', () => {
    const text = `On ${' '.repeat(100_000)}\nwrote`;
    expect(stripQuotes(text)).toBe(text.trim());
  });

  test('subjects get one Re: and references stay few', () => {
    expect(replySubject('RE: 回复: Aw: 账单')).toBe('Re: 账单');
    expect(replySubject('')).toBe('Re: (no subject)');
    const ids = Array.from({ length: 50 }, (_, index) => `<${index}@x>`);
    expect(referencesFor([...ids, 'no id'])).toEqual(['<0@x>', ...ids.slice(-19)]);
  });
});
