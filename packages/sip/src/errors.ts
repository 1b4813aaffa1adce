import { errorsOf, type ErrorDefinition } from '@patchbay/runtime/app-error';

/** Errors of packages/sip. */
export const sipErrors = {
  SIP_BAD_START_LINE: {
    status: 'invalid_argument',
    meaning: 'The first line of a SIP message is neither a request line nor a status line.',
    remedy: 'Look at the peer with a packet trace; the details name the part that is wrong.',
  },
  SIP_BAD_VERSION: {
    status: 'unimplemented',
    meaning: 'A SIP message claims a version other than SIP/2.0.',
    remedy: 'Let the peer speak SIP/2.0; the answer sent is 505.',
  },
  SIP_BAD_HEADER: {
    status: 'invalid_argument',
    meaning: 'A header field of a SIP message breaks the grammar of RFC 3261.',
    remedy: 'The details name the header; look at the peer with a packet trace.',
  },
  SIP_MISSING_HEADER: {
    status: 'invalid_argument',
    meaning: 'A SIP message lacks a header that every message must have.',
    remedy: 'The details name the header; look at the peer with a packet trace.',
  },
  SIP_DUPLICATE_HEADER: {
    status: 'invalid_argument',
    meaning: 'A SIP message has a header twice that may stand once only.',
    remedy: 'The details name the header; look at the peer or at the proxies between for one that adds it again.',
  },
  SIP_METHOD_MISMATCH: {
    status: 'invalid_argument',
    meaning: 'The method of the request line and that of CSeq differ.',
    remedy: 'Look at the peer with a packet trace.',
  },
  SIP_BAD_LENGTH: {
    status: 'invalid_argument',
    meaning: 'Content-Length is missing where a stream needs it, or says more than there is.',
    remedy: 'Look at the peer; over UDP a message may have been cut on its way: use TCP for large messages.',
  },
  SIP_MESSAGE_TOO_LARGE: {
    status: 'out_of_range',
    meaning: 'A SIP message, its first line, a header or the number of headers is beyond the limit.',
    remedy: 'Make the message smaller; the limits are in limits.ts.',
  },
  SIP_BAD_URI: { status: 'invalid_argument', meaning: 'A SIP address cannot be read.', remedy: 'Write it as sip:user@host:port, with reserved characters escaped.' },
  SIP_BAD_SDP: {
    status: 'invalid_argument',
    meaning: 'A session description cannot be read.',
    remedy: 'The details name the fault; look at the peer with a packet trace.',
  },
  SIP_UNSUPPORTED_BODY: {
    status: 'invalid_argument',
    meaning: 'The body of a SIP message is of a type or under an encoding that is not understood.',
    remedy: 'Let the peer send application/sdp; the answer sent is 415.',
  },
  SIP_TRANSPORT_FAILED: {
    status: 'unavailable',
    meaning: 'A SIP message could not be sent, or an address could not be bound.',
    remedy: 'See the cause: a port in use, a peer that refuses connections, a network that is down.',
  },
  SIP_NO_ADVERTISED_HOST: {
    status: 'failed_precondition',
    meaning: 'The endpoint listens on every address, but was not told which one to give to others.',
    remedy: 'Set the advertised host, or listen on one address.',
  },
  SIP_CONNECTIONS_EXHAUSTED: {
    status: 'resource_exhausted',
    meaning: 'There are as many SIP connections as allowed.',
    remedy: 'Raise the limit of the transport, or find out who opens so many.',
  },
  SIP_UNRESOLVED: { status: 'unavailable', meaning: 'The host of a SIP address has no known address.', remedy: 'Correct the name, or give the endpoint a resolver.' },
  SIP_TIMEOUT: { status: 'deadline_exceeded', meaning: 'A SIP request got no final answer in time.', remedy: 'Check that the peer is up and that its answers come through.' },
  SIP_NO_ACK: {
    status: 'deadline_exceeded',
    meaning: 'The answer to an INVITE was never acknowledged.',
    remedy: 'The peer does not hear our answers or its ACK is lost: check the advertised host and NAT.',
    retryable: false,
  },
  SIP_TOO_MANY_TRANSACTIONS: {
    status: 'resource_exhausted',
    meaning: 'There are as many SIP transactions as allowed.',
    remedy: 'Send less, add a gateway, or raise the limit.',
  },
  SIP_TOO_MANY_DIALOGS: { status: 'resource_exhausted', meaning: 'There are as many calls as allowed.', remedy: 'Add a gateway, or raise the limit.' },
  SIP_BAD_STATE: {
    status: 'failed_precondition',
    meaning: 'The call is not in a state that allows this.',
    remedy: 'Look at the state first; a call can end at any moment.',
  },
  SIP_REINVITE_PENDING: {
    status: 'aborted',
    meaning: 'Another change of the same call is still under way.',
    remedy: 'Wait for its outcome, then try again.',
  },
  SIP_CLOSED: { status: 'cancelled', meaning: 'The SIP endpoint was closed.', remedy: 'Nothing; the process is stopping.' },
} as const satisfies Record<string, ErrorDefinition>;

/** Makes an error of this package. */
export const sipError = errorsOf(sipErrors);
