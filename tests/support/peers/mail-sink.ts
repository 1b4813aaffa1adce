import { eventually } from '@patchbay/testkit/eventually';
import { startPython } from './python-peer.ts';

/** A mail as Python's parser reads it. */
export interface SunkMail {
  /** Recipients of the envelope. */
  to: readonly string[];
  from: string;
  fromName: string;
  subject: string;
  messageId: string;
  inReplyTo: string;
  references: readonly string[];
  text: string;
  /** What the parser found to be against the rules. */
  defects: readonly string[];
}

/** The mail server of customers, by aiosmtpd. */
export interface MailSink {
  readonly port: number;
  /** The mails to an address so far, oldest first. */
  mailsTo(address: string): SunkMail[];
  stop(): Promise<void>;
}

/** Starts it on a free port of the loopback. */
export async function startMailSink(): Promise<MailSink> {
  const peer = startPython('mail_sink');
  const port = await eventually('the mail server listens', () => peer.lines[0]);
  return {
    port: Number(port),
    mailsTo: (address) => peer.lines.slice(1).map((line) => JSON.parse(line) as SunkMail).filter(({ to }) => to.includes(address)),
    stop: () => peer.stop(),
  };
}
