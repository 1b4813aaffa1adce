import { belongsTo, withRemoteCseq } from '../dialog/dialog.ts';
import { sipError } from '../errors.ts';
import { requiredOf } from '../message/headers.ts';
import type { HeaderField, SipResponse } from '../message/message.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import { createAckWaiters, type AckWaiters } from './ack-waiters.ts';
import type { DialogSender } from './dialog-sender.ts';
import { takeIncoming } from './incoming.ts';
import { callHandler, checkedFields, respond, type SessionContext } from './session-context.ts';
import type { InDialogRequest, SessionEnd, SessionHandlers, SessionState } from './session.ts';

/** What a call tells the part that runs it. */
export interface CallHooks {
  /** A re-INVITE, its CSeq taken. */
  reinvite(transaction: ServerTransaction): void;
  /** BYE before the answer; the INVITE still owes its 487. */
  byeWhileRinging(): void;
  /** Right before the owner hears of the end. */
  ending(end: SessionEnd): void;
}

/** What both directions of a call and their re-INVITEs share: state, dialog, end. */
export interface Call {
  readonly context: SessionContext;
  readonly callId: string;
  readonly localTag: string;
  readonly acks: AckWaiters;
  state(): SessionState;
  enter(state: SessionState): void;
  handlers(): SessionHandlers;
  setHandlers(handlers: SessionHandlers): void;
  /** The sender, once there is a dialog. */
  sender(): DialogSender | undefined;
  establish(sender: DialogSender): void;
  receive(transaction: ServerTransaction): void;
  send(method: string, request: InDialogRequest): Promise<SipResponse>;
  /** Reports the end, once, and leaves the table as soon as nothing is held any more. */
  end(end: SessionEnd): void;
  /** Sends BYE, once, and holds the call in the table until it is answered. */
  bye(headers?: readonly HeaderField[]): void;
  /** Keeps the call in the table after its end until the function returned is called: an ACK or answer is still due. */
  hold(): () => void;
}

/** Makes a call that is ringing. */
export function createCall(context: SessionContext, ids: { callId: string; localTag: string }, hooks: CallHooks, removed: () => void): Call {
  const acks = createAckWaiters(context.clock, context.timers);
  let state: SessionState = 'ringing';
  let handlers: SessionHandlers = {};
  let sender: DialogSender | undefined;
  let held = 0;
  let byeSent = false;

  function leaveIfDone(): void {
    if (state === 'ended' && held === 0) removed();
  }

  function hold(): () => void {
    let released = false;
    held += 1;
    return () => {
      if (released) return;
      released = true;
      held -= 1;
      leaveIfDone();
    };
  }

  function end(reason: SessionEnd): void {
    if (state === 'ended') return;
    state = 'ended';
    hooks.ending(reason);
    callHandler(context, () => handlers.onEnd?.(reason));
    leaveIfDone();
  }

  function bye(headers: readonly HeaderField[] = []): void {
    if (sender === undefined || byeSent) return;
    byeSent = true;
    const release = hold();
    sender.send({ method: 'BYE', headers }, { response: ({ status }) => { if (status >= 200) release(); }, failed: release });
  }

  function receiveBye(transaction: ServerTransaction): void {
    respond(context, transaction, 200);
    if (state === 'ringing') hooks.byeWhileRinging();
    acks.stop();
    end({ cause: 'bye', by: 'remote', status: 200, message: transaction.request });
  }

  function dispatch(transaction: ServerTransaction): void {
    const { method } = transaction.request;
    const required = requiredOf(transaction.request);
    if (method === 'BYE') receiveBye(transaction);
    else if (state === 'ended') respond(context, transaction, 481);
    else if (required.length > 0) respond(context, transaction, 420, { headers: [{ name: 'unsupported', value: required.join(', ') }] });
    else if (method === 'INVITE') hooks.reinvite(transaction);
    else if (method === 'INFO') takeIncoming(context, transaction, handlers.onInfo?.bind(handlers), 200);
    else takeIncoming(context, transaction, handlers.onRequest?.bind(handlers), method === 'OPTIONS' ? 200 : 405);
  }

  function gone(response: SipResponse): void {
    acks.stop();
    end({ cause: 'gone', by: 'stack', status: response.status, message: response });
  }

  return {
    context,
    ...ids,
    acks,
    state: () => state,
    enter(next) {
      state = next;
    },
    handlers: () => handlers,
    setHandlers(next) {
      handlers = next;
    },
    sender: () => sender,
    establish(next) {
      sender = next;
    },
    receive(transaction) {
      const { request } = transaction;
      const dialog = sender?.dialog();
      if (sender === undefined || dialog === undefined || !belongsTo(dialog, request)) {
        respond(context, transaction, 481);
        return;
      }
      const next = withRemoteCseq(dialog, request.core.cseq.number);
      if (next === undefined) {
        respond(context, transaction, 500);
        return;
      }
      sender.update(next);
      dispatch(transaction);
    },
    send(method, request) {
      return new Promise((resolve, reject) => {
        if (sender === undefined || (state !== 'answered' && state !== 'confirmed')) throw sipError('SIP_BAD_STATE', { details: { state } });
        const headers = checkedFields(request.headers);
        sender.send(
          { method, headers, body: request.body },
          {
            response: (response) => {
              if (response.status < 200) return;
              resolve(response);
              // RFC 5057: 481 ends the whole call. A 408 or silence to an INFO does not: many phones never answer one.
              if (response.status === 481) gone(response);
            },
            failed: reject,
          },
        );
      });
    },
    end,
    bye,
    hold,
  };
}
