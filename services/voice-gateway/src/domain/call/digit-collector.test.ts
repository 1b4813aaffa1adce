import { describe, expect, test } from '@jest/globals';
import { isComplete } from './digit-collector.ts';

describe('digits for a menu', () => {
  test.each([
    [['1', '2'], '1', true],
    [['1', '2'], '9', true],
    [['1', '12'], '1', false],
    [['1', '12'], '12', true],
    [['10', '20'], '1', false],
    [['10', '20'], '3', true],
    [['*1'], '*', false],
  ] as const)('of %j: "%s" is complete: %s', (inputs, digits, complete) => {
    expect(isComplete({ inputs, maxDigits: Math.max(...inputs.map((input) => input.length)) }, digits)).toBe(complete);
  });
});
