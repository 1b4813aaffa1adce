import { describe, expect, test } from '@jest/globals';
import { createProgress } from './progress.ts';

function record(isTTY: boolean) {
  const written: string[] = [];
  return { written, progress: createProgress({ isTTY, columns: 60, write: (text) => written.push(text) }) };
}

describe('progress', () => {
  test('without a terminal every change is a line of its own', () => {
    const { written, progress } = record(false);
    const task = progress.start('NATS 2.15.1');
    task.detail('fetching');
    task.done('fetched');
    expect(written).toEqual(['NATS 2.15.1 …\n', 'NATS 2.15.1: fetching\n', 'NATS 2.15.1: fetched\n']);
  });

  test('on a terminal a line that stays is written above the one that changes', () => {
    const { written, progress } = record(true);
    const task = progress.start('NATS 2.15.1');
    progress.say('something to keep');
    expect(written[0]).toBe('\r\u001B[2Ksomething to keep\n');
    expect(written[1]).toContain('NATS 2.15.1');
    expect(written[1]).not.toContain('\n');
    task.done();
    expect(written.at(-1)).toBe('\r\u001B[2K');
  });
});
