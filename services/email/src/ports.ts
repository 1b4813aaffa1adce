import type { SendOutcome } from '@patchbay/channel-kit/channel-adapter';
import type { ParsedMail } from './mail/parsed-mail.ts';

/** One mail as it came over SMTP, for one mailbox of ours. */
export interface IncomingMail {
  /** Entry point's address. */
  mailbox: string;
  /** Return path (RFC 5321 MAIL FROM); empty for the null sender. */
  envelopeFrom: string;
  raw: Uint8Array;
}

/** Parses foreign mails. */
export interface MailParser {
  /** The mail, or undefined when it does not parse within the limits. Never throws. */
  parse(raw: Uint8Array): Promise<ParsedMail | undefined>;
  close(): Promise<void>;
}

/** A server that hands out mail. */
export interface Smarthost {
  host: string;
  port: number;
  user?: string;
  password?: string;
}

/** A mail to be sent. */
export interface OutgoingMail {
  from: { name: string; address: string };
  to: { name: string; address: string };
  subject: string;
  text: string;
  messageId: string;
  inReplyTo?: string;
  references: readonly string[];
  /** Whether no person wrote it. */
  automatic: boolean;
  attachments: readonly { filename: string; content: Uint8Array; contentType: string }[];
}

/** Sends mails. Never throws: what is not known is `unknown`. */
export interface MailSender {
  send(smarthost: Smarthost, mail: OutgoingMail, signal: AbortSignal): Promise<SendOutcome>;
  close(): void;
}

/** What the SMTP server hands mails to. */
export interface MailReceiver {
  /** Whether a recipient is one of ours; its entry point's address. */
  mailboxOf(recipient: string): string | undefined;
  /** Resolves when the mail is durable. */
  receive(mail: IncomingMail): Promise<void>;
}

/** The SMTP server. */
export interface MailServer {
  port: number;
  close(): Promise<void>;
}
