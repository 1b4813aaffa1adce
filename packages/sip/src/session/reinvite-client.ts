import { withRemoteTarget } from '../dialog/dialog.ts';
import { sipError } from '../errors.ts';
import { buildCancel } from '../message/build-message.ts';
import type { HeaderField, SipRequest, SipResponse } from '../message/message.ts';
import { sdpOf } from '../message/sdp-body.ts';
import type { ClientTransaction } from '../transaction/client-transaction.ts';
import { createTimerSet } from '../transaction/timer-set.ts';
import type { Hop } from '../transport/transport.ts';
import type { Call } from './call.ts';
import { checkedFields, sdpBody } from './session-context.ts';
import type { OfferOrAnswer, ReinviteResult } from './session.ts';

/** How often a re-INVITE is tried when the other side's crosses it. */
const maxAttempts = 3;

/** Our re-INVITEs (RFC 3261 section 14.1). */
export interface ReinviteClient {
  start(offer: OfferOrAnswer, headers: readonly HeaderField[] | undefined): Promise<ReinviteResult>;
  /** Whether one is on its way, so that theirs would cross it; not while it waits after a 491 (RFC 3261 section 14.2). */
  isUnderway(): boolean;
  /** Settles what is open: the call is over. */
  callEnded(): void;
}

/** What the back-off depends on. */
interface ReinviteClientOptions {
  /** Whether the Call-ID is ours: the owner waits longer, so that the two do not meet again. */
  readonly ownsCallId: boolean;
  /** Whether a re-INVITE of the other side is open. */
  readonly isOtherBusy: () => boolean;
  /** How many of theirs were accepted so far. */
  readonly otherAccepted: () => number;
}

/** One re-INVITE with all its attempts. */
interface Change {
  readonly offer: OfferOrAnswer;
  readonly headers: readonly HeaderField[];
  readonly settle: (result: ReinviteResult) => void;
  readonly acceptedBefore: number;
  attempts: number;
}

/** Makes the part of a call that sends re-INVITEs. */
export function createReinviteClient(call: Call, options: ReinviteClientOptions): ReinviteClient {
  const { context } = call;
  const timers = createTimerSet<'backoff' | 'final'>(context.clock);
  let change: Change | undefined;
  let isWaiting = false;

  function settle(result: ReinviteResult): void {
    const settled = change;
    change = undefined;
    isWaiting = false;
    timers.stopAll();
    settled?.settle(result);
  }

  function lose(status: number, response: SipResponse | undefined): void {
    settle({ accepted: false, status, response });
    if (response?.status !== 481) call.bye();
    call.acks.stop();
    call.end({ cause: 'gone', by: 'stack', status, message: response });
  }

  /** RFC 3261 section 14.1: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other, in steps of 10 ms. */
  function backoffMs(): number {
    const [high = 0, low = 0] = context.random.bytes(2);
    const drawn = (high * 256 + low) / 65_536;
    return options.ownsCallId ? 2_100 + Math.floor(drawn * 191) * 10 : Math.floor(drawn * 201) * 10;
  }

  function glare(current: Change, response: SipResponse): void {
    if (current.attempts >= maxAttempts) {
      settle({ accepted: false, status: 491, response });
      return;
    }
    timers.stop('final');
    isWaiting = true;
    timers.start('backoff', backoffMs(), () => {
      isWaiting = false;
      if (options.otherAccepted() !== current.acceptedBefore || options.isOtherBusy()) settle({ accepted: false, status: 491, response });
      else attempt(current);
    });
  }

  async function answerOf(offer: OfferOrAnswer, theirs: string | undefined): Promise<string | undefined> {
    if ('sdp' in offer) return undefined;
    if (theirs === undefined) throw sipError('SIP_BAD_SDP', { details: { reason: 'the 200 owes an offer' } });
    return await offer.answerOffer(theirs);
  }

  function accept(current: Change, invite: SipRequest, response: SipResponse, acknowledged: (repeat: () => void) => void): void {
    const sender = call.sender();
    if (sender === undefined) return;
    const finish = (answer: string | undefined, sdp: string | undefined) => {
      sender.update(withRemoteTarget(sender.dialog(), response));
      acknowledged(sender.acknowledge(invite, sdpBody(answer)));
      settle({ accepted: true, sdp, response });
    };
    const fail = () => {
      acknowledged(sender.acknowledge(invite, undefined));
      settle({ accepted: false, status: 488, response });
      call.bye();
      call.end({ cause: 'protocol', by: 'stack', status: 488, message: response });
    };
    try {
      const theirs = sdpOf(response);
      if ('sdp' in current.offer) finish(undefined, theirs);
      else answerOf(current.offer, theirs).then((answer) => { finish(answer, theirs); }).catch(fail);
    } catch {
      // What is wrong with the SDP does not matter to the outcome: the change cannot be agreed on.
      fail();
    }
  }

  function refused(current: Change, response: SipResponse): void {
    if (response.status === 491) glare(current, response);
    else if (response.status === 481 || response.status === 408) lose(response.status, response);
    else settle({ accepted: false, status: response.status, response });
  }

  function attempt(current: Change): void {
    let sent: { readonly transaction: ClientTransaction; readonly hop: Hop } | undefined;
    let repeatAck: (() => void) | undefined;
    let answered = false;
    current.attempts += 1;
    const body = 'sdp' in current.offer ? sdpBody(current.offer.sdp) : undefined;
    call.sender()?.send(
      { method: 'INVITE', headers: current.headers, body },
      {
        response(response) {
          if (response.status < 200 || sent === undefined) return;
          if (answered) {
            repeatAck?.();
            return;
          }
          answered = true;
          if (response.status >= 300) {
            if (change === current) refused(current, response);
          } else accept(current, sent.transaction.request, response, (repeat) => { repeatAck = repeat; });
        },
        failed(error) {
          if (change !== current) return;
          if (error.code === 'SIP_TIMEOUT') lose(408, undefined);
          else settle({ accepted: false, status: 503, response: undefined });
        },
      },
      (transaction, hop) => { sent = { transaction, hop }; },
    );
    // Provisional answers stop Timer B; nothing should ring here, so the wait for the end is bounded as for Timer B, twice.
    timers.start('final', 128 * context.timers.t1Ms, () => {
      if (sent !== undefined) context.transactions.send(buildCancel(sent.transaction.request), sent.hop, { response: () => {}, failed: () => {} });
      lose(408, undefined);
    });
  }

  return {
    start(offer, headers) {
      return new Promise((resolve) => {
        if (call.state() !== 'confirmed') throw sipError('SIP_BAD_STATE', { details: { state: call.state() } });
        if (change !== undefined || options.isOtherBusy()) throw sipError('SIP_REINVITE_PENDING');
        change = { offer, headers: checkedFields(headers), settle: resolve, acceptedBefore: options.otherAccepted(), attempts: 0 };
        attempt(change);
      });
    },
    isUnderway: () => change !== undefined && !isWaiting,
    callEnded() {
      settle({ accepted: false, status: 487, response: undefined });
    },
  };
}
