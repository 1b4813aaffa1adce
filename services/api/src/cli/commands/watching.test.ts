import { describe, expect, test } from '@jest/globals';
import { AppError } from '@patchbay/runtime/app-error';
import { follow } from './watching.ts';

const fault = (code: string, status: 'unavailable' | 'out_of_range' | 'permission_denied', retryable?: boolean) =>
  new AppError(code, { status, meaning: code, remedy: '', ...(retryable === undefined ? {} : { retryable }) });

/** Streams that give their numbers and then fail, one after the other; the last one ends the watch. */
function script(streams: readonly { numbers: readonly number[]; then: AppError }[]) {
  const abort = new AbortController();
  const opened: string[] = [];
  const taken: number[] = [];
  const gaps: number[] = [];
  const watch = follow<number>(
    {
      async open(token) {
        const stream = streams[opened.length];
        opened.push(token);
        return (async function* () {
          if (stream === undefined) {
            abort.abort();
            return;
          }
          yield* stream.numbers;
          throw stream.then;
        })();
      },
      tokenOf: (number) => `t${number}`,
      take: (number) => void taken.push(number),
      onGap: () => void gaps.push(taken.length),
    },
    '',
    abort.signal,
  );
  return { watch, opened, taken, gaps };
}

describe('a watch', () => {
  test('is taken up after the last token when the connection breaks', async () => {
    const { watch, opened, taken } = script([
      { numbers: [1, 2], then: fault('API_DRAINING', 'unavailable') },
      { numbers: [3], then: fault('CLI_GRPC', 'unavailable') },
    ]);
    await watch;
    expect(opened).toEqual(['', 't2', 't3']);
    expect(taken).toEqual([1, 2, 3]);
  });

  test('says so when what happened in between is lost, and begins anew', async () => {
    const { watch, opened, gaps } = script([
      { numbers: [1], then: fault('API_DRAINING', 'unavailable') },
      { numbers: [], then: fault('RESUME_TOKEN_EXPIRED', 'out_of_range') },
    ]);
    await watch;
    expect(opened).toEqual(['', 't1', '']);
    expect(gaps).toEqual([1]);
  });

  test('ends with a fault that will not heal', async () => {
    const { watch } = script([{ numbers: [1], then: fault('API_FORBIDDEN', 'permission_denied') }]);
    await expect(watch).rejects.toMatchObject({ code: 'API_FORBIDDEN' });
  });
});
