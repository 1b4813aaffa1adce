import { describe, expect, test } from '@jest/globals';
import { AppError } from '@patchbay/runtime/app-error';
import { holdFreeOffset, parsePortOffset } from './ports.ts';

describe('port offsets', () => {
  test.each([
    [undefined, 0],
    ['', 0],
    ['1000', 1000],
  ])('%s is %s', (text, expected) => {
    expect(parsePortOffset(text)).toBe(expected);
  });

  test.each([['-1'], ['1.5'], ['x'], ['99999'], ['2000'], ['1999']])('%s is refused: no number, no port, or a page where browsers go to no server', (text) => {
    let code: unknown;
    try {
      parsePortOffset(text);
    } catch (error) {
      code = AppError.from(error).code;
    }
    expect(code).toBe('LOCAL_BAD_OPTION');
  });

  test('a free offset leaves port 10080 out, which browsers refuse', async () => {
    // The offset that chance begins with here is 2000.
    const held = await Promise.all(Array.from({ length: 3 }, () => holdFreeOffset(['desk'], 0, () => 1 / 9.9)));
    expect(held.map(({ offset }) => offset)).not.toContain(2000);
    await Promise.all(held.map(({ release }) => release()));
  });
});
