import { AppError } from '@patchbay/runtime/app-error';
import { dialogOfCaller, type Dialog } from '../dialog/dialog.ts';
import { sipError } from '../errors.ts';
import { tagOf } from '../message/headers.ts';
import type { HeaderField, SipRequest, SipResponse } from '../message/message.ts';
import { sdpOf } from '../message/sdp-body.ts';
import { isSipUri, parseUri } from '../message/uri.ts';
import { randomToken } from '../random-source.ts';
import { createTimerSet } from '../transaction/timer-set.ts';
import { bareHost } from '../transport/response-route.ts';
import { createCall, type Call } from './call.ts';
import { createDialogSender, type DialogSender, type Flow } from './dialog-sender.ts';
import { sendInitialRequest, type SentRequest } from './initial-request.ts';
import { createReinviteClient } from './reinvite-client.ts';
import { createReinviteServer } from './reinvite-server.ts';
import { callHandler, checkedFields, sdpBody, type SessionContext, type TabledSession } from './session-context.ts';
import type { EndCause, InviteClientSession, InviteOptions, SessionEnd } from './session.ts';

/** Branches of a forked call that are remembered, each to be acknowledged and hung up once. */
const maxBranches = 16;
const defaultRingTimeoutMs = 180_000;

/** The SDP of an answer that may be without; what cannot be read counts as none. */
function sdpOrNone(response: SipResponse): string | undefined {
  try {
    return sdpOf(response);
  } catch {
    // A body of another kind is not what we look for.
    return undefined;
  }
}

/** The dialog of an answer; if its Contact cannot be used, one that is good for ACK and BYE at least. */
function dialogOf(invite: SipRequest, response: SipResponse): { readonly dialog: Dialog; readonly usable: boolean } {
  try {
    return { dialog: dialogOfCaller(invite, response), usable: true };
  } catch {
    // Told by `usable`: the call ends as a protocol failure.
    const headers = [...response.headers.filter(({ name }) => name !== 'contact'), { name: 'contact', value: `<${invite.uri}>` }];
    return { dialog: dialogOfCaller(invite, { ...response, headers }), usable: false };
  }
}

/** How the called side was reached: by its own address, or by the hop we were told (see `Flow`). */
function flowOf(target: string, hop: SessionHop): Flow {
  const uri = parseUri(target);
  return { hop, nattedHost: isSipUri(uri) && bareHost(uri.host) !== hop.address ? bareHost(uri.host) : undefined };
}

type SessionHop = Flow['hop'];

/** Makes a call and sends its INVITE. Throws SIP_BAD_URI or SIP_BAD_HEADER for what cannot be written. */
export function createInviteClientSession(context: SessionContext, options: InviteOptions): InviteClientSession {
  const { offer, handlers } = options;
  const ids = { callId: options.callId ?? randomToken(context.random, 16), localTag: randomToken(context.random) };
  const timers = createTimerSet<'ring'>(context.clock);
  const earlySdp = new Map<string | undefined, string>();
  /** ACKs by the To tag of their branch, to be repeated with each repeated 200; undefined while ours waits for its SDP. */
  const acks = new Map<string | undefined, (() => void) | undefined>();
  let isAnswered = false;
  /** Headers of the BYE that follows the ACK, once the call is given up. */
  let givenUp: readonly HeaderField[] | undefined;

  const call: Call = createCall(
    context,
    ids,
    {
      reinvite: (one) => { reinviteServer.receive(one, reinviteClient.isUnderway()); },
      byeWhileRinging: () => {},
      ending(end) {
        timers.stop('ring');
        reinviteClient.callEnded();
        if (!isAnswered || end.cause === 'protocol') callHandler(context, () => handlers.onFailed?.(end));
      },
    },
    () => { context.remove(tabled); },
  );
  const reinviteServer = createReinviteServer(call);
  const reinviteClient = createReinviteClient(call, { ownsCallId: true, isOtherBusy: reinviteServer.isBusy, otherAccepted: reinviteServer.accepted });

  function fail(cause: EndCause, by: SessionEnd['by'], status: number, message?: SipResponse): void {
    call.end({ cause, by, status, message });
  }

  function senderFor(dialog: Dialog): DialogSender | undefined {
    const hop = sent.hop();
    return hop === undefined ? undefined : createDialogSender(context, dialog, flowOf(options.target, hop), sent.answerer);
  }

  /** A further branch answered, or the call was given up before: acknowledged and hung up at once. */
  function dismiss(invite: SipRequest, response: SipResponse): void {
    if (acks.size >= maxBranches) return;
    const sender = senderFor(dialogOf(invite, response).dialog);
    if (sender === undefined) return;
    acks.set(tagOf(response.core.to), sender.acknowledge(invite, undefined));
    const release = call.hold();
    sender.send({ method: 'BYE', headers: givenUp ?? [] }, { response: ({ status }) => { if (status >= 200) release(); }, failed: release });
  }

  /** Sends the ACK; then the call is up, unless it was hung up while its SDP was being made or cannot be used. */
  function acknowledge(invite: SipRequest, response: SipResponse, answer: string | undefined, sdp: string | undefined): void {
    const sender = call.sender();
    acks.set(tagOf(response.core.to), sender?.acknowledge(invite, sdpBody(answer)));
    if (call.state() === 'ended') {
      if (givenUp !== undefined) call.bye(givenUp);
    } else if (sdp === undefined) {
      call.bye();
      fail('protocol', 'stack', 488, response);
    } else {
      call.enter('confirmed');
      callHandler(context, () => { handlers.onAnswer({ sdp, response }); });
    }
  }

  /** Answers the offer of a 200, the INVITE having had none. */
  async function answerTheirs(theirs: string | undefined): Promise<string> {
    if ('sdp' in offer || theirs === undefined) throw sipError('SIP_BAD_SDP', { details: { reason: 'the 200 owes an offer' } });
    return await offer.answerOffer(theirs);
  }

  function answered(invite: SipRequest, response: SipResponse): void {
    const tag = tagOf(response.core.to);
    const { dialog, usable } = dialogOf(invite, response);
    const sender = senderFor(dialog);
    if (sender === undefined) return;
    isAnswered = true;
    timers.stop('ring');
    call.establish(sender);
    call.enter('answered');
    acks.set(tag, undefined);
    // Some send their SDP in a 183 only, which RFC 3261 section 13.2.1 allows when it is repeated; they mean the same.
    const theirs = sdpOrNone(response) ?? earlySdp.get(tag);
    if ('sdp' in offer) acknowledge(invite, response, undefined, usable ? theirs : undefined);
    else {
      answerTheirs(usable ? theirs : undefined).then(
        (answer) => { acknowledge(invite, response, answer, theirs); },
        (thrown: unknown) => {
          context.log.info('an offer in a 200 could not be answered', { code: AppError.from(thrown).code });
          acknowledge(invite, response, undefined, undefined);
        },
      );
    }
  }

  function provisional(response: SipResponse): void {
    if (response.status === 100 || call.state() !== 'ringing') return;
    const remoteTag = tagOf(response.core.to);
    const sdp = sdpOrNone(response);
    if (sdp !== undefined && earlySdp.size < maxBranches) earlySdp.set(remoteTag, sdp);
    callHandler(context, () => handlers.onProvisional?.({ status: response.status, sdp, remoteTag, response }));
  }

  function final(response: SipResponse): void {
    releaseInvite();
    if (call.state() === 'ringing') fail('rejected', 'remote', response.status, response);
  }

  function success(response: SipResponse): void {
    const invite = sent.request();
    const tag = tagOf(response.core.to);
    if (invite === undefined) return;
    if (acks.has(tag)) acks.get(tag)?.();
    else if (isAnswered || call.state() === 'ended') dismiss(invite, response);
    else answered(invite, response);
    releaseInvite();
  }

  /** Before the answer: the owner is told at once, the INVITE is seen to its end in the background. */
  function giveUp(headers: readonly HeaderField[], cause: EndCause, by: SessionEnd['by'], status: number): void {
    givenUp = headers;
    if (!sent.cancel(headers)) releaseInvite();
    fail(cause, by, status);
  }

  const tabled: TabledSession = {
    ...ids,
    receive: (one) => { call.receive(one); },
    acknowledge: (ack) => { call.acks.receive(ack); },
    hangUp: (how) => { session.hangUp(how); },
  };

  const session: InviteClientSession = {
    ...ids,
    state: () => call.state(),
    hop: () => sent.hop(),
    setHandlers: (next) => { call.setHandlers(next); },
    reinvite: (change, headers) => reinviteClient.start(change, headers),
    send: (method, one = {}) => call.send(method, one),
    hangUp(how = {}) {
      const state = call.state();
      if (state === 'ended') return;
      const headers = checkedFields(how.headers);
      if (state === 'ringing') {
        giveUp(headers, 'cancelled', 'local', 487);
        return;
      }
      if (state === 'answered') givenUp = headers;
      else call.bye(headers);
      fail('bye', 'local', 200);
    },
  };

  call.setHandlers(handlers);
  const releaseInvite = call.hold();
  const sent: SentRequest = sendInitialRequest(
    context,
    {
      method: 'INVITE',
      target: options.target,
      from: options.from,
      to: options.to,
      callId: ids.callId,
      localTag: ids.localTag,
      hop: options.hop,
      route: options.route ?? [],
      headers: [context.allow, ...(options.headers ?? [])],
      body: 'sdp' in offer ? sdpBody(offer.sdp) : undefined,
      credentials: options.credentials,
    },
    {
      response(response) {
        if (response.status < 200) provisional(response);
        else if (response.status < 300) success(response);
        else final(response);
      },
      failed(error) {
        releaseInvite();
        if (error.code === 'SIP_TIMEOUT') fail('timeout', 'stack', 408);
        else fail('transport', 'stack', 503);
      },
    },
  );
  timers.start('ring', options.ringTimeoutMs ?? defaultRingTimeoutMs, () => { giveUp([], 'timeout', 'stack', 408); });
  context.add(tabled);
  return session;
}
