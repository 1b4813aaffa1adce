import { randomToken } from '../random-source.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { IncomingRequest } from './incoming-request.ts';
import { callHandler, checkedFields, respond, type SessionContext } from './session-context.ts';

/** The request of a transaction as its owner sees it. All answers carry the same To tag. */
export function incomingRequest(context: SessionContext, transaction: ServerTransaction): IncomingRequest {
  const localTag = randomToken(context.random);
  return {
    request: transaction.request,
    source: transaction.source,
    answered: () => transaction.answered(),
    respond(status, options = {}) {
      respond(context, transaction, status, { localTag, ...options, headers: checkedFields(options.headers) });
    },
  };
}

/**
 * Gives a request to its handler, 500 when that fails; without one it is answered by itself.
 * @param unhandled the answer when nobody wants it; 405 says what is allowed
 */
export function takeIncoming(
  context: SessionContext,
  transaction: ServerTransaction,
  handler: ((request: IncomingRequest) => void | Promise<void>) | undefined,
  unhandled: number,
): void {
  const request = incomingRequest(context, transaction);
  if (handler === undefined) {
    request.respond(unhandled, unhandled === 405 ? { headers: [context.allow] } : {});
    return;
  }
  callHandler(
    context,
    () => handler(request),
    () => {
      request.respond(500);
    },
  );
}
