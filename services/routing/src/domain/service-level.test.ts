import { expect, test } from '@jest/globals';
import { countAbandon, countAnswer, createQueueCounts } from './counters.ts';
import { serviceLevels } from './service-level.ts';

test('the service level is told in its four ways and without short abandons, each by its name', () => {
  const counts = createQueueCounts();
  for (const seconds of [1, 5, 10, 20, 20, 21, 30, 60]) countAnswer(counts, seconds * 1_000, 1);
  for (const seconds of [2, 4, 15, 40]) countAbandon(counts, seconds * 1_000, seconds <= 5);
  expect(serviceLevels(counts, 20)).toEqual({
    net: (100 * 5) / (8 + 4 - 2),
    answered_or_left_in_target: (100 * (5 + 3)) / (8 + 4),
    of_answered: (100 * 5) / 8,
    of_all: (100 * 5) / (8 + 4),
    without_left_in_target: (100 * 5) / (8 + 1),
  });
});

test('nothing to count is no service level, rather than 100 %', () => {
  expect(serviceLevels(createQueueCounts(), 20)).toEqual({});
  const counts = createQueueCounts();
  countAbandon(counts, 1_000, true);
  expect(serviceLevels(counts, 20)).toEqual({ answered_or_left_in_target: 100, of_all: 0 });
});
