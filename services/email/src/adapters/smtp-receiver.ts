import type { AddressInfo } from 'node:net';
import { AppError } from '@patchbay/runtime/app-error';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { emailError } from '../errors.ts';
import { emailMetrics } from '../metrics.ts';
import type { MailReceiver, MailServer } from '../ports.ts';

/** Where it listens and what it allows. */
export interface SmtpReceiverOptions {
  host: string;
  port: number;
  /** Largest mail, bytes. */
  maxBytes: number;
  maxClients: number;
  log: Logger;
  metrics: Metrics;
}

const mostRecipients = 50;
const socketTimeoutMs = 60_000;

/** SMTP replies by what went wrong: permanent ones are returned to the sender, others are tried again (RFC 5321 section 4.2). */
function toSmtpError(error: AppError): Error & { responseCode: number } {
  const responseCode = error.code === 'EMAIL_UNKNOWN_MAILBOX' ? 550 : error.code === 'EMAIL_TOO_LARGE' ? 552 : error.retryable || error.status === 'internal' ? 451 : 554;
  return Object.assign(new Error(`${error.code} ${error.message}`), { responseCode });
}

async function readMail(stream: SMTPServerDataStream, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      // What is over the limit is read and dropped, so that the sender hears the reply.
      if (sizeBytes <= maxBytes) chunks.push(chunk);
    }
  } catch (error) {
    throw emailError('EMAIL_BROKEN_OFF', { cause: error });
  }
  if (sizeBytes > maxBytes || stream.sizeExceeded) throw emailError('EMAIL_TOO_LARGE');
  return Buffer.concat(chunks);
}

/** Takes mail over SMTP for mailboxes of ours only; 250 means that it is on the bus. */
export async function startSmtpReceiver(options: SmtpReceiverOptions, receiver: MailReceiver): Promise<MailServer> {
  const counted = options.metrics.counter(emailMetrics.email_received_total);

  async function take(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const raw = await readMail(stream, options.maxBytes);
    const envelopeFrom = session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address;
    const mailboxes = new Set(session.envelope.rcptTo.map(({ address }) => receiver.mailboxOf(address)).filter((mailbox) => mailbox !== undefined));
    for (const mailbox of mailboxes) await receiver.receive({ mailbox, envelopeFrom, raw });
  }

  const server = new SMTPServer({
    name: 'patchbay',
    banner: 'Patchbay',
    size: options.maxBytes,
    maxClients: options.maxClients,
    socketTimeout: socketTimeoutMs,
    closeTimeout: 5_000,
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onRcptTo({ address }, session, callback) {
      if (receiver.mailboxOf(address) === undefined) callback(toSmtpError(emailError('EMAIL_UNKNOWN_MAILBOX')));
      else if (session.envelope.rcptTo.length >= mostRecipients) callback(Object.assign(new Error('too many recipients'), { responseCode: 452 }));
      else callback();
    },
    onData(stream, session, callback) {
      take(stream, session).then(
        () => {
          counted.inc({ outcome: 'ok' });
          callback(null, 'taken');
        },
        (thrown: unknown) => {
          const error = AppError.from(thrown);
          counted.inc({ outcome: error.code });
          if (error.status === 'internal') options.log.error('mail was not taken', { error });
          callback(toSmtpError(error));
        },
      );
    },
  });
  // A client that breaks the line or the protocol is its own affair.
  server.on('error', (error) => {
    options.log.debug('smtp connection failed', { error });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
}
