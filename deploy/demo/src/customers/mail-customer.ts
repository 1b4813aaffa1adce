import { randomBytes } from 'node:crypto';
import { createTransport } from 'nodemailer';
import type { CustomerMailServer } from '../platforms/customer-mail-server.ts';
import type { CustomerChannel } from './customer.ts';

/** People who write mails; their answers name the centre's mail, so that the thread holds. */
export function createMailCustomers(options: { smtpPort: number; mailbox: string; server: CustomerMailServer }): CustomerChannel {
  const transport = createTransport({ host: '127.0.0.1', port: options.smtpPort, ignoreTLS: true, connectionTimeout: 5_000 });
  return {
    name: 'email',
    async connect(index, signal) {
      const id = randomBytes(4).toString('hex');
      const address = `customer-${index}-${id}@customer.example`;
      const inbox = options.server.inboxOf(address);
      const references: string[] = [];
      let subject = '';
      return Promise.resolve({
        async say(text) {
          const messageId = `<${randomBytes(8).toString('hex')}@customer.example>`;
          subject ||= text.slice(0, 24);
          await transport.sendMail({
            from: { name: `客户 ${index}`, address },
            to: options.mailbox,
            subject: references.length === 0 ? subject : `Re: ${subject}`,
            text,
            messageId,
            ...(references.length === 0 ? {} : { inReplyTo: references.at(-1) ?? '', references }),
          });
          references.push(messageId);
        },
        async hear(timeoutMs) {
          const mail = await inbox.take(timeoutMs, signal);
          const messageId = /^message-id:\s*(<[^>]+>)/im.exec(mail)?.[1];
          if (messageId !== undefined) references.push(messageId);
          return mail;
        },
        leave: () => Promise.resolve(),
      });
    },
  };
}
