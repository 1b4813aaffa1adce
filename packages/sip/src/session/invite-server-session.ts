import { AppError } from '@patchbay/runtime/app-error';
import { dialogOfCalled } from '../dialog/dialog.ts';
import { sipError } from '../errors.ts';
import { headersOf } from '../message/headers.ts';
import type { HeaderField, SipRequest } from '../message/message.ts';
import { sdpOf } from '../message/sdp-body.ts';
import { randomToken } from '../random-source.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import { createTimerSet } from '../transaction/timer-set.ts';
import { createCall, type Call } from './call.ts';
import { createDialogSender } from './dialog-sender.ts';
import { nattedHost } from './natted-host.ts';
import { createReinviteClient } from './reinvite-client.ts';
import { createReinviteServer } from './reinvite-server.ts';
import { checkedFields, contactField, respond, sdpBody, type SessionContext, type TabledSession } from './session-context.ts';
import type { HangUpOptions, InviteServerSession, SessionEnd } from './session.ts';

/** Provisional answers are repeated so often (RFC 3261 section 13.3.1.1). */
const repeatProvisionalMs = 60_000;

/**
 * Makes the called side of a call from its INVITE.
 * @param offer the SDP of the INVITE
 * @returns the call for its owner and for the table. Throws SIP_MISSING_HEADER or SIP_BAD_HEADER for a Contact that cannot be used.
 */
export function createInviteServerSession(
  context: SessionContext,
  transaction: ServerTransaction,
  offer: string | undefined,
): { readonly session: InviteServerSession; readonly tabled: TabledSession } {
  const { request, source } = transaction;
  const ids = { callId: request.core.callId, localTag: randomToken(context.random) };
  const timers = createTimerSet<'unanswered' | 'provisional'>(context.clock);
  let byeAfterAck: HangUpOptions | undefined;

  const call: Call = createCall(
    context,
    ids,
    {
      reinvite: (one) => { reinviteServer.receive(one, reinviteClient.isUnderway()); },
      byeWhileRinging: () => { answer(487); },
      ending: () => {
        timers.stopAll();
        reinviteClient.callEnded();
      },
    },
    () => { context.remove(tabled); },
  );
  const reinviteServer = createReinviteServer(call);
  const reinviteClient = createReinviteClient(call, { ownsCallId: false, isOtherBusy: reinviteServer.isBusy, otherAccepted: reinviteServer.accepted });
  call.establish(createDialogSender(context, dialogOfCalled(request, ids.localTag), { hop: source, nattedHost: nattedHost(request, source) }, undefined));

  /** Headers of every answer that begins or confirms the dialog (RFC 3261 section 12.1.1). */
  function dialogFields(headers: readonly HeaderField[]): HeaderField[] {
    return [
      ...headersOf(request, 'record-route').map((value) => ({ name: 'record-route', value })),
      contactField(context, source),
      context.allow,
      ...headers,
    ];
  }

  function answer(status: number, headers: readonly HeaderField[] = [], sdp?: string): void {
    const fields = status < 300 ? dialogFields(headers) : headers;
    respond(context, transaction, status, { localTag: ids.localTag, headers: fields, body: sdpBody(sdp) });
  }

  function refuse(status: number, headers: readonly HeaderField[], end: Omit<SessionEnd, 'status'>): void {
    if (call.state() !== 'ringing') return;
    answer(status, headers);
    call.end({ status, ...end });
  }

  function repeatProvisional(status: number, headers: readonly HeaderField[], sdp: string | undefined): void {
    timers.start('provisional', repeatProvisionalMs, () => {
      answer(status, headers, sdp);
      repeatProvisional(status, headers, sdp);
    });
  }

  /** The ACK of our 200: the call is up, or goes down if it was hung up meanwhile or the ACK owes an answer. */
  function acknowledged(ack: SipRequest): string | undefined {
    if (byeAfterAck !== undefined) {
      call.bye(checkedFields(byeAfterAck.headers));
      throw sipError('SIP_BAD_STATE', { details: { state: 'ended' } });
    }
    call.enter('confirmed');
    if (offer !== undefined) return undefined;
    try {
      const sdp = sdpOf(ack);
      if (sdp !== undefined) return sdp;
    } catch (thrown) {
      endUnusable(ack);
      throw thrown;
    }
    endUnusable(ack);
    throw sipError('SIP_BAD_SDP', { details: { reason: 'the ACK owes an answer' } });
  }

  function endUnusable(ack: SipRequest): void {
    call.bye();
    call.end({ cause: 'protocol', by: 'stack', status: 488, message: ack });
  }

  function waitForAck(repeat: () => void): Promise<string | undefined> {
    const release = call.hold();
    return new Promise((resolve, reject) => {
      call.acks.expect(request.core.cseq.number, {
        repeat,
        acknowledged(ack) {
          try {
            resolve(acknowledged(ack));
          } catch (thrown) {
            reject(AppError.from(thrown));
          }
          release();
        },
        abandoned() {
          reject(sipError('SIP_BAD_STATE', { details: { state: 'ended' } }));
          release();
        },
        expired() {
          reject(sipError('SIP_NO_ACK'));
          call.bye(checkedFields(byeAfterAck?.headers));
          call.end({ cause: 'no-ack', by: 'stack', status: 408, message: undefined });
          release();
        },
      });
    });
  }

  const tabled: TabledSession = {
    ...ids,
    receive: (one) => { call.receive(one); },
    acknowledge: (ack) => { call.acks.receive(ack); },
    hangUp: (options) => { session.hangUp(options); },
  };

  const session: InviteServerSession = {
    ...ids,
    request,
    source,
    offer,
    state: () => call.state(),
    setHandlers: (handlers) => { call.setHandlers(handlers); },
    reinvite: (change, headers) => reinviteClient.start(change, headers),
    send: (method, one = {}) => call.send(method, one),
    progress(status, options = {}) {
      if (call.state() !== 'ringing' || status <= 100 || status >= 200) return;
      const headers = checkedFields(options.headers);
      answer(status, headers, options.sdp);
      repeatProvisional(status, headers, options.sdp);
    },
    accept(sdp, headers) {
      if (call.state() !== 'ringing') return Promise.reject(sipError('SIP_BAD_STATE', { details: { state: call.state() } }));
      const fields = checkedFields(headers);
      const send = () => { answer(200, fields, sdp); };
      timers.stopAll();
      call.enter('answered');
      send();
      const done = waitForAck(send);
      // Whoever does not wait for it hears of a failure by onEnd all the same.
      done.catch(() => {});
      return done;
    },
    reject(status, headers) {
      refuse(status, checkedFields(headers), { cause: 'rejected', by: 'local', message: undefined });
    },
    hangUp(options = {}) {
      const state = call.state();
      if (state === 'ringing') session.reject(options.status ?? 480, options.headers);
      else if (state === 'answered') byeAfterAck = options;
      else if (state === 'confirmed') call.bye(checkedFields(options.headers));
      if (state !== 'ringing') call.end({ cause: 'bye', by: 'local', status: 200, message: undefined });
    },
  };

  transaction.attach(
    {
      cancelled: (cancel) => { refuse(487, [], { cause: 'cancelled', by: 'remote', message: cancel }); },
      acknowledged: (ack) => { call.acks.receive(ack); },
    },
    ids.localTag,
  );
  timers.start('unanswered', context.limits.maxUnansweredMs, () => {
    refuse(480, [], { cause: 'timeout', by: 'stack', message: undefined });
  });
  context.add(tabled);
  return { session, tabled };
}
