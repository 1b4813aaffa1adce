import { expect, test } from '@jest/globals';
import { mutated } from '@patchbay/testkit/mutated';
import fc from 'fast-check';
import { webChatErrors } from '../errors.ts';
import { limits } from './frames.ts';
import { parseFrame } from './parse-frame.ts';

const id = '0199c0de-0000-7000-8000-000000000001';
const seeds = [
  { type: 'hello', protocol: 1, widgetKey: 'W1', visitorToken: 'v1.e30.AAAA', language: 'zh-CN', name: '张三', page: 'https://x.test/', resume: { contactId: id, lastSeq: 7 } },
  { type: 'message', clientMsgId: id, text: '您好 👨‍👩‍👧' },
  { type: 'message', clientMsgId: id, choice: { id: '1', label: 'Billing' } },
  { type: 'end' },
  { type: 'ping' },
].map((frame) => JSON.stringify(frame));
const pieces = ['null', 'true', '""', '"type":"end"', '"type":"hello"', '\\u0000', '\\ud800', '{"__proto__":{"type":"end"}}', '1.5', '[[[['];

test('5,000 frames with seeded faults are read as frames, or refused with a code and a field', () => {
  let read = 0;
  fc.assert(
    fc.property(mutated(seeds, pieces), (bytes) => {
      const parsed = parseFrame(Buffer.from(bytes).toString());
      if (!parsed.ok) {
        expect(Object.keys(webChatErrors)).toContain(parsed.code);
        expect(parsed.field).not.toBe('');
        return;
      }
      read += 1;
      const { frame } = parsed;
      expect(['hello', 'message', 'end', 'ping']).toContain(frame.type);
      if (frame.type !== 'message') return;
      expect(frame.text === undefined).not.toBe(frame.choice === undefined);
      const words = frame.text ?? frame.choice?.id ?? '';
      expect([words !== '', words.isWellFormed(), words.includes('\0'), Buffer.byteLength(words) <= limits.textBytes]).toEqual([true, true, false, true]);
    }),
    { numRuns: 5_000, seed: 20_260_105 },
  );
  // Both ways are really taken.
  expect(read).toBeGreaterThan(200);
  expect(read).toBeLessThan(4_800);
});
