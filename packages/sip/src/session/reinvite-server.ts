import { AppError } from '@patchbay/runtime/app-error';
import { sipError } from '../errors.ts';
import { withRemoteTarget, type Dialog } from '../dialog/dialog.ts';
import { sdpOf } from '../message/sdp-body.ts';
import type { HeaderField } from '../message/message.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import { createTimerSet } from '../transaction/timer-set.ts';
import type { Call } from './call.ts';
import type { DialogSender } from './dialog-sender.ts';
import { callHandler, checkedFields, contactField, randomRetryAfter, respond, sdpBody } from './session-context.ts';
import type { IncomingReinvite } from './session.ts';

/** The re-INVITEs of the other side (RFC 3261 section 14.2). */
export interface ReinviteServer {
  /** @param glare whether one of ours is under way */
  receive(transaction: ServerTransaction, glare: boolean): void;
  /** Whether one is unanswered or unacknowledged. */
  isBusy(): boolean;
  /** How many were accepted so far. */
  accepted(): number;
}

/** Makes the part of a call that takes re-INVITEs. */
export function createReinviteServer(call: Call): ReinviteServer {
  const { context } = call;
  const timers = createTimerSet<'unanswered'>(context.clock);
  let open: 'none' | 'unanswered' | 'unacknowledged' = 'none';
  let accepted = 0;

  function refuse(transaction: ServerTransaction, status: number, headers: readonly HeaderField[] = []): void {
    respond(context, transaction, status, { headers });
  }

  function close(): void {
    open = 'none';
    timers.stopAll();
  }

  /** The offer, and the dialog with the target that the re-INVITE names, should it be accepted. */
  function offerOf({ request }: ServerTransaction, dialog: Dialog | undefined): { readonly sdp: string | undefined; readonly refreshed: Dialog } | { readonly fault: number } {
    try {
      return dialog === undefined ? { fault: 481 } : { sdp: sdpOf(request), refreshed: withRemoteTarget(dialog, request) };
    } catch (thrown) {
      return { fault: AppError.from(thrown).code === 'SIP_UNSUPPORTED_BODY' ? 415 : 400 };
    }
  }

  /** Sends 200 and repeats it until the ACK; its SDP is the answer when the offer was ours. */
  function accept(transaction: ServerTransaction, sdp: string, headers: readonly HeaderField[], wantsSdp: boolean): Promise<string | undefined> {
    const release = call.hold();
    const send = () => {
      respond(context, transaction, 200, {
        headers: [contactField(context, transaction.source), context.allow, ...headers],
        body: sdpBody(sdp),
      });
    };
    open = 'unacknowledged';
    accepted += 1;
    send();
    return new Promise((resolve, reject) => {
      call.acks.expect(transaction.request.core.cseq.number, {
        repeat: send,
        acknowledged(ack) {
          close();
          release();
          try {
            const answer = sdpOf(ack);
            if (wantsSdp && answer === undefined) throw sipError('SIP_BAD_SDP', { details: { reason: 'the ACK owes an answer' } });
            resolve(wantsSdp ? answer : undefined);
          } catch (thrown) {
            reject(AppError.from(thrown));
          }
        },
        abandoned() {
          close();
          release();
          reject(sipError('SIP_BAD_STATE', { details: { state: 'ended' } }));
        },
        expired() {
          close();
          reject(sipError('SIP_NO_ACK'));
          call.bye();
          call.end({ cause: 'no-ack', by: 'stack', status: 408, message: undefined });
          release();
        },
      });
    });
  }

  function present(transaction: ServerTransaction, offer: string | undefined, sender: DialogSender, refreshed: Dialog): void {
    let done = false;
    const finish = (status: number, headers: readonly HeaderField[] = []) => {
      if (done) return;
      done = true;
      close();
      refuse(transaction, status, headers);
    };
    open = 'unanswered';
    timers.start('unanswered', 64 * context.timers.t1Ms, () => {
      finish(500);
    });
    transaction.attach({ cancelled: () => { finish(487); } }, call.localTag);
    const reinvite: IncomingReinvite = {
      request: transaction.request,
      offer,
      accept(sdp, headers) {
        if (done || call.state() === 'ended') return Promise.reject(sipError('SIP_BAD_STATE', { details: { state: call.state() } }));
        const fields = checkedFields(headers);
        done = true;
        timers.stopAll();
        sender.update(refreshed);
        return accept(transaction, sdp, fields, offer === undefined);
      },
      reject: (status, headers) => {
        finish(status, checkedFields(headers));
      },
    };
    const handlers = call.handlers();
    if (handlers.onReinvite === undefined) finish(488);
    else callHandler(context, () => handlers.onReinvite?.(reinvite), () => { finish(500); });
  }

  return {
    receive(transaction, glare) {
      if (call.state() === 'ringing' || open === 'unanswered') refuse(transaction, 500, [randomRetryAfter(context.random)]);
      else if (glare || call.acks.isWaiting()) refuse(transaction, 491);
      else {
        const sender = call.sender();
        const offer = offerOf(transaction, sender?.dialog());
        if ('fault' in offer) refuse(transaction, offer.fault, offer.fault === 415 ? [{ name: 'accept', value: 'application/sdp' }] : []);
        else if (sender !== undefined) present(transaction, offer.sdp, sender, offer.refreshed);
      }
    },
    isBusy: () => open !== 'none',
    accepted: () => accepted,
  };
}
