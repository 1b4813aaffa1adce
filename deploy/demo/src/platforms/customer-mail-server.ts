import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { createInboxes, type Inbox } from '../inbox.ts';

/** The mail server of the simulated customers: it takes what the centre answers. */
export interface CustomerMailServer {
  port: number;
  inboxOf(address: string): Inbox;
  close(): Promise<void>;
}

/** How long a close waits for the centre, which keeps connections for its next mail. */
const closeTimeoutMs = 200;

/** Starts it on the loopback; a message in an inbox is the whole mail as it came. */
export async function startCustomerMailServer(port: number): Promise<CustomerMailServer> {
  const inboxOf = createInboxes();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: closeTimeoutMs,
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        for (const { address } of session.envelope.rcptTo) inboxOf(address.toLowerCase()).put(Buffer.concat(chunks).toString());
        callback();
      });
    },
  });
  // A broken line of the centre is the centre's affair.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    inboxOf,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
}
