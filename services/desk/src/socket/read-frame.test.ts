import { expect, test } from '@jest/globals';
import { AppError } from '@patchbay/runtime/app-error';
import { mutated } from '@patchbay/testkit/mutated';
import fc from 'fast-check';
import { idRule, readFrame, readTexts } from './read-frame.ts';

const contactId = '0199c0de-0000-7000-8000-000000000001';
const seeds = [
  { id: 1, method: 'contact.send', params: { contactId, commandId: contactId, text: '您好' } },
  { id: 2, method: 'agent.setState', params: { state: 'ready', reason: '' } },
  { id: 3, method: 'wall.open' },
].map((frame) => JSON.stringify(frame));
const pieces = ['null', 'true', '""', '"id":-1', '"id":1.5', '"method":[]', '"params":[]', '{"__proto__":{"id":1}}', '\\u0000', '[[[['];

test('5,000 frames with seeded faults are read as requests, or are bad requests', () => {
  let read = 0;
  fc.assert(
    fc.property(mutated(seeds, pieces), (bytes) => {
      try {
        const { id, method, params } = readFrame(Buffer.from(bytes).toString());
        read += 1;
        expect([Number.isSafeInteger(id) && id >= 0, typeof method]).toEqual([true, 'string']);
        const texts = readTexts(params, { contactId: idRule, commandId: idRule, text: { min: 1, max: 8_000 } });
        expect([texts.contactId, texts.commandId].every((one) => /^[A-Za-z0-9_-]{1,64}$/.test(one))).toBe(true);
      } catch (thrown) {
        if (!(thrown instanceof AppError)) throw thrown;
        expect([thrown.code, typeof thrown.details['field']]).toEqual(['DESK_BAD_REQUEST', 'string']);
      }
    }),
    { numRuns: 5_000, seed: 20_260_105 },
  );
  // Both ways are really taken.
  expect(read).toBeGreaterThan(200);
  expect(read).toBeLessThan(4_800);
});
