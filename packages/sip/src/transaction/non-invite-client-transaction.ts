import type { AppError } from '@patchbay/runtime/app-error';
import { sipError } from '../errors.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { writeMessage } from '../message/write-message.ts';
import type { ClientEnvironment, ClientTransaction, ClientUser } from './client-transaction.ts';
import { createTimerSet } from './timer-set.ts';

/**
 * A non-INVITE client transaction (RFC 3261 section 17.1.2):
 *
 *   trying ──1xx──▶ proceeding ──200–699──▶ completed ──K──▶ terminated
 *     E: repeat, doubling to T2   E: repeat every T2   F in both: time-out
 */
export function startNonInviteClientTransaction(request: SipRequest, user: ClientUser, environment: ClientEnvironment): ClientTransaction {
  const { t1Ms, t2Ms, t4Ms } = environment.timers;
  const timers = createTimerSet<'E' | 'F' | 'K'>(environment.clock);
  const bytes = writeMessage(request);
  let state: 'trying' | 'proceeding' | 'completed' | 'terminated' = 'trying';

  function terminate(): void {
    if (state === 'terminated') return;
    state = 'terminated';
    timers.stopAll();
    environment.ended();
  }

  function fail(error: AppError): void {
    if (state === 'completed' || state === 'terminated') return;
    terminate();
    user.failed(error);
  }

  function failToSend(error: AppError): void {
    if (state === 'trying') fail(error);
  }

  function repeatAfter(delayMs: number): void {
    timers.start('E', delayMs, () => {
      environment.send(bytes, failToSend);
      repeatAfter(state === 'proceeding' ? t2Ms : Math.min(delayMs * 2, t2Ms));
    });
  }

  function receive(response: SipResponse): void {
    if (state !== 'trying' && state !== 'proceeding') return;
    if (response.status < 200) {
      state = 'proceeding';
    } else {
      state = 'completed';
      timers.stop('E', 'F');
      if (environment.reliable) terminate();
      else timers.start('K', t4Ms, terminate);
    }
    user.response(response);
  }

  environment.send(bytes, failToSend);
  if (!environment.reliable) repeatAfter(t1Ms);
  timers.start('F', 64 * t1Ms, () => {
    fail(sipError('SIP_TIMEOUT', { details: { method: request.method } }));
  });
  return { request, receive, abandon: terminate };
}
