import { createHash } from 'node:crypto';
import type { ChannelAdapter, ChannelHost, EntryPointView, InboundMessage, SendRequest } from '@patchbay/channel-kit/channel-adapter';
import { Capabilities, IdempotentSend, Support } from '@patchbay/contracts/channel/v1/capabilities';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { MediaKind, type Content } from '@patchbay/contracts/message/v1/content';
import { Trust } from '@patchbay/contracts/message/v1/message_event';
import { emailError } from './errors.ts';
import type { ParsedMail } from './mail/parsed-mail.ts';
import { referencesFor, replySubject } from './mail/reply-headers.ts';
import type { IncomingMail, MailParser, MailReceiver, MailSender, MailServer } from './ports.ts';

/** What the channel is made of. */
export interface EmailChannelParts {
  parser: MailParser;
  sender: MailSender;
  /** Opens the SMTP server. */
  listen(receiver: MailReceiver): Promise<MailServer>;
}

/** A mail that went through more relays runs in a circle (RFC 5321 section 6.3). */
const mostHops = 50;
const longestShownText = 20_000;

const manifest: ChannelAdapter['manifest'] = {
  channel: 'email',
  identityType: 'email',
  capabilities: Capabilities.fromPartial({
    channel: 'email',
    kinds: [
      ...['text', 'media'].map((kind) => ({ kind, support: Support.NATIVE })),
      ...['html', 'choice', 'link', 'location', 'choiceReply'].map((kind) => ({ kind, support: Support.DEGRADED })),
    ],
    // The receiver's server knows a second copy by its Message-ID.
    idempotentSend: IdempotentSend.KEY,
    labels: { en: 'E-mail', 'zh-CN': '邮件' },
  }),
  grouping: 'whole',
  indexMessages: true,
  isLetter: true,
  conversationGapMs: 30 * 86_400_000,
  sending: { attemptMs: 20_000, maxAttempts: 8, backoff: { firstMs: 2_000, limitMs: 120_000 }, perSecond: 20 },
};

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** The e-mail channel: one contact a thread. */
export function createEmailChannel({ parser, sender, listen }: EmailChannelParts): ChannelAdapter<IncomingMail> {
  let host: ChannelHost<IncomingMail>;
  let server: MailServer | undefined;

  /** `support+anything@x` belongs to the entry point `support@x`. */
  function mailboxOf(recipient: string): string | undefined {
    const address = recipient.toLowerCase();
    const plain = address.replace(/\+[^@]*(?=@)/, '');
    return (host.entryPoint(address) ?? host.entryPoint(plain))?.address;
  }

  async function contentOf(entryPoint: EntryPointView, mail: ParsedMail): Promise<Content[]> {
    const text = mail.text.slice(0, longestShownText);
    const words: Content =
      mail.html === ''
        ? { part: { $case: 'text', value: { text: text || mail.subject } } }
        : { part: { $case: 'html', value: { object: await host.storeObject(entryPoint.tenant, Buffer.from(mail.html), { mime: 'text/html' }), text: text || mail.subject } } };
    const attachments = mail.attachments.map(async ({ name, mime, bytes }): Promise<Content> => {
      const object = await host.storeObject(entryPoint.tenant, bytes, { mime, name: name || 'attachment' });
      return { part: { $case: 'media', value: { kind: mime.startsWith('image/') ? MediaKind.IMAGE : MediaKind.FILE, object, caption: '' } } };
    });
    return [words, ...(await Promise.all(attachments))];
  }

  /** The thread that the mail answers, if its own customer writes; else one that begins with it. */
  async function threadOf(mailbox: string, mail: ParsedMail, sender: string): Promise<string> {
    const match = mail.references.length === 0 ? undefined : await host.findThread({ account: mailbox, platformMessageIds: mail.references });
    if (match !== undefined && match.customerAddress === sender.toLowerCase()) return match.thread;
    return sha256(mail.messageId || mail.bodySha256).slice(0, 32);
  }

  async function decodeMail(incoming: IncomingMail, entryPoint: EntryPointView, mail: ParsedMail): Promise<InboundMessage> {
    if (mail.from === undefined) throw emailError('EMAIL_NO_SENDER');
    const { address, name } = mail.from;
    if (mail.hops > mostHops || host.entryPoint(address.toLowerCase()) !== undefined) throw emailError('EMAIL_LOOP');
    return {
      account: incoming.mailbox,
      sender: { address, ...(name === '' ? {} : { displayName: name }), verified: false },
      thread: await threadOf(incoming.mailbox, mail, address),
      // The same id with another body is another mail; Received lines differ between deliveries of the same one.
      dedupKey: `${mail.messageId}|${mail.bodySha256}`,
      platformMessageId: mail.messageId || `<${mail.bodySha256.slice(0, 32)}@no-message-id.invalid>`,
      ...(mail.date === '' ? {} : { platformTime: new Date(mail.date) }),
      content: await contentOf(entryPoint, mail),
      trust: Trust.UNVERIFIED,
      replyToPlatformIds: mail.references,
      summary: mail.subject,
      attributes: { subject: mail.subject },
      effect: mail.automatic || incoming.envelopeFrom === '' ? 'append' : 'contact',
    };
  }

  /** A mail that does not parse still reaches an agent, with the raw mail attached. */
  async function decodeUnreadable(incoming: IncomingMail, entryPoint: EntryPointView): Promise<InboundMessage> {
    if (incoming.envelopeFrom === '') throw emailError('EMAIL_NO_SENDER');
    const digest = sha256(incoming.raw);
    const raw = await host.storeObject(entryPoint.tenant, incoming.raw, { mime: 'message/rfc822', name: 'mail.eml' });
    return {
      account: incoming.mailbox,
      sender: { address: incoming.envelopeFrom, verified: false },
      thread: digest.slice(0, 32),
      dedupKey: digest,
      platformMessageId: `<${digest.slice(0, 32)}@unreadable.invalid>`,
      content: [{ part: { $case: 'unsupported', value: { kind: 'message/rfc822', raw, text: '[无法解析的邮件 / unreadable mail]' } } }],
      trust: Trust.UNVERIFIED,
    };
  }

  async function attachmentsOf(content: readonly Content[]) {
    const files: { filename: string; content: Uint8Array; contentType: string }[] = [];
    for (const { part } of content) {
      if (part?.$case !== 'media' || part.value.object === undefined) continue;
      files.push({ filename: part.value.object.name || 'attachment', content: await host.loadObject(part.value.object), contentType: part.value.object.mime });
    }
    return files;
  }

  async function smarthostOf(entryPoint: EntryPointView) {
    const { smarthostHost, smarthostPort } = entryPoint.settings;
    if (!smarthostHost) return undefined;
    const secrets = entryPoint.secretNames.length === 0 ? {} : await host.secrets(entryPoint);
    const login = secrets['smarthostUser'] === undefined ? {} : { user: secrets['smarthostUser'], password: secrets['smarthostPassword'] ?? '' };
    return { host: smarthostHost, port: Number(smarthostPort ?? 25), ...login };
  }

  async function sendReply(request: SendRequest) {
    const { contact, content, by, idempotencyKey, signal } = request;
    const entryPoint = host.entryPointByName(contact.tenant, contact.entryPoint);
    const smarthost = entryPoint === undefined ? undefined : await smarthostOf(entryPoint);
    if (entryPoint === undefined || smarthost === undefined) return { kind: 'failed', code: 'EMAIL_NO_SMARTHOST', retryable: false } as const;
    const text = content.flatMap(({ part }) => (part?.$case === 'text' ? [part.value.text] : [])).join('\n\n');
    const domain = entryPoint.address.slice(entryPoint.address.indexOf('@') + 1);
    return sender.send(
      smarthost,
      {
        from: { name: entryPoint.settings['fromName'] ?? '', address: entryPoint.address },
        to: { name: contact.customer.displayName, address: contact.customer.address },
        subject: replySubject(contact.attributes['subject'] ?? contact.summary),
        text,
        messageId: `<${idempotencyKey}@${domain}>`,
        ...(contact.lastReceived === undefined ? {} : { inReplyTo: contact.lastReceived.platformMessageId }),
        references: referencesFor(contact.platformMessageIds),
        automatic: by === Party.SYSTEM || by === Party.BOT,
        attachments: await attachmentsOf(content),
      },
      signal,
    );
  }

  return {
    manifest,
    async start(given) {
      host = given;
      server = await listen({ mailboxOf, receive: async (mail) => void (await host.deliver(mail)) });
    },
    async decode(incoming) {
      const entryPoint = host.entryPoint(incoming.mailbox);
      if (entryPoint === undefined) throw emailError('EMAIL_UNKNOWN_MAILBOX');
      const mail = await parser.parse(incoming.raw);
      return [mail === undefined ? await decodeUnreadable(incoming, entryPoint) : await decodeMail(incoming, entryPoint, mail)];
    },
    send: sendReply,
    async stop() {
      await server?.close();
      sender.close();
      await parser.close();
    },
  };
}
