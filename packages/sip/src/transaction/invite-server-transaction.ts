import { buildResponse } from '../message/build-message.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { writeMessage } from '../message/write-message.ts';
import type { PacketSource } from '../transport/transport.ts';
import type { ServerEnvironment, ServerMachine, ServerUser } from './server-transaction.ts';
import { createTimerSet } from './timer-set.ts';

/** 100 Trying goes out when nothing else did by then (RFC 3261 section 17.2.1). */
const tryingAfterMs = 200;

/**
 * An INVITE server transaction (RFC 3261 section 17.2.1, with the Accepted state of RFC 6026 section 7.1):
 *
 *   proceeding ──300–699──▶ completed ──ACK──▶ confirmed ──I──▶ terminated
 *      │                     G: repeat, H: give up
 *      └──2xx──▶ accepted ──L──▶ terminated     repeats of a 2xx are its user's (RFC 3261 section 13.3.1.4)
 */
export function startInviteServerTransaction(request: SipRequest, source: PacketSource, environment: ServerEnvironment): ServerMachine {
  const { t1Ms, t2Ms, t4Ms } = environment.timers;
  const timers = createTimerSet<'trying' | 'G' | 'H' | 'I' | 'L'>(environment.clock);
  let state: 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated' = 'proceeding';
  let last: Uint8Array | undefined;
  let user: ServerUser = {};
  let tag: string | undefined;

  function terminate(): void {
    if (state === 'terminated') return;
    state = 'terminated';
    timers.stopAll();
    environment.ended();
  }

  function repeatRefusalAfter(delayMs: number): void {
    timers.start('G', delayMs, () => {
      if (last !== undefined) environment.send(last);
      repeatRefusalAfter(Math.min(delayMs * 2, t2Ms));
    });
  }

  function refuse(): void {
    state = 'completed';
    if (!environment.reliable) repeatRefusalAfter(t1Ms);
    timers.start('H', 64 * t1Ms, terminate);
  }

  function send(response: SipResponse): void {
    timers.stop('trying');
    last = writeMessage(response);
    environment.send(last);
  }

  timers.start('trying', tryingAfterMs, () => {
    send(buildResponse(request, 100));
  });

  return {
    request,
    source,
    answered: () => state !== 'proceeding',
    attach(newUser, localTag) {
      user = newUser;
      tag = localTag;
    },
    respond(response) {
      const isSuccess = response.status >= 200 && response.status < 300;
      if (state === 'accepted' && isSuccess) send(response);
      if (state !== 'proceeding') return;
      send(response);
      if (isSuccess) {
        state = 'accepted';
        timers.start('L', 64 * t1Ms, terminate);
      } else if (response.status >= 300) refuse();
    },
    repeated() {
      if ((state === 'proceeding' || state === 'completed') && last !== undefined) environment.send(last);
    },
    ack(ack) {
      if (state === 'accepted') user.acknowledged?.(ack);
      if (state !== 'completed') return;
      state = 'confirmed';
      timers.stop('G', 'H');
      if (environment.reliable) terminate();
      else timers.start('I', t4Ms, terminate);
    },
    cancel(cancel) {
      // The 200 to the CANCEL goes out first: its user's 487 may follow at once.
      const localTag = tag;
      if (state === 'proceeding') {
        queueMicrotask(() => {
          if (state === 'proceeding') user.cancelled?.(cancel);
        });
      }
      return localTag;
    },
    abandon: terminate,
  };
}
