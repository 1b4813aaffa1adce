import { describe, expect, test } from '@jest/globals';
import { formatFigure, formatSeconds, formatTable, formatWord, sparkline, widthOf } from './format.ts';

describe('tables', () => {
  test('stand straight with Chinese in them', () => {
    const [head = '', first = '', second = ''] = formatTable(['QUEUE', 'WAITING'], [['账单与费用', '3'], ['tech', '12']]).split('\n');
    const column = (line: string, text: string) => widthOf(line.slice(0, line.indexOf(text)));
    expect([column(head, 'WAITING'), column(first, '3'), column(second, '12')]).toEqual([12, 12, 12]);
  });

  test('of nothing say so', () => {
    expect(formatTable(['A'], [])).toBe('nothing\n');
  });

  test('let no customer move the cursor', () => {
    expect(formatTable(['A'], [['a\u001b[2Jb\nc']])).toBe('A\na [2Jb c\n');
  });
});

test.each([[3, '3 s'], [125, '2:05'], [3725, '1:02:05']])('%d seconds read %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test('a figure without ground is a dash, never 0', () => {
  expect([formatFigure(undefined, ' %'), formatFigure(0, ' %'), formatFigure(81.25, ' %')]).toEqual(['–', '0 %', '81.3 %']);
});

test('words are those that people write', () => {
  expect([formatWord('CONTACT_STATUS_WRAP_UP', 'CONTACT_STATUS_'), formatWord('CONTACT_STATUS_UNSPECIFIED', 'CONTACT_STATUS_')]).toEqual(['wrap-up', '']);
});

test.each([
  [[0, 1, 2, 3, 4, 5, 6, 7], '▁▂▃▄▅▆▇█'],
  [[5, 5, 5], '▄▄▄'],
  [[1, undefined, 3], '▁·█'],
  [[], ''],
])('%j draws %s', (values, line) => {
  expect(sparkline(values)).toBe(line);
});
