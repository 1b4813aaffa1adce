import type { AppError } from '@patchbay/runtime/app-error';
import { sipError } from '../errors.ts';
import { buildRefusalAck } from '../message/build-message.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { writeMessage } from '../message/write-message.ts';
import type { ClientEnvironment, ClientTransaction, ClientUser } from './client-transaction.ts';
import { createTimerSet } from './timer-set.ts';

/**
 * An INVITE client transaction (RFC 3261 section 17.1.1, with the Accepted state of RFC 6026 section 7.2):
 *
 *   calling ──1xx──▶ proceeding ──300–699──▶ completed ──D──▶ terminated
 *      │ A: repeat      │                     repeats the ACK
 *      │ B: time-out    └──────2xx──▶ accepted ──M──▶ terminated
 */
export function startInviteClientTransaction(request: SipRequest, user: ClientUser, environment: ClientEnvironment): ClientTransaction {
  const { t1Ms, dMs } = environment.timers;
  const timers = createTimerSet<'A' | 'B' | 'D' | 'M'>(environment.clock);
  const bytes = writeMessage(request);
  let state: 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated' = 'calling';
  let ack: Uint8Array | undefined;

  function terminate(): void {
    if (state === 'terminated') return;
    state = 'terminated';
    timers.stopAll();
    environment.ended();
  }

  function fail(error: AppError): void {
    if (state !== 'calling') return;
    terminate();
    user.failed(error);
  }

  function repeatAfter(delayMs: number): void {
    timers.start('A', delayMs, () => {
      environment.send(bytes, fail);
      repeatAfter(delayMs * 2);
    });
  }

  function complete(response: SipResponse): void {
    state = 'completed';
    timers.stop('A', 'B');
    ack = writeMessage(buildRefusalAck(request, response));
    sendAck();
    if (environment.reliable) terminate();
    else timers.start('D', dMs, terminate);
    user.response(response);
  }

  function sendAck(): void {
    // The refusal will be repeated and acknowledged again, so a lost ACK needs no care.
    if (ack !== undefined) environment.send(ack, () => {});
  }

  function accept(response: SipResponse): void {
    if (state !== 'accepted') {
      state = 'accepted';
      timers.stop('A', 'B');
      timers.start('M', 64 * t1Ms, terminate);
    }
    user.response(response);
  }

  function receive(response: SipResponse): void {
    const isSuccess = response.status >= 200 && response.status < 300;
    if (state === 'completed' && response.status >= 300) sendAck();
    else if (state === 'accepted' && isSuccess) accept(response);
    else if (state === 'calling' || state === 'proceeding') {
      if (response.status >= 300) complete(response);
      else if (isSuccess) accept(response);
      else {
        state = 'proceeding';
        timers.stop('A', 'B');
        user.response(response);
      }
    }
  }

  environment.send(bytes, fail);
  if (!environment.reliable) repeatAfter(t1Ms);
  timers.start('B', 64 * t1Ms, () => {
    fail(sipError('SIP_TIMEOUT', { details: { method: 'INVITE' } }));
  });
  return { request, receive, abandon: terminate };
}
