import { describe, expect, test } from '@jest/globals';
import { maxMessageBytes } from '../limits.ts';
import { requestText } from '../testing/messages.ts';
import { createStreamFramer } from './stream-framer.ts';

function framer() {
  const out: string[] = [];
  const one = createStreamFramer({
    message: (bytes) => out.push(Buffer.from(bytes).toString()),
    ping: () => out.push('ping'),
    fault: (error) => out.push(error.code),
  });
  return { out, push: (text: string) => { one.push(Buffer.from(text)); }, isPartial: () => one.isPartial() };
}

const first = requestText({ method: 'MESSAGE', body: 'hello' });
const second = requestText({ cseq: 2 });

describe('a stream', () => {
  test('is cut at Content-Length, however it is chopped', () => {
    const stream = `\r\n${first}${second}\r\n${first}`;
    for (let size = 1; size < stream.length; size += 7) {
      const { out, push, isPartial } = framer();
      for (let at = 0; at < stream.length; at += size) push(stream.slice(at, at + size));
      expect(out).toEqual([first, second, first]);
      expect(isPartial()).toBe(false);
    }
  });

  test('answers double CRLFs between messages, not single ones', () => {
    const { out, push } = framer();
    push('\r\n\r\n');
    push(`${second}\r\n\r\n${second}\r\n`);
    push('\r\n\r\n\r\n');
    expect(out).toEqual(['ping', second, 'ping', second, 'ping', 'ping']);
  });

  test.each([
    ['without Content-Length', second.replace(/Content-Length.*\r\n/, ''), 'SIP_BAD_LENGTH'],
    ['with two of them', second.replace('Content-Length: 0', 'Content-Length: 0\r\nl: 0'), 'SIP_BAD_LENGTH'],
    ['with one that is no number', second.replace('Content-Length: 0', 'Content-Length: -1'), 'SIP_BAD_LENGTH'],
    ['with one that is too large', second.replace('Content-Length: 0', `Content-Length: ${maxMessageBytes + 1}`), 'SIP_MESSAGE_TOO_LARGE'],
    ['whose message is too large', second.replace('Content-Length: 0', `Content-Length: ${maxMessageBytes}`), 'SIP_MESSAGE_TOO_LARGE'],
    ['whose head does not end', `X: ${'y'.repeat(maxMessageBytes)}`, 'SIP_MESSAGE_TOO_LARGE'],
  ])('%s is given up, and what follows is not read', (_how, text, code) => {
    const { out, push } = framer();
    push(text);
    push(second);
    expect(out).toEqual([code]);
  });

  test('may fold its Content-Length and name it by its letter', () => {
    const { out, push } = framer();
    const text = second.replace('Content-Length: 0', 'L :\r\n 0');
    push(text);
    expect(out).toEqual([text]);
  });
});

test('a head made of blanks costs no more than its length', () => {
  const { out, push } = framer();
  const before = process.cpuUsage();
  push(second.replace('Content-Length: 0', `Content-Length: ${' '.repeat(60_000)}x`));
  const { user, system } = process.cpuUsage(before);
  expect(out).toEqual(['SIP_BAD_LENGTH']);
  expect(user + system).toBeLessThan(500_000);
});
