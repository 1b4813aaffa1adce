/** A mail, parsed within limits. Plain data, since it comes out of a worker thread. */
export interface ParsedMail {
  /** Angle brackets included; empty when the mail has none. */
  messageId: string;
  from: { address: string; name: string } | undefined;
  subject: string;
  /** ISO 8601; empty when it does not parse. */
  date: string;
  /** Ids it answers, oldest first, newest last, angle brackets included. */
  references: string[];
  /** What was written, without quoted history and signature. */
  text: string;
  /** All of it. */
  fullText: string;
  /** Clean HTML; empty when the mail has none. */
  html: string;
  attachments: { name: string; mime: string; bytes: Uint8Array; inline: boolean }[];
  /** Sent by a program (RFC 3834), so that nothing answers it by itself. */
  automatic: boolean;
  /** Received headers, to end loops. */
  hops: number;
  /** SHA-256 of everything below the headers, hex: tells mails of the same Message-ID apart. */
  bodySha256: string;
}

/** Limits of one mail. */
export interface MailLimits {
  maxHeaderBytes: number;
  maxDepth: number;
  maxParts: number;
  /** Longest text that is looked at for quotes and shown, signs. */
  maxTextLength: number;
}
