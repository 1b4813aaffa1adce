import { describe, expect, test } from '@jest/globals';
import { AppError } from '@patchbay/runtime/app-error';
import { parseMessage } from '../../message/parse-message.ts';
import { writeMessage } from '../../message/write-message.ts';
import { createWorld, noCalls } from '../test-endpoint.ts';
import { applicationMessages, invalidMessages, validMessages } from './outcomes.ts';
import { tortureMessage } from './torture-message.ts';

const all = [...validMessages, ...invalidMessages, ...applicationMessages];

function parsed(file: string): string {
  try {
    parseMessage(tortureMessage(file));
    return 'accepted';
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    return thrown.code;
  }
}

describe('RFC 4475', () => {
  test('has 13 valid, 19 invalid and 17 other messages', () => {
    expect([validMessages.length, invalidMessages.length, applicationMessages.length]).toEqual([13, 19, 17]);
  });

  test.each(all)('$section $file is $parsed by the parser', ({ file, parsed: expected }) => {
    expect(parsed(file)).toBe(expected);
  });

  test.each(all.filter((one) => one.parsed === 'accepted'))('$section $file means the same after being written and read again', ({ file }) => {
    const once = parseMessage(tortureMessage(file));
    const again = parseMessage(writeMessage(once));
    const ours = (message: typeof once) => ({ ...message, body: Buffer.from(message.body).toString('latin1'), headers: message.headers.filter(({ name }) => name !== 'content-length') });
    expect(ours(again)).toEqual(ours(once));
  });

  test.each(all)('$section $file gets the answer $answer from a user agent, to where it came from', async ({ file, answer }) => {
    const world = createWorld();
    const endpoint = await world.endpoint('192.0.2.200', noCalls);
    const sender = world.network.transport('UDP', '198.51.100.9', 40_000);
    await sender.listen({ received: () => {}, unframed: () => {} });
    sender.send(tortureMessage(file), { protocol: 'UDP', address: '192.0.2.200', port: 5060 }, () => {});
    await world.clock.advanceAsync(50);
    const answers = world.network.deliveries.filter((one) => one.from === '192.0.2.200:5060');
    expect(answers.map((one) => Number(one.text.slice(8, 11)))).toEqual(answer === undefined ? [] : [answer]);
    expect(answers.every((one) => one.to.startsWith('198.51.100.9:') && one.text.startsWith('SIP/2.0 '))).toBe(true);
    await world.clock.advanceAsync(120_000);
    expect(endpoint.load()).toEqual({ clientTransactions: 0, serverTransactions: 0, sessions: 0 });
    expect(world.clock.pendingTimers()).toBe(0);
  });
});
