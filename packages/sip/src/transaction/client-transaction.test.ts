import { describe, expect, test } from '@jest/globals';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { request, response } from '../testing/messages.ts';
import type { ClientEnvironment, ClientTransaction, ClientUser } from './client-transaction.ts';
import { startInviteClientTransaction } from './invite-client-transaction.ts';
import { startNonInviteClientTransaction } from './non-invite-client-transaction.ts';
import { defaultTimers } from './timers.ts';
import { sipError } from '../errors.ts';
import type { AppError } from '@patchbay/runtime/app-error';

type Start = (message: ReturnType<typeof request>, user: ClientUser, environment: ClientEnvironment) => ClientTransaction;

/** A transaction under a fake clock, and what it did, with the times in milliseconds. */
function run(start: Start, method: string, reliable = false) {
  const clock = createFakeClock();
  const message = request({ method });
  const sent: string[] = [];
  const heard: string[] = [];
  const failures: ((error: AppError) => void)[] = [];
  let endedAtMs: number | undefined;
  const at = () => clock.monotonicMs();
  const transaction = start(
    message,
    {
      response: (one) => heard.push(`${at()} ${one.status}`),
      failed: (error) => heard.push(`${at()} ${error.code}`),
    },
    {
      clock,
      timers: defaultTimers,
      reliable,
      send: (bytes, failed) => {
        sent.push(`${at()} ${Buffer.from(bytes).toString('latin1').split(' ', 1)[0] ?? ''}`);
        failures.push(failed);
      },
      ended: () => {
        endedAtMs = at();
      },
    },
  );
  const receive = (status: number, tag = 'b1') => { transaction.receive(response(message, status, { tag })); };
  return { clock, sent, heard, failures, receive, transaction, endedAtMs: () => endedAtMs };
}

const invite = (reliable = false) => run(startInviteClientTransaction, 'INVITE', reliable);
const other = (reliable = false) => run(startNonInviteClientTransaction, 'OPTIONS', reliable);
const times = (sent: readonly string[]) => sent.map((one) => Number(one.split(' ', 1)[0]));

describe('an INVITE of ours', () => {
  test('is repeated by Timer A at T1, doubling, until Timer B ends it after 64·T1', () => {
    const { clock, sent, heard, endedAtMs } = invite();
    clock.advance(100_000);
    expect(times(sent)).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    expect([heard, endedAtMs()]).toEqual([['32000 SIP_TIMEOUT'], 32_000]);
    expect(clock.pendingTimers()).toBe(0);
  });

  test('is sent once over a reliable transport and still ended by Timer B', () => {
    const { clock, sent, heard } = invite(true);
    clock.advance(100_000);
    expect([times(sent), heard]).toEqual([[0], ['32000 SIP_TIMEOUT']]);
  });

  test('is not repeated after a provisional answer, however long it rings', () => {
    const { clock, sent, heard, receive, endedAtMs } = invite();
    clock.advance(600);
    receive(180);
    clock.advance(600_000);
    expect([times(sent), heard, endedAtMs()]).toEqual([[0, 500], ['600 180'], undefined]);
  });

  test('that is refused sends an ACK for each repeat of the refusal until Timer D, and is told once', () => {
    const { clock, sent, heard, receive, endedAtMs } = invite();
    receive(100);
    receive(486);
    clock.advance(500);
    receive(486);
    clock.advance(31_499);
    expect(endedAtMs()).toBeUndefined();
    clock.advance(1);
    expect(sent).toEqual(['0 INVITE', '0 ACK', '500 ACK']);
    expect([heard, endedAtMs(), clock.pendingTimers()]).toEqual([['0 100', '0 486'], 32_000, 0]);
  });

  test('that is refused over a reliable transport is over with its ACK (Timer D is zero)', () => {
    const { sent, receive, endedAtMs } = invite(true);
    receive(486);
    expect([sent, endedAtMs()]).toEqual([['0 INVITE', '0 ACK'], 0]);
  });

  test('hands every 200 up, of all branches, until Timer M, and sends no ACK itself', () => {
    const { clock, sent, heard, receive, endedAtMs } = invite();
    receive(200, 'b1');
    clock.advance(1_000);
    receive(200, 'b1');
    receive(200, 'b2');
    receive(486, 'b3');
    clock.advance(31_000);
    receive(200, 'b1');
    expect([sent, heard, endedAtMs()]).toEqual([['0 INVITE'], ['0 200', '1000 200', '1000 200'], 32_000]);
  });

  test('that cannot be sent fails at once, but not after it was answered', () => {
    const failing = invite();
    failing.failures[0]!(sipError('SIP_TRANSPORT_FAILED'));
    failing.clock.advance(100_000);
    expect([failing.heard, failing.sent.length, failing.endedAtMs()]).toEqual([['0 SIP_TRANSPORT_FAILED'], 1, 0]);
    const answered = invite();
    answered.receive(180);
    answered.failures[0]!(sipError('SIP_TRANSPORT_FAILED'));
    expect(answered.heard).toEqual(['0 180']);
  });
});

describe('another request of ours', () => {
  test('is repeated by Timer E at T1, doubling up to T2, until Timer F ends it after 64·T1', () => {
    const { clock, sent, heard, endedAtMs } = other();
    clock.advance(100_000);
    expect(times(sent)).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect([heard, endedAtMs(), clock.pendingTimers()]).toEqual([['32000 SIP_TIMEOUT'], 32_000, 0]);
  });

  test('is repeated every T2 after a provisional answer, and still ended by Timer F', () => {
    const { clock, sent, heard, receive } = other();
    clock.advance(600);
    receive(100);
    clock.advance(100_000);
    expect(times(sent)).toEqual([0, 500, 1_500, 5_500, 9_500, 13_500, 17_500, 21_500, 25_500, 29_500]);
    expect(heard).toEqual(['600 100', '32000 SIP_TIMEOUT']);
  });

  test('absorbs repeats of its answer until Timer K', () => {
    const { clock, heard, receive, endedAtMs } = other();
    receive(200);
    clock.advance(4_999);
    receive(200);
    expect(endedAtMs()).toBeUndefined();
    clock.advance(1);
    expect([heard, endedAtMs(), clock.pendingTimers()]).toEqual([['0 200'], 5_000, 0]);
  });

  test('over a reliable transport is sent once and over with its answer (Timer K is zero)', () => {
    const { clock, sent, receive, endedAtMs } = other(true);
    clock.advance(10_000);
    receive(200);
    expect([times(sent), endedAtMs()]).toEqual([[0], 10_000]);
  });
});
