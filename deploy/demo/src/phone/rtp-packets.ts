/**
 * RTP as a phone sends it (RFC 3550 section 5.1, no contributing sources) and keys (RFC 4733 section 2.3). Written apart
 * from the gateway's, as the other end of a wire is.
 */
const headerSize = 12;
const versionBits = 0x80;
/** Audio of RTP/AVP (RFC 3551 section 6). */
export const pcmuPayloadType = 0;

/** What changes from packet to packet. */
export interface RtpFields {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

export function rtpPacket(fields: RtpFields, payload: Uint8Array): Uint8Array {
  const packet = new Uint8Array(headerSize + payload.length);
  const view = new DataView(packet.buffer);
  view.setUint8(0, versionBits);
  view.setUint8(1, (fields.marker ? 0x80 : 0) | fields.payloadType);
  view.setUint16(2, fields.sequence);
  view.setUint32(4, fields.timestamp);
  view.setUint32(8, fields.ssrc);
  packet.set(payload, headerSize);
  return packet;
}

/** µ-law sound of a packet; undefined for anything else, RTCP of a neighbour's port included. */
export function soundOf(packet: Uint8Array): Uint8Array | undefined {
  const isPlainPcmu = packet.length > headerSize && packet[0] === versionBits && ((packet[1] ?? 0) & 0x7f) === pcmuPayloadType;
  return isPlainPcmu ? packet.subarray(headerSize) : undefined;
}

const keys = '0123456789*#ABCD';
/** -10 dBm0. */
const volume = 10;
const endBit = 0x80;

/** Payload of one packet of a key. @param duration samples since the key went down */
export function keyPayload(key: string, duration: number, end: boolean): Uint8Array {
  return Uint8Array.of(keys.indexOf(key), (end ? endBit : 0) | volume, duration >> 8, duration & 0xff);
}
