import { describe, expect, test } from '@jest/globals';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { buildResponse } from '../message/build-message.ts';
import { request } from '../testing/messages.ts';
import { startInviteServerTransaction } from './invite-server-transaction.ts';
import { startNonInviteServerTransaction } from './non-invite-server-transaction.ts';
import { defaultTimers } from './timers.ts';

const source = { protocol: 'UDP', address: '192.0.2.1', port: 5060, local: { address: '192.0.2.2', port: 5060 } } as const;

function run(method: string, reliable = false) {
  const clock = createFakeClock();
  const message = request({ method });
  const sent: string[] = [];
  let endedAtMs: number | undefined;
  const start = method === 'INVITE' ? startInviteServerTransaction : startNonInviteServerTransaction;
  const machine = start(message, source, {
    clock,
    timers: defaultTimers,
    reliable,
    send: (bytes) => sent.push(`${clock.monotonicMs()} ${Buffer.from(bytes).toString('latin1', 8, 11)}`),
    ended: () => {
      endedAtMs = clock.monotonicMs();
    },
  });
  return {
    clock,
    sent,
    machine,
    respond: (status: number) => { machine.respond(buildResponse(message, status, { localTag: 'b1' })); },
    ack: () => { machine.ack(request({ method: 'ACK' })); },
    endedAtMs: () => endedAtMs,
  };
}

describe('an INVITE that came in', () => {
  test('is answered 100 after 200 ms unless something else went out before', () => {
    const silent = run('INVITE');
    silent.clock.advance(1_000);
    expect(silent.sent).toEqual(['200 100']);
    const quick = run('INVITE');
    quick.clock.advance(150);
    quick.respond(180);
    quick.clock.advance(1_000);
    expect(quick.sent).toEqual(['150 180']);
  });

  test('and is repeated gets the last provisional answer again', () => {
    const { sent, machine, respond } = run('INVITE');
    machine.repeated();
    respond(180);
    respond(183);
    machine.repeated();
    expect(sent).toEqual(['0 180', '0 183', '0 183']);
  });

  test('has its refusal repeated by Timer G at T1, doubling up to T2, until Timer H gives up', () => {
    const { clock, sent, respond, endedAtMs } = run('INVITE');
    respond(486);
    clock.advance(100_000);
    expect(sent.map((one) => Number(one.split(' ', 1)[0]))).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect([endedAtMs(), clock.pendingTimers()]).toEqual([32_000, 0]);
  });

  test('has its refusal sent once over a reliable transport, with Timer H waiting for the ACK', () => {
    const { clock, sent, respond, endedAtMs } = run('INVITE', true);
    respond(486);
    clock.advance(31_999);
    expect([sent, endedAtMs()]).toEqual([['0 486'], undefined]);
    clock.advance(1);
    expect(endedAtMs()).toBe(32_000);
  });

  test('whose refusal is acknowledged absorbs further ACKs until Timer I', () => {
    const { clock, sent, respond, ack, machine, endedAtMs } = run('INVITE');
    respond(486);
    clock.advance(600);
    ack();
    clock.advance(100);
    ack();
    machine.repeated();
    clock.advance(4_899);
    expect(endedAtMs()).toBeUndefined();
    clock.advance(1);
    expect([sent, endedAtMs(), clock.pendingTimers()]).toEqual([['0 486', '500 486'], 5_600, 0]);
  });

  test('over a reliable transport is over with the ACK of its refusal (Timer I is zero)', () => {
    const { respond, ack, endedAtMs } = run('INVITE', true);
    respond(486);
    ack();
    expect(endedAtMs()).toBe(0);
  });

  test('once accepted absorbs repeats until Timer L and lets only 2xx pass', () => {
    const { clock, sent, respond, machine, endedAtMs } = run('INVITE');
    respond(200);
    machine.repeated();
    respond(486);
    clock.advance(500);
    respond(200);
    clock.advance(31_500);
    respond(200);
    expect([sent, endedAtMs(), clock.pendingTimers()]).toEqual([['0 200', '500 200'], 32_000, 0]);
  });

  test('can be cancelled before its final answer only', async () => {
    let cancelled = 0;
    const early = run('INVITE');
    early.machine.attach({ cancelled: () => (cancelled += 1) }, 'b1');
    expect(early.machine.cancel(request({ method: 'CANCEL' }))).toBe('b1');
    await Promise.resolve();
    const late = run('INVITE');
    late.machine.attach({ cancelled: () => (cancelled += 1) }, 'b1');
    late.respond(200);
    late.machine.cancel(request({ method: 'CANCEL' }));
    await Promise.resolve();
    expect(cancelled).toBe(1);
  });
});

describe('another request that came in', () => {
  test('is not answered by itself, repeats before an answer are absorbed', () => {
    const { clock, sent, machine } = run('OPTIONS');
    machine.repeated();
    clock.advance(10_000);
    expect(sent).toEqual([]);
  });

  test('and is repeated gets its answer again until Timer J', () => {
    const { clock, sent, respond, machine, endedAtMs } = run('OPTIONS');
    respond(100);
    machine.repeated();
    respond(200);
    machine.repeated();
    respond(500);
    clock.advance(31_999);
    expect(endedAtMs()).toBeUndefined();
    clock.advance(1);
    expect([sent, endedAtMs(), clock.pendingTimers()]).toEqual([['0 100', '0 100', '0 200', '0 200'], 32_000, 0]);
  });

  test('over a reliable transport is over with its answer (Timer J is zero)', () => {
    const { respond, endedAtMs } = run('OPTIONS', true);
    respond(200);
    expect(endedAtMs()).toBe(0);
  });

  test('that nobody answers is forgotten after 64·T1 without a word (RFC 4320)', () => {
    const { clock, sent, respond, endedAtMs } = run('OPTIONS');
    clock.advance(32_000);
    respond(200);
    expect([sent, endedAtMs(), clock.pendingTimers()]).toEqual([[], 32_000, 0]);
  });
});
