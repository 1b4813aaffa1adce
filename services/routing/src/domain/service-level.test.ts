import { expect, test } from '@jest/globals';
import { serviceLevel, serviceLevelVariants } from '@patchbay/erlang/service-level';
import { countAbandon, countAnswer, createQueueCounts } from './counters.ts';
import { serviceLevels } from './service-level.ts';

test('the service level is told in its four ways and without short abandons, each by its name', () => {
  const counts = createQueueCounts();
  for (const seconds of [1, 5, 10, 20, 20, 21, 30, 60]) countAnswer(counts, seconds * 1_000, 1);
  for (const seconds of [2, 4, 15, 40]) countAbandon(counts, seconds * 1_000, seconds <= 5);
  expect(serviceLevels(counts, 20)).toEqual({
    net: (100 * 5) / (8 + 4 - 2),
    ended_of_offered: (100 * (5 + 3)) / (8 + 4),
    answered_of_answered: (100 * 5) / 8,
    answered_of_offered: (100 * 5) / (8 + 4),
    answered_of_offered_less_short: (100 * 5) / (8 + 1),
  });
});

test('the wall and the lab mean the same by the same name', () => {
  const counts = createQueueCounts();
  for (const seconds of [1, 12, 30]) countAnswer(counts, seconds * 1_000, 1);
  for (const seconds of [3, 90]) countAbandon(counts, seconds * 1_000, false);
  const shares = { offered: 5, answered: 3, answeredInTarget: 2, abandonedInTarget: 1 };
  const told = serviceLevels(counts, 20);
  for (const variant of serviceLevelVariants) expect(told[variant]).toBeCloseTo(100 * serviceLevel(shares, variant), 12);
});

test('nothing to count is no service level, rather than 100 %', () => {
  expect(serviceLevels(createQueueCounts(), 20)).toEqual({});
  const counts = createQueueCounts();
  countAbandon(counts, 1_000, true);
  expect(serviceLevels(counts, 20)).toEqual({ ended_of_offered: 100, answered_of_offered: 0 });
});
