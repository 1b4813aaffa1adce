import type { Clock } from '@patchbay/runtime/clock';
import type { SipRequest } from '../message/message.ts';
import { createTimerSet } from '../transaction/timer-set.ts';
import type { SipTimers } from '../transaction/timers.ts';

/** A 2xx to an INVITE that waits for its ACK. */
export interface UnacknowledgedAnswer {
  /** Sends the 2xx once more. */
  repeat(): void;
  acknowledged(ack: SipRequest): void;
  /** 64·T1 have passed without an ACK. */
  expired(): void;
  /** The call ended before either. */
  abandoned(): void;
}

/** The 2xx answers of one call that wait for their ACK, by CSeq number (RFC 3261 section 13.3.1.4). */
export interface AckWaiters {
  /** Repeats from T1 on, doubling to T2, over reliable transports too. */
  expect(cseq: number, answer: UnacknowledgedAnswer): void;
  receive(ack: SipRequest): void;
  /** Whether any 2xx waits. */
  isWaiting(): boolean;
  stop(): void;
}

/** Makes an empty set. */
export function createAckWaiters(clock: Clock, { t1Ms, t2Ms }: SipTimers): AckWaiters {
  const waiting = new Map<number, { answer: UnacknowledgedAnswer; stop(): void }>();

  function finish(cseq: number): UnacknowledgedAnswer | undefined {
    const entry = waiting.get(cseq);
    entry?.stop();
    waiting.delete(cseq);
    return entry?.answer;
  }

  return {
    expect(cseq, answer) {
      const timers = createTimerSet<'repeat' | 'expiry'>(clock);
      const repeatAfter = (delayMs: number) => {
        timers.start('repeat', delayMs, () => {
          answer.repeat();
          repeatAfter(Math.min(delayMs * 2, t2Ms));
        });
      };
      waiting.set(cseq, { answer, stop: timers.stopAll });
      repeatAfter(t1Ms);
      timers.start('expiry', 64 * t1Ms, () => finish(cseq)?.expired());
    },
    receive: (ack) => finish(ack.core.cseq.number)?.acknowledged(ack),
    isWaiting: () => waiting.size > 0,
    stop() {
      for (const cseq of [...waiting.keys()]) finish(cseq)?.abandoned();
    },
  };
}
