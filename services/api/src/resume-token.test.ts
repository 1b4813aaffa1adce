import { describe, expect, test } from '@jest/globals';
import { createResumeTokens } from './resume-token.ts';

const tokens = createResumeTokens(Buffer.alloc(32, 1));

describe('a resume token', () => {
  test('brings its bearer back to the place, at every replica with the same key', () => {
    for (const sequence of [0, 1, 123_456_789_012]) expect(createResumeTokens(Buffer.alloc(32, 1)).read('demo', tokens.sign('demo', sequence))).toBe(sequence);
  });

  test.each([
    ['of another tenant', tokens.sign('other', 5)],
    ['of another key', createResumeTokens(Buffer.alloc(32, 2)).sign('demo', 5)],
    ['with another place', tokens.sign('demo', 5).replace(/^5/, '6')],
    ['cut short', tokens.sign('demo', 5).slice(0, -2)],
    ['made longer', `${tokens.sign('demo', 5)}.x`],
    ['without a signature', '5'],
    ['that is nothing of the kind', '../../etc'],
  ])('%s is refused', (_what, token) => {
    expect(() => tokens.read('demo', token)).toThrow(expect.objectContaining({ code: 'API_BAD_RESUME_TOKEN' }));
  });
});
