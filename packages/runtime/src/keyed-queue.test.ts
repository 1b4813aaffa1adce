import { expect, test } from '@jest/globals';
import { createKeyedQueue } from './keyed-queue.ts';

test('tasks of one key run in order, a failed one holds nobody up, and keys run side by side', async () => {
  const queue = createKeyedQueue();
  const order: string[] = [];
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const first = queue.run('a', async () => {
    await gate;
    order.push('a1');
    throw new Error('a1 failed');
  });
  const second = queue.run('a', async () => void order.push('a2'));
  await queue.run('b', async () => void order.push('b1'));
  release();
  await expect(first).rejects.toThrow('a1 failed');
  await second;
  await queue.idle();
  expect(order).toEqual(['b1', 'a1', 'a2']);
  expect(queue.size()).toBe(0);
});
