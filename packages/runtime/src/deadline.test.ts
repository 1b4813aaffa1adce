import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { abortable, deadlineSignal } from './deadline.ts';

const reason = new Error('given up');

describe('a wait that can be given up', () => {
  test('gives what is waited for, or its fault', async () => {
    const { signal } = new AbortController();
    await expect(abortable(Promise.resolve(7), signal)).resolves.toBe(7);
    await expect(abortable(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  });

  test('ends with the reason of the signal, before or while it waits', async () => {
    const controller = new AbortController();
    const waiting = abortable(new Promise(() => undefined), controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(abortable(Promise.resolve(7), controller.signal)).rejects.toBe(reason);
  });

  test('ends no process when what nobody waits for any more fails later', async () => {
    // The test runner catches rejections that nobody handles, so a process of its own tells.
    const program = `
      import { abortable } from ${JSON.stringify(join(import.meta.dirname, 'deadline.ts'))};
      const late = async () => { await new Promise((done) => setImmediate(done)); throw new Error('late'); };
      await abortable(late(), AbortSignal.abort(new Error('given up'))).catch(() => undefined);
      await new Promise((done) => setTimeout(done, 20));
      process.stdout.write('alive');
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [printed, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect({ printed, exitCode }).toEqual({ printed: 'alive', exitCode: 0 });
  });
});

test('a deadline ends with its parent', () => {
  const parent = new AbortController();
  const signal = deadlineSignal(60_000, parent.signal);
  parent.abort(reason);
  expect(signal.reason).toBe(reason);
});
