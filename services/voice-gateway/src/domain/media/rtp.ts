/**
 * RTP fixed header (RFC 3550 section 5.1):
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * |                           timestamp                           |
 * |                             SSRC                              |
 */
export interface RtpPacket {
  marker: boolean;
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
  /** Where the payload begins and how long it is, padding taken off. */
  payloadOffset: number;
  payloadSize: number;
}

/** Size of the header without contributing sources. */
export const rtpHeaderSize = 12;

/** A packet to read into; the hot path makes no garbage. */
export function emptyPacket(): RtpPacket {
  return { marker: false, payloadType: 0, sequence: 0, timestamp: 0, ssrc: 0, payloadOffset: 0, payloadSize: 0 };
}

/** Reads a packet; false when it is no RTP (RFC 3550 appendix A.1), and then `into` is not to be used. */
export function readRtp(bytes: Uint8Array, into: RtpPacket): boolean {
  if (bytes.length < rtpHeaderSize) return false;
  const first = bytes[0] as number;
  if (first >> 6 !== 2) return false;
  let offset = rtpHeaderSize + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (bytes.length < offset + 4) return false;
    offset += 4 + (((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number)) * 4;
  }
  const padding = (first & 0x20) === 0 ? 0 : (bytes[bytes.length - 1] as number);
  const size = bytes.length - offset - padding;
  if (size < 0 || ((first & 0x20) !== 0 && padding === 0)) return false;
  const second = bytes[1] as number;
  into.marker = (second & 0x80) !== 0;
  into.payloadType = second & 0x7f;
  into.sequence = ((bytes[2] as number) << 8) | (bytes[3] as number);
  into.timestamp = (((bytes[4] as number) << 24) | ((bytes[5] as number) << 16) | ((bytes[6] as number) << 8) | (bytes[7] as number)) >>> 0;
  into.ssrc = (((bytes[8] as number) << 24) | ((bytes[9] as number) << 16) | ((bytes[10] as number) << 8) | (bytes[11] as number)) >>> 0;
  into.payloadOffset = offset;
  into.payloadSize = size;
  return true;
}

/** What goes into a header. */
export type RtpHeaderFields = Pick<RtpPacket, 'marker' | 'payloadType' | 'sequence' | 'timestamp' | 'ssrc'>;

/** Writes a header without extension, contributing sources or padding. */
export function writeRtpHeader(bytes: Uint8Array, header: RtpHeaderFields): void {
  bytes[0] = 0x80;
  bytes[1] = (header.marker ? 0x80 : 0) | header.payloadType;
  bytes[2] = header.sequence >>> 8;
  bytes[3] = header.sequence & 0xff;
  bytes[4] = header.timestamp >>> 24;
  bytes[5] = (header.timestamp >>> 16) & 0xff;
  bytes[6] = (header.timestamp >>> 8) & 0xff;
  bytes[7] = header.timestamp & 0xff;
  bytes[8] = header.ssrc >>> 24;
  bytes[9] = (header.ssrc >>> 16) & 0xff;
  bytes[10] = (header.ssrc >>> 8) & 0xff;
  bytes[11] = header.ssrc & 0xff;
}

/** How far `later` is ahead of `earlier` in 16-bit sequence numbers, -32 768 to 32 767. */
export function sequenceDistance(later: number, earlier: number): number {
  return ((later - earlier) << 16) >> 16;
}

/** The same for 32-bit timestamps. */
export function timestampDistance(later: number, earlier: number): number {
  return (later - earlier) | 0;
}
