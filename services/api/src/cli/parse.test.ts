import { describe, expect, test } from '@jest/globals';
import { ContactStatus } from '@patchbay/contracts/crm/v1/contact_service';
import { parseInteger, parseTime, parseWord } from './parse.ts';

const nowMs = new Date(2026, 0, 5, 10, 30).getTime();
const wrong = expect.objectContaining({ code: 'CLI_USAGE' });

describe('times', () => {
  test.each([
    ['now', nowMs],
    ['today', new Date(2026, 0, 5).getTime()],
    ['90m', nowMs - 90 * 60_000],
    ['8h', nowMs - 8 * 3_600_000],
    ['7d', nowMs - 7 * 86_400_000],
    ['+2h', nowMs + 2 * 3_600_000],
    ['2026-01-04', new Date(2026, 0, 4).getTime()],
    ['2026-01-04T08:00:00Z', Date.UTC(2026, 0, 4, 8)],
  ])('%s is understood', (text, ms) => {
    expect(parseTime(text, nowMs).getTime()).toBe(ms);
  });

  test.each(['', 'yesterday', '5', '2026-13-01', '10y'])('"%s" is not', (text) => {
    expect(() => parseTime(text, nowMs)).toThrow(wrong);
  });
});

test('words of an enum are taken as people write them, and the known ones are named otherwise', () => {
  expect(parseWord('status', 'wrap-up', ContactStatus)).toBe(ContactStatus.WRAP_UP);
  for (const word of ['wrapup', 'unspecified', 'unrecognized', '', 'constructor']) expect(() => parseWord('status', word, ContactStatus)).toThrow(wrong);
});

test.each(['0', '101', '-1', '1.5', 'x', ''])('%s is no number from 1 to 100', (text) => {
  expect(() => parseInteger('limit', text, { min: 1, max: 100 })).toThrow(wrong);
});
