import type { AppError } from '@patchbay/runtime/app-error';
import { sipError } from '../errors.ts';
import { maxMessageBytes } from '../limits.ts';
import { parseDecimal } from '../message/cursor.ts';

/** What comes out of a stream. */
export interface FramerEvents {
  /** One whole message, its own bytes. */
  message(bytes: Uint8Array): void;
  /** A double CRLF: the peer asks for a pong, one CRLF (RFC 5626 section 4.4.1). */
  ping(): void;
  /** Where the next message begins is not known; the framer takes nothing more. */
  fault(error: AppError, head: Uint8Array): void;
}

/** Cuts a byte stream into messages by Content-Length (RFC 3261 section 18.3). */
export interface StreamFramer {
  push(chunk: Uint8Array): void;
  /** Whether part of a message is waiting for the rest. */
  isPartial(): boolean;
}

/** Content-Length in either form, its value perhaps folded. A folded line of another header cannot begin with its name. */
const lengthPattern = /\r\n(?:content-length|l)[ \t]*:(?:[ \t]*\r\n[ \t])?([^\r\n]*)/gi;

/** The length of the body; an error when the stream cannot be followed. */
function bodyLength(head: string): number | AppError {
  const values = [...head.matchAll(lengthPattern)];
  const first = values[0]?.[1]?.trim();
  // Two lengths, even equal ones, are how messages are smuggled past a proxy.
  if (first === undefined || values.length > 1) return sipError('SIP_BAD_LENGTH');
  const length = parseDecimal(first, maxMessageBytes);
  if (length !== undefined) return length;
  return parseDecimal(first, Number.MAX_SAFE_INTEGER) === undefined ? sipError('SIP_BAD_LENGTH') : sipError('SIP_MESSAGE_TOO_LARGE', { details: { part: 'body' } });
}

function isCrlf(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x0d && bytes[at + 1] === 0x0a;
}

/** A framer that holds at most one message. */
export function createStreamFramer(events: FramerEvents): StreamFramer {
  let pending: Buffer = Buffer.alloc(0);
  /** Up to here there is no empty line. */
  let searched = 0;
  /** Bytes of the message at hand, once its head is there. */
  let wanted: number | undefined;
  let broken = false;

  function fail(error: AppError): void {
    broken = true;
    const head = pending;
    pending = Buffer.alloc(0);
    events.fault(error, head);
  }

  /** Passes CRLFs before a message; two in a row are a ping. A last one waits for what follows it. */
  function passCrlfs(): void {
    while (isCrlf(pending, 0) && !isOpenCrlf()) {
      const double = isCrlf(pending, 2);
      pending = pending.subarray(double ? 4 : 2);
      if (double) events.ping();
    }
  }

  /** A CRLF that may yet become a double one. */
  function isOpenCrlf(): boolean {
    return isCrlf(pending, 0) && (pending.length === 2 || (pending.length === 3 && pending[2] === 0x0d));
  }

  function measure(): boolean {
    const end = pending.indexOf('\r\n\r\n', Math.max(0, searched - 3), 'latin1');
    if (end === -1) {
      searched = pending.length;
      if (pending.length > maxMessageBytes) fail(sipError('SIP_MESSAGE_TOO_LARGE', { details: { part: 'head' } }));
      return false;
    }
    const length = bodyLength(pending.toString('latin1', 0, end));
    if (typeof length !== 'number') {
      fail(length);
      return false;
    }
    wanted = end + 4 + length;
    if (wanted > maxMessageBytes) {
      fail(sipError('SIP_MESSAGE_TOO_LARGE', { details: { part: 'message' } }));
      return false;
    }
    return true;
  }

  function takeOne(): boolean {
    if (wanted === undefined) {
      passCrlfs();
      if (pending.length === 0 || isOpenCrlf() || !measure()) return false;
    }
    if (wanted === undefined || pending.length < wanted) return false;
    const message = Uint8Array.prototype.slice.call(pending, 0, wanted);
    pending = pending.subarray(wanted);
    wanted = undefined;
    searched = 0;
    events.message(message);
    return !broken;
  }

  return {
    push(chunk) {
      if (broken) return;
      pending = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk]);
      while (takeOne());
    },
    isPartial: () => pending.length > 0 && !isOpenCrlf(),
  };
}
