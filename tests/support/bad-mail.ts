import type { Fact } from '@patchbay/bus/fact';
import { edgeNames, largestMailBytes } from './edge-centre.ts';

const { mailbox } = edgeNames;

/** One step of a dialogue: what is written, and the code of the reply; `closed` when the server hangs up instead. */
export type SmtpStep = readonly [write: string | Uint8Array, reply: number | 'closed'];

/** A dialogue that is no good SMTP (RFC 5321): it ends without any mail having been taken. */
export interface BadDialogue {
  readonly name: string;
  /** Steps behind the greeting; with `afterHello`, behind EHLO. */
  readonly afterHello: boolean;
  readonly steps: readonly SmtpStep[];
}

/** A mail that is no good mail (RFC 5322, MIME). */
export interface BadMail {
  readonly name: string;
  readonly from?: string;
  /** The mail as it stands, with CRLF. */
  readonly raw: string | Uint8Array;
  /** Code of the reply to it. */
  readonly reply: number;
  /** Code of ours in the reply's text. */
  readonly code?: string;
  /** What an accepted mail becomes, once its fault is taken out; absent when nothing is published. */
  readonly becomes?: (received: Fact<'patchbay.message.v1.MessageReceived'>, started: Fact<'patchbay.contact.v1.ContactStarted'>) => unknown;
  readonly expected?: unknown;
}

const from = 'MAIL FROM:<a@customer.example>\r\n';
const to = `RCPT TO:<${mailbox}>\r\n`;
const dialogue = (name: string, ...steps: SmtpStep[]): BadDialogue => ({ name, afterHello: true, steps });

/** Every kind of bad SMTP, one a row. */
export const badDialogues: readonly BadDialogue[] = [
  dialogue('a command that nobody knows', ['DANCE\r\n', 500]),
  dialogue('an empty command', ['\r\n', 500]),
  { name: 'a mail before the greeting', afterHello: false, steps: [[from, 503]] },
  { name: 'a greeting without a name', afterHello: false, steps: [['EHLO\r\n', 501]] },
  { name: 'a web request', afterHello: false, steps: [['POST / HTTP/1.1\r\n', 421]] },
  { name: 'the greeting of TLS', afterHello: false, steps: [[Buffer.concat([Buffer.from('1603010200010001fc0303', 'hex'), Buffer.alloc(64, 7), Buffer.from('\r\n')]), 500]] },
  dialogue('a recipient before a sender', [to, 503]),
  dialogue('a body before a recipient', [from, 250], ['DATA\r\n', 503]),
  dialogue('a body before a sender', ['DATA\r\n', 503]),
  dialogue('a second sender', [from, 250], [from, 503]),
  dialogue('a sender without brackets', ['MAIL FROM:a@customer.example\r\n', 501]),
  dialogue('a sender with a space', ['MAIL FROM:<a b@customer.example>\r\n', 501]),
  dialogue('a sender with a parameter that is none', ['MAIL FROM:<a@customer.example> X=\x01\r\n', 501]),
  dialogue('a sender with NUL', ['MAIL FROM:<a\0@customer.example>\r\n', 501]),
  dialogue('a sender with a bare carriage return', ['MAIL FROM:<a\rRCPT TO:<b@c>@customer.example>\r\n', 501]),
  dialogue('a mail that says it is too large', [`MAIL FROM:<a@customer.example> SIZE=${largestMailBytes + 1}\r\n`, 552]),
  dialogue('a recipient of nobody', [from, 250], ['RCPT TO:<nobody@edge.example>\r\n', 550]),
  dialogue('a recipient elsewhere, as through an open relay', [from, 250], ['RCPT TO:<victim@elsewhere.example>\r\n', 550]),
  dialogue('a recipient elsewhere by a route', [from, 250], ['RCPT TO:<@edge.example:victim@elsewhere.example>\r\n', 550]),
  dialogue('a recipient with a percent route', [from, 250], ['RCPT TO:<victim%elsewhere.example@edge.example>\r\n', 550]),
  dialogue('a recipient without a domain', [from, 250], ['RCPT TO:<support>\r\n', 501]),
  dialogue('no recipient', [from, 250], ['RCPT TO:<>\r\n', 501]),
  dialogue('a recipient in letters that only look alike', [from, 250], ['RCPT TO:<suppоrt@edge.example>\r\n', 550]),
  dialogue('a recipient with a star', [from, 250], ['RCPT TO:<*@edge.example>\r\n', 550]),
  dialogue('51 recipients', [from, 250], ...Array.from({ length: 50 }, (_, index): SmtpStep => [to.replace('support', `support+${index}`), 250]), [to, 452]),
  dialogue('a line of 20 KB', [`MAIL FROM:<${'a'.repeat(20_000)}@customer.example>\r\n`, 421]),
  dialogue('TLS where there is none', ['STARTTLS\r\n', 500]),
  dialogue('a log-in where there is none', ['AUTH PLAIN AGEAYg==\r\n', 500]),
  dialogue('a list of the users', ['EXPN staff\r\n', 500]),
  dialogue('a question for a user', ['VRFY root\r\n', 252]),
  dialogue('commands of rubbish without end', ...Array.from({ length: 9 }, (): SmtpStep => ['RUBBISH\r\n', 500]), ['RUBBISH\r\n', 421]),
  dialogue('a mail pipelined behind a recipient of nobody', [`${from}RCPT TO:<nobody@edge.example>\r\nDATA\r\n`, 250], ['', 550], ['', 503]),
];

/** Lines as a mail. */
const mail = (...lines: string[]) => lines.join('\r\n');
let lastMail = 0;
const head = (change: Readonly<Record<string, string | undefined>> = {}): string[] =>
  Object.entries({
    From: 'Customer <a@customer.example>',
    To: mailbox,
    Subject: 'A question',
    'Message-ID': `<edge-${(lastMail += 1)}@customer.example>`,
    Date: 'Mon, 5 Jan 2026 09:00:00 +0800',
    ...change,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));

const refused = (name: string, code: string, raw: BadMail['raw'], reply = 554): BadMail => ({ name, raw, reply, code });
/** Taken, and nothing comes of it. */
const silent = (name: string, raw: BadMail['raw'], sender?: string): BadMail => ({ name: `${name} begins no contact`, raw, reply: 250, ...(sender === undefined ? {} : { from: sender }) });

type Becomes = NonNullable<BadMail['becomes']>;
const taken = (name: string, raw: BadMail['raw'], becomes: Becomes, expected: unknown): BadMail => ({ name: `${name} is taken, without its fault`, raw, reply: 250, becomes, expected });

const wordsOf: Becomes = ({ event }) => {
  const part = event.content[0]?.part;
  return part?.$case === 'text' || part?.$case === 'html' || part?.$case === 'unsupported' ? part.value.text.trim() : undefined;
};
const kindsOf: Becomes = ({ event }) => event.content.map(({ part }) => part?.$case);
const filesOf: Becomes = ({ event }) => event.content.flatMap(({ part }) => (part?.$case === 'media' ? [part.value.object?.name] : []));
const subjectOf: Becomes = (_received, { event }) => event.attributes.find(({ name }) => name === 'subject')?.value;
const senderOf: Becomes = ({ event }) => event.sender?.address;
const nameOf: Becomes = ({ event }) => event.sender?.displayName;
const timeOf: Becomes = ({ event }) => event.platformTime;

const unreadable = '[无法解析的邮件 / unreadable mail]';
const multipart = (parts: readonly string[][], boundary = 'b') => ['', ...parts.flatMap((lines) => [`--${boundary}`, ...lines]), `--${boundary}--`, ''];
const mixed = (change: Readonly<Record<string, string | undefined>> = {}) => head({ 'Content-Type': 'multipart/mixed; boundary=b', ...change });
const words = ['Content-Type: text/plain', '', 'hello'];
const file = (name: string) => ['Content-Type: application/octet-stream', `Content-Disposition: attachment; ${name}`, '', 'x'];
const attached = (name: string) => mail(...mixed(), ...multipart([words, file(name)]));

const nested = (depth: number) => mail(...head({ 'Content-Type': 'multipart/mixed; boundary=b0' }), '', ...Array.from({ length: depth }, (_, level) => [`--b${level}`, `Content-Type: multipart/mixed; boundary=b${level + 1}`, '']).flat(), 'x');
const forwarded = (depth: number) => mail(...head({ 'Content-Type': 'message/rfc822' }), '', ...Array.from({ length: depth }, () => ['Content-Type: message/rfc822', '']).flat(), 'x');

/** Mails that are sent back. */
const sentBack: readonly BadMail[] = [
  refused('no From', 'EMAIL_NO_SENDER', mail(...head({ From: undefined }), '', 'x')),
  refused('an empty From', 'EMAIL_NO_SENDER', mail(...head({ From: '' }), '', 'x')),
  refused('a From without an address', 'EMAIL_NO_SENDER', mail(...head({ From: '"Somebody" <>' }), '', 'x')),
  refused('a From of an empty group', 'EMAIL_NO_SENDER', mail(...head({ From: 'undisclosed:;' }), '', 'x')),
  refused('a From that is no address', 'EMAIL_NO_SENDER', mail(...head({ From: 'somebody' }), '', 'x')),
  refused('a From of 600 signs', 'EMAIL_NO_SENDER', mail(...head({ From: `<${'a'.repeat(600)}@customer.example>` }), '', 'x')),
  refused('a From of the mailbox itself', 'EMAIL_LOOP', mail(...head({ From: mailbox }), '', 'x')),
  refused('60 relays', 'EMAIL_LOOP', mail(...Array.from({ length: 60 }, (_, index) => `Received: from r${index}.example by r${index + 1}.example`), ...head(), '', 'x')),
  refused('nothing at all', 'EMAIL_NO_SENDER', ''),
  refused('a body without headers', 'EMAIL_NO_SENDER', mail('', 'hello')),
  refused('a body over the limit', 'EMAIL_TOO_LARGE', mail(...head(), '', ...Array.from({ length: Math.ceil(largestMailBytes / 70) }, () => 'x'.repeat(70))), 552),
  refused('150 attachments', 'CHANNEL_BAD_MESSAGE', mail(...mixed(), ...multipart([words, ...Array.from({ length: 150 }, (_, index) => file(`filename=${index}.txt`))]))),
];

/** Mails of programs, by which two machines would answer each other for ever (RFC 3834). */
const ofPrograms: readonly BadMail[] = [
  silent('an out-of-office note', mail(...head({ 'Auto-Submitted': 'auto-replied' }), '', 'away')),
  silent('a bounce', mail(...head({ From: 'mailer-daemon@customer.example', 'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b' }), ...multipart([words])), ''),
  silent('a mail with the null sender', mail(...head(), '', 'x'), ''),
  silent('a mail of a list', mail(...head({ 'List-Id': '<news.customer.example>' }), '', 'x')),
  silent('bulk mail', mail(...head({ Precedence: 'bulk' }), '', 'x')),
  silent('a mail of nobody who reads', mail(...head({ From: 'no-reply@customer.example' }), '', 'x')),
];

/** Mails that reach an agent all the same. */
const neutralised: readonly BadMail[] = [
  taken('1,000 levels of parts', nested(1_000), wordsOf, unreadable),
  taken('100 forwarded mails one in another', forwarded(100), kindsOf, ['text', 'media']),
  taken('headers of 300 KB', mail(...head({ 'X-Long': 'x'.repeat(300_000) }), '', 'x'), wordsOf, unreadable),
  taken('10,000 headers', mail(...head(), ...Array.from({ length: 10_000 }, (_, index) => `X-${index}: y`), '', 'hello'), wordsOf, 'hello'),
  taken('a header without a colon', mail('this is no header', ...head(), '', 'hello'), senderOf, 'a@customer.example'),
  taken('line feeds in place of line ends', mail(...head(), '', 'hello').replaceAll('\r\n', '\n'), wordsOf, 'hello'),
  taken('a second mail behind a dot on a line feed', mail(...head(), '', `first\n.\nMAIL FROM:<evil@customer.example>\nRCPT TO:<${mailbox}>\nDATA\nFrom: evil@customer.example\n\nsecond`), senderOf, 'a@customer.example'),
  taken('a second mail behind a dot on a bare carriage return', mail(...head(), '', `first\r.\rMAIL FROM:<evil@customer.example>\rRCPT TO:<${mailbox}>\rDATA\rsecond`), senderOf, 'a@customer.example'),
  taken('a second mail behind a dot on half a line end', mail(...head(), '', `first\n.\r\nMAIL FROM:<evil@customer.example>\r\nRCPT TO:<${mailbox}>\r\nDATA\r\nsecond`), senderOf, 'a@customer.example'),
  taken('parts without an end', mail(...mixed(), '', '--b', ...words), wordsOf, 'hello'),
  taken('parts without a boundary', mail(...head({ 'Content-Type': 'multipart/mixed' }), '', '--b', ...words), kindsOf, ['text']),
  taken('a boundary of 5,000 signs', mail(...head({ 'Content-Type': `multipart/mixed; boundary="${'b'.repeat(5_000)}"` }), ...multipart([words], 'b'.repeat(5_000))), wordsOf, 'hello'),
  taken('a boundary that never comes', mail(...mixed(), '', 'hello'), kindsOf, ['text']),
  taken('a content type that is none', mail(...head({ 'Content-Type': ';;;' }), '', 'hello'), wordsOf, 'hello'),
  taken('a charset that nobody knows', mail(...head({ 'Content-Type': 'text/plain; charset=klingon' }), '', 'hello'), wordsOf, 'hello'),
  taken('a charset that hides tags', mail(...head({ 'Content-Type': 'text/html; charset=utf-7' }), '', '+ADw-script+AD4-alert(1)+ADw-/script+AD4-hello'), (received, started) => /<script/.test(String(wordsOf(received, started))), false),
  taken('Base64 that is none', mail(...head({ 'Content-Transfer-Encoding': 'base64' }), '', '!!!! not base64 !!!!'), kindsOf, ['text']),
  taken('a transfer encoding that nobody knows', mail(...head({ 'Content-Transfer-Encoding': 'x-zip' }), '', 'hello'), wordsOf, 'hello'),
  taken('quoted-printable that is cut off', mail(...head({ 'Content-Transfer-Encoding': 'quoted-printable' }), '', 'hello=3', '=ZZ='), kindsOf, ['text']),
  taken('NULs in the text', mail(...head(), '', 'hel\0lo\0'), wordsOf, 'hello'),
  taken('bytes that are no UTF-8', Buffer.concat([Buffer.from(mail(...head({ 'Content-Type': 'text/plain; charset=utf-8' }), '', '')), Buffer.from([0x68, 0x69, 0xc3, 0x28])]), kindsOf, ['text']),
  taken('a line of 200 KB', mail(...head(), '', 'x'.repeat(200_000)), (received, started) => String(wordsOf(received, started)).length, 20_000),
  taken('HTML that acts', mail(...head({ 'Content-Type': 'text/html' }), '', '<p onclick="x()">hello</p><script>alert(1)</script><iframe src="file:///etc/passwd"></iframe>'), wordsOf, 'hello'),
  taken('HTML 20,000 elements deep', mail(...head({ 'Content-Type': 'text/html' }), '', `${'<div>'.repeat(20_000)}hello`), kindsOf, ['html']),
  taken('a file name that climbs', attached('filename="../../../etc/passwd"'), filesOf, ['passwd']),
  taken('a file name that climbs another way', attached('filename="..\\\\..\\\\boot.ini"'), filesOf, ['boot.ini']),
  taken('a file name that is only dots', attached('filename=".."'), filesOf, ['attachment']),
  taken('a file name with NUL', attached('filename="a.exe\0.txt"'), filesOf, ['a.exe.txt']),
  taken('a file name that turns its end around', attached("filename*=UTF-8''photo%E2%80%AEgpj.exe"), filesOf, ['photogpj.exe']),
  taken('a file name of 10,000 signs', attached(`filename="${'n'.repeat(10_000)}.txt"`), (received, started) => (filesOf(received, started) as string[]).map((name) => name.length), [150]),
  taken('a packed bomb', mail(...mixed(), ...multipart([words, ['Content-Type: application/zip', 'Content-Encoding: gzip', 'Content-Disposition: attachment; filename=bomb.zip', '', 'PK\x03\x04']])), filesOf, ['bomb.zip']),
  taken('a subject with headers in it', mail(...head({ Subject: `=?utf-8?B?${Buffer.from('hi\r\nBcc: victim@elsewhere.example').toString('base64')}?=` }), '', 'x'), subjectOf, 'hi Bcc: victim@elsewhere.example'),
  taken('a subject with NUL', mail(...head({ Subject: '=?utf-8?Q?a=00b?=' }), '', 'x'), subjectOf, 'ab'),
  taken('a subject of 100 KB', mail(...head({ Subject: 'x'.repeat(100_000) }), '', 'x'), (received, started) => String(subjectOf(received, started)).length, 500),
  taken('a name with headers in it', mail(...head({ From: `=?utf-8?B?${Buffer.from('Eve\r\nBcc: v@e').toString('base64')}?= <a@customer.example>` }), '', 'x'), nameOf, 'Eve Bcc: v@e'),
  taken('two From addresses', mail(...head({ From: 'a@customer.example, b@customer.example' }), '', 'x'), senderOf, 'a@customer.example'),
  taken('a date beyond the calendar', mail(...head({ Date: 'Mon, 5 Jan 275760 09:00:00 +0000' }), '', 'x'), timeOf, undefined),
  taken('a date that is none', mail(...head({ Date: 'yesterday' }), '', 'x'), timeOf, undefined),
  taken('no Message-ID', mail(...head({ 'Message-ID': undefined }), '', `x ${Math.floor(performance.timeOrigin)}`), ({ event }) => event.platformMessageId.endsWith('@no-message-id.invalid>'), true),
  taken('a Message-ID that is none', mail(...head({ 'Message-ID': 'x y z' }), '', `y ${Math.floor(performance.timeOrigin)}`), ({ event }) => event.platformMessageId.endsWith('@no-message-id.invalid>'), true),
  taken('10,000 references', mail(...head({ References: Array.from({ length: 5_000 }, (_, index) => `<${index}@x>`).join('\r\n ') }), '', 'x'), ({ event }) => event.replyToPlatformIds.length, 40),
  taken("references to another's thread", mail(...head({ From: 'eve@customer.example', References: '<edge-1@customer.example>', 'In-Reply-To': '<edge-1@customer.example>' }), '', 'x'), senderOf, 'eve@customer.example'),
];

/** Every kind of bad mail, one a row. */
export const badMails: readonly BadMail[] = [...sentBack, ...ofPrograms, ...neutralised];

/** A good mail of a customer. */
export const goodMail = (): string => mail(...head(), '', 'hello');
