import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of web-chat. Their codes travel in `error` and `rejected` frames. */
export const webChatErrors = {
  WEBCHAT_BAD_FRAME: { status: 'invalid_argument', meaning: 'The frame is not one of the protocol; the field is named.', remedy: 'See the protocol in the README of web-chat.' },
  WEBCHAT_BINARY_FRAME: { status: 'invalid_argument', meaning: 'Binary frames are not part of the protocol.', remedy: 'Send JSON in text frames.' },
  WEBCHAT_BAD_PROTOCOL: { status: 'invalid_argument', meaning: 'The client speaks another version of the protocol.', remedy: 'Reload the page to get the newest widget.' },
  WEBCHAT_TEXT_TOO_LONG: { status: 'invalid_argument', meaning: 'The text is longer than one message may be.', remedy: 'Send it in parts.' },
  WEBCHAT_EMPTY_MESSAGE: { status: 'invalid_argument', meaning: 'The message has no text.', remedy: 'Write something.' },
  WEBCHAT_HELLO_FIRST: { status: 'failed_precondition', meaning: 'The first frame of a connection must be hello.', remedy: 'Send hello.' },
  WEBCHAT_HELLO_TWICE: { status: 'failed_precondition', meaning: 'The connection has said hello already.', remedy: 'Open a new connection to say it again.' },
  WEBCHAT_HELLO_TIMEOUT: { status: 'deadline_exceeded', meaning: 'No hello came in time.', remedy: 'Connect again and say hello at once.' },
  WEBCHAT_UNKNOWN_WIDGET: { status: 'not_found', meaning: 'No entry point has this widget key.', remedy: 'Apply an EntryPoint of channel webchat with the key as address.' },
  WEBCHAT_ORIGIN_REFUSED: { status: 'permission_denied', meaning: 'The page is not one that may use this widget.', remedy: 'Add its origin to the setting `origins` of the entry point.' },
  WEBCHAT_BAD_TOKEN: { status: 'unauthenticated', meaning: 'The visitor token is not genuine, or too old, or of another widget.', remedy: 'Connect without it as a new visitor.' },
  WEBCHAT_TOO_FAST: { status: 'resource_exhausted', meaning: 'Messages come faster than allowed.', remedy: 'Send it again after the time given.' },
  WEBCHAT_TOO_MANY_CONNECTIONS: { status: 'resource_exhausted', meaning: 'Too many connections from this address, or to this server.', remedy: 'Close some, or try again later.' },
  WEBCHAT_TOO_MANY_FAULTS: { status: 'failed_precondition', meaning: 'The connection sent too many frames that are not of the protocol.', remedy: 'Correct the client.' },
  WEBCHAT_SLOW_READER: { status: 'resource_exhausted', meaning: 'The client does not read what it is sent.', remedy: 'Connect again; what was missed is filled in.' },
  WEBCHAT_SILENT: { status: 'deadline_exceeded', meaning: 'Nothing came from the client for too long.', remedy: 'Connect again.' },
  WEBCHAT_DRAINING: { status: 'unavailable', meaning: 'The server is stopping.', remedy: 'Connect again after the time given.' },
  WEBCHAT_UNAVAILABLE: { status: 'unavailable', meaning: 'The message could not be stored now.', remedy: 'Send it again with the same clientMsgId.' },
  WEBCHAT_NOT_BUILT: { status: 'unavailable', meaning: 'The widget was not built.', remedy: 'Run `npx vite build` in services/web-chat; `npm start` does it.' },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of this service. */
export const webChatError = errorsOf(webChatErrors);

/** Code of this service's table. */
export type WebChatCode = keyof typeof webChatErrors;
