import type { SipRequest } from '../message/message.ts';
import { writeMessage } from '../message/write-message.ts';
import type { PacketSource } from '../transport/transport.ts';
import type { ServerEnvironment, ServerMachine } from './server-transaction.ts';
import { createTimerSet } from './timer-set.ts';

/**
 * A non-INVITE server transaction (RFC 3261 section 17.2.2):
 *
 *   trying ──1xx──▶ proceeding ──200–699──▶ completed ──J──▶ terminated
 *
 * One that nobody answers is forgotten after 64·T1 without a word: the client has given up by then, and a late answer
 * only does harm (RFC 4320 section 4.2).
 */
export function startNonInviteServerTransaction(request: SipRequest, source: PacketSource, environment: ServerEnvironment): ServerMachine {
  const timers = createTimerSet<'J' | 'unanswered'>(environment.clock);
  const lifeMs = 64 * environment.timers.t1Ms;
  let state: 'trying' | 'proceeding' | 'completed' | 'terminated' = 'trying';
  let last: Uint8Array | undefined;

  function terminate(): void {
    if (state === 'terminated') return;
    state = 'terminated';
    timers.stopAll();
    environment.ended();
  }

  timers.start('unanswered', lifeMs, terminate);

  return {
    request,
    source,
    answered: () => state === 'completed' || state === 'terminated',
    attach() {},
    respond(response) {
      if (state !== 'trying' && state !== 'proceeding') return;
      last = writeMessage(response);
      environment.send(last);
      if (response.status < 200) {
        state = 'proceeding';
        return;
      }
      state = 'completed';
      timers.stop('unanswered');
      if (environment.reliable) terminate();
      else timers.start('J', lifeMs, terminate);
    },
    repeated() {
      if (last !== undefined && state !== 'terminated') environment.send(last);
    },
    ack() {},
    cancel: () => undefined,
    abandon: terminate,
  };
}
