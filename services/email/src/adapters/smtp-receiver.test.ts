import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { eventually } from '@patchbay/testkit/eventually';
import { startSmtpReceiver } from './smtp-receiver.ts';

test('a mail that breaks off is no mail, and no fault of ours', async () => {
  const faults: string[] = [];
  const metrics = createMetrics('test');
  const log = { ...silentLogger, error: (message: string) => void faults.push(message) };
  let received = 0;
  const server = await startSmtpReceiver({ host: '127.0.0.1', port: 0, maxBytes: 1_000, maxClients: 2, log, metrics }, { mailboxOf: () => 'a@x.test', receive: () => Promise.resolve(void (received += 1)) });
  const socket = connect(server.port, '127.0.0.1');
  const commands = ['EHLO x', 'MAIL FROM:<b@x.test>', 'RCPT TO:<a@x.test>', 'DATA', 'From: b@x.test\r\n\r\nhalf a'];
  for await (const line of createInterface({ input: socket })) {
    if (/^\d{3} /.test(line)) socket.write(`${commands.shift()}\r\n`);
    if (commands.length === 0) break;
  }
  socket.destroy();
  await eventually('the end is counted', async () => (await metrics.text()).includes('outcome="EMAIL_BROKEN_OFF"'));
  await server.close();
  expect([received, faults]).toEqual([0, []]);
});
