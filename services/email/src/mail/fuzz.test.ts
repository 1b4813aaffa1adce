import { expect, test } from '@jest/globals';
import { mutated } from '@patchbay/testkit/mutated';
import fc from 'fast-check';
import { parseMail } from './parse-mail.ts';

const limits = { maxHeaderBytes: 20_000, maxDepth: 10, maxParts: 20, maxTextLength: 2_000 };
const head = ['From: =?UTF-8?B?5byg5LiJ?= <customer@example.test>', 'To: support@cc.test', 'Subject: =?gb2312?B?1cu1pQ==?=', 'Message-ID: <one@example.test>', 'In-Reply-To: <zero@cc.test>', 'Date: Mon, 5 Jan 2026 09:00:00 +0800', 'MIME-Version: 1.0'];
const seeds = [
  [...head, 'Content-Type: text/plain; charset=gbk', 'Content-Transfer-Encoding: quoted-printable', '', '=C4=FA=BA=C3', '> quoted'],
  [...head, 'Content-Type: text/html', 'Content-Transfer-Encoding: base64', '', Buffer.from('<p onclick="x">您好 &amp; <b>hello</b></p>').toString('base64')],
  [...head, 'Content-Type: multipart/mixed; boundary="b"', '', '--b', 'Content-Type: multipart/alternative; boundary=c', '', '--c', '', 'hello', '--c', 'Content-Type: text/html', '', '<p>hello</p>', '--c--', '--b', 'Content-Type: application/pdf; name="a.pdf"', 'Content-Disposition: attachment; filename*=UTF-8\'\'%E8%B4%A6.pdf', 'Content-Transfer-Encoding: base64', '', 'JVBERg==', '--b--'],
  [...head, 'Content-Type: message/rfc822', '', ...head, '', 'forwarded'],
].map((lines) => lines.join('\r\n'));
const pieces = ['\r\n--b\r\n', '--b--', '=?utf-8?B?', '?=', '=?utf-8?Q?=00=0D=0A?=', 'boundary=', 'charset=utf-7', 'Content-Type: multipart/mixed\r\n', 'Content-Transfer-Encoding: base64\r\n', '=0', '=ZZ', '(', ')', '@', '<script>', '<!--', '&#0;', '&constructor;', '../'];

test('3,000 mails with seeded faults are read within their limits, or are unreadable', async () => {
  let read = 0;
  await fc.assert(
    fc.asyncProperty(mutated(seeds, pieces), async (raw) => {
      let mail;
      try {
        mail = await parseMail(raw, limits);
      } catch (error) {
        // What the parser says; the caller keeps the raw mail and shows that it cannot be read.
        expect(error).toBeInstanceOf(Error);
        return;
      }
      read += 1;
      expect([mail.fullText.length <= limits.maxTextLength, mail.subject.length <= 500, mail.attachments.length <= limits.maxParts, mail.references.length <= 40]).toEqual([true, true, true, true]);
      expect([mail.subject, mail.from?.name ?? '', mail.messageId, ...mail.references, ...mail.attachments.map(({ name }) => name)].join('')).not.toMatch(/[\r\n\0]/);
      expect(`${mail.text}${mail.html}`).not.toContain('\0');
      expect(mail.html).not.toMatch(/<script|onclick|<iframe/i);
      expect(mail.attachments.every(({ name }) => !/[/\\]|^\.+$/.test(name))).toBe(true);
      expect(mail.date === '' || /^\d{4}-/.test(mail.date)).toBe(true);
    }),
    { numRuns: 3_000, seed: 20_260_105 },
  );
  expect(read).toBeGreaterThan(2_000);
});
