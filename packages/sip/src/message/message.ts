import type { NameAddress } from './address.ts';
import type { CSeq } from './cseq.ts';
import type { Via } from './via.ts';

/**
 * One header field as it stands on the wire: the name in its long form and lower case (`v` is `via`), the value
 * unfolded and trimmed. Several values of Via, Contact, Route, Record-Route, Path and Service-Route in one line are
 * several fields; other lists stay as they are (`tokensOf` takes them apart). Values are byte strings: each character
 * is one byte of the message (ISO 8859-1), so that what is echoed is echoed exactly; `decodeText` of cursor.ts gives
 * the UTF-8 text of a value. Values that are handed to the stack are plain text; it encodes them itself.
 */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/** The headers that every message must carry (RFC 3261 section 8.1.1), parsed when the message came in. */
export interface CoreHeaders {
  /** Topmost Via: the hop the message came from, or, in a response of ours, goes to. */
  readonly via: Via;
  readonly from: NameAddress;
  readonly to: NameAddress;
  readonly callId: string;
  readonly cseq: CSeq;
  /** Max-Forwards, 0 to 255; absent in responses and in requests of RFC 2543 elements. */
  readonly maxForwards: number | undefined;
}

/** What requests and responses share. */
interface MessageParts {
  /** Header fields in the order of the wire, which matters between fields of one name. */
  readonly headers: readonly HeaderField[];
  readonly core: CoreHeaders;
  /** Body, exactly Content-Length bytes; empty when there is none. */
  readonly body: Uint8Array;
}

/** A request (RFC 3261 section 7.1). */
export interface SipRequest extends MessageParts {
  readonly kind: 'request';
  /** Method, case-sensitive: `INVITE`. */
  readonly method: string;
  /** Request-URI as written; `parseUri` takes it apart. */
  readonly uri: string;
}

/** A response (RFC 3261 section 7.2). */
export interface SipResponse extends MessageParts {
  readonly kind: 'response';
  /** Status, 100 to 699. */
  readonly status: number;
  /** Reason phrase as a byte string; may be empty. */
  readonly reason: string;
}

/** A request or a response. */
export type SipMessage = SipRequest | SipResponse;

/** A body to send. */
export interface SipBody {
  /** Media type, e.g. `application/sdp`. */
  readonly contentType: string;
  readonly content: string | Uint8Array;
}
