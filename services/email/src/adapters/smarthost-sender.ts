import type { SendOutcome } from '@patchbay/channel-kit/channel-adapter';
import { createTransport, type Transporter } from 'nodemailer';
import type { MailSender, OutgoingMail, Smarthost } from '../ports.ts';

interface SmtpFault {
  code?: string;
  command?: string;
  responseCode?: number;
}

/** What a fault says about the mail (RFC 5321 section 4.2.1: 4yz may be tried again, 5yz not). */
function outcomeOf(error: unknown): SendOutcome {
  const { code = '', command = '', responseCode } = error as SmtpFault;
  const platformCode = responseCode === undefined ? {} : { platformCode: String(responseCode) };
  if (code === 'EAUTH') return { kind: 'failed', code: 'EMAIL_LOGIN_REFUSED', retryable: false, ...platformCode };
  if (responseCode !== undefined && responseCode >= 500) return { kind: 'failed', code: 'EMAIL_REFUSED', retryable: false, ...platformCode };
  if (responseCode !== undefined && responseCode >= 400) return { kind: 'failed', code: 'EMAIL_DEFERRED', retryable: true, ...platformCode };
  // Before the mail itself was under way nothing can have gone out; after it, nobody knows.
  const mayBeOut = command === 'DATA' || command === 'BDAT';
  return mayBeOut ? { kind: 'unknown', code: 'EMAIL_ANSWER_LOST' } : { kind: 'failed', code: 'EMAIL_NOT_REACHED', retryable: true };
}

/** Sends through smarthosts with nodemailer, a pool of connections for each. */
export function createMailSender(): MailSender {
  const transports = new Map<string, Transporter>();

  function transportOf(smarthost: Smarthost): Transporter {
    const key = JSON.stringify(smarthost);
    const known = transports.get(key);
    if (known !== undefined) return known;
    const made = createTransport({
      host: smarthost.host,
      port: smarthost.port,
      secure: smarthost.port === 465,
      pool: true,
      maxConnections: 4,
      connectionTimeout: 5_000,
      greetingTimeout: 5_000,
      socketTimeout: 15_000,
      ...(smarthost.user === undefined ? {} : { auth: { user: smarthost.user, pass: smarthost.password ?? '' } }),
    });
    transports.set(key, made);
    return made;
  }

  return {
    async send(smarthost: Smarthost, mail: OutgoingMail): Promise<SendOutcome> {
      try {
        await transportOf(smarthost).sendMail({
          from: mail.from,
          to: mail.to,
          subject: mail.subject,
          text: mail.text,
          messageId: mail.messageId,
          ...(mail.inReplyTo === undefined ? {} : { inReplyTo: mail.inReplyTo }),
          references: [...mail.references],
          // RFC 3834 section 5: programs that answer mail leave such mail alone, so that no two answer each other for ever.
          ...(mail.automatic ? { headers: { 'Auto-Submitted': 'auto-replied' } } : {}),
          attachments: mail.attachments.map(({ filename, content, contentType }) => ({ filename, content: Buffer.from(content), contentType })),
          disableFileAccess: true,
          disableUrlAccess: true,
        });
        return { kind: 'sent', platformMessageId: mail.messageId };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    close() {
      for (const transport of transports.values()) transport.close();
    },
  };
}
