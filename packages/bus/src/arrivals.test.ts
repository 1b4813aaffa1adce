import { describe, expect, test } from '@jest/globals';
import { collectArrivals } from './arrivals.ts';

/** A source that gives what it is told to. */
function createSource() {
  const given: (number | Error | undefined)[] = [];
  let wake = () => {};
  const give = (...items: (number | Error | undefined)[]) => {
    given.push(...items);
    wake();
  };
  async function* source(): AsyncGenerator<number> {
    for (;;) {
      while (given.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const item = given.shift();
      if (item === undefined) return;
      if (item instanceof Error) throw item;
      yield item;
    }
  }
  return { source: source(), give };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('what arrives', () => {
  test('is taken as it piled up, at most so many at once', async () => {
    const { source, give } = createSource();
    const arrivals = collectArrivals(source);
    const first = arrivals.take(3);
    give(1);
    expect(await first).toEqual([1]);
    give(2, 3, 4, 5, 6);
    await turn();
    expect(arrivals.waiting).toEqual([2, 3, 4, 5, 6]);
    expect(await arrivals.take(3)).toEqual([2, 3, 4]);
    expect(await arrivals.take(3)).toEqual([5, 6]);
  });

  test('before the end is taken before it; then there is nothing', async () => {
    const { source, give } = createSource();
    const arrivals = collectArrivals(source);
    give(1, undefined);
    await turn();
    expect(await arrivals.take(3)).toEqual([1]);
    expect(await arrivals.take(3)).toBeUndefined();
  });

  test('is not awaited any more when the source breaks', async () => {
    const { source, give } = createSource();
    const arrivals = collectArrivals(source);
    const taken = arrivals.take(3);
    give(new Error('gone'));
    await expect(taken).rejects.toThrow('gone');
  });
});
