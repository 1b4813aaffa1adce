import { expect, test } from '@jest/globals';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { createMailSender } from './smarthost-sender.ts';
import { startSmtpReceiver } from './smtp-receiver.ts';

test('what no person wrote says so in its head, what an agent wrote does not', async () => {
  const taken: string[] = [];
  const smarthost = await startSmtpReceiver(
    { host: '127.0.0.1', port: 0, maxBytes: 10_000, maxClients: 2, log: silentLogger, metrics: createMetrics('test') },
    { mailboxOf: (recipient) => recipient, receive: ({ raw }) => Promise.resolve(void taken.push(Buffer.from(raw).toString())) },
  );
  const sender = createMailSender();
  const mail = { from: { name: '', address: 'help@cc.test' }, to: { name: '', address: 'customer@x.test' }, subject: 'Re: parcel', text: 'hello', references: [], attachments: [] };
  for (const automatic of [true, false]) {
    expect(await sender.send({ host: '127.0.0.1', port: smarthost.port }, { ...mail, automatic, messageId: `<${String(automatic)}@cc.test>` }, new AbortController().signal)).toMatchObject({ kind: 'sent' });
  }
  sender.close();
  await smarthost.close();
  expect(taken.map((raw) => /^auto-submitted: auto-replied\r?$/im.test(raw))).toEqual([true, false]);
});
