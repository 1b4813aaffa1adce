import type { HeaderField, SipBody, SipRequest } from '../message/message.ts';
import type { PacketSource } from '../transport/transport.ts';

/** What an answer may carry besides its status. */
export interface ResponseOptions {
  /** Reason phrase; the standard one by default. */
  readonly reason?: string;
  readonly headers?: readonly HeaderField[];
  readonly body?: SipBody;
}

/** A request to which the owner owes exactly one final answer. */
export interface IncomingRequest {
  readonly request: SipRequest;
  /** Where it came from: the packet's source, not what its headers say. */
  readonly source: PacketSource;
  /** Whether a final answer went out. */
  answered(): boolean;
  /**
   * Answers. A second final answer, or one after the transaction is gone (32 s), has no effect. The To tag, Via,
   * Call-ID, CSeq and Content-Length are written by the stack.
   */
  respond(status: number, options?: ResponseOptions): void;
}
