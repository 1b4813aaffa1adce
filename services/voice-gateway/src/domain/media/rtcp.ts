import type { ReceptionReport } from './reception.ts';

/** What a sender report says of what we sent (RFC 3550 section 6.4.1). */
export interface SenderInfo {
  readonly ssrc: number;
  /** Nanoseconds since the Unix epoch, of the same moment as the RTP timestamp. */
  readonly epochNs: bigint;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly octets: number;
}

const senderReport = 200;
const receiverReport = 201;
const sourceDescription = 202;
const goodbye = 203;
const cnameItem = 1;
/** Seconds from 1900 to 1970: NTP and Unix eras (RFC 5905 section 6). */
const ntpOffsetS = 2_208_988_800n;

/** 64-bit NTP time: 32 bits of seconds, 32 of fraction. */
export function ntpTime(epochNs: bigint): { seconds: number; fraction: number } {
  const seconds = epochNs / 1_000_000_000n;
  return {
    seconds: Number((seconds + ntpOffsetS) & 0xffffffffn),
    fraction: Number(((epochNs % 1_000_000_000n) << 32n) / 1_000_000_000n),
  };
}

function writeReport(view: DataView, offset: number, report: ReceptionReport, lastSender: LastSenderReport | undefined): void {
  view.setUint32(offset, report.ssrc);
  view.setUint32(offset + 4, ((report.fractionLost << 24) | (report.cumulativeLost & 0xffffff)) >>> 0);
  view.setUint32(offset + 8, report.highestSequence);
  view.setUint32(offset + 12, report.jitter);
  view.setUint32(offset + 16, lastSender?.middleNtp ?? 0);
  view.setUint32(offset + 20, lastSender?.delay65536 ?? 0);
}

/** The other side's last sender report, for its round-trip calculation. */
export interface LastSenderReport {
  /** Middle 32 bits of its NTP time. */
  readonly middleNtp: number;
  /** Time since it came, in 1/65 536 s. */
  readonly delay65536: number;
}

/** What one compound packet is made of. */
export interface ReportParts {
  /** Absent when nothing was sent since the last report: then it is a receiver report. */
  readonly sender: SenderInfo | undefined;
  readonly ssrc: number;
  readonly reception: ReceptionReport | undefined;
  readonly lastSender?: LastSenderReport | undefined;
  /** Canonical name, the same for a leg's whole life; at most 255 bytes. */
  readonly cname: string;
  /** Whether the leg ends with it (BYE). */
  readonly bye?: boolean;
}

/** A compound packet: SR or RR, SDES with CNAME, and BYE at the end (RFC 3550 section 6.1). */
export function writeRtcp(parts: ReportParts): Uint8Array {
  const { sender, reception, ssrc } = parts;
  const cname = new TextEncoder().encode(parts.cname).subarray(0, 255);
  const reportSize = 8 + (sender === undefined ? 0 : 20) + (reception === undefined ? 0 : 24);
  // Item type and length, text, at least one zero byte, to a multiple of four.
  const sdesSize = 8 + Math.ceil((2 + cname.length + 1) / 4) * 4;
  const bytes = new Uint8Array(reportSize + sdesSize + (parts.bye === true ? 8 : 0));
  const view = new DataView(bytes.buffer);
  const head = (offset: number, count: number, type: number, size: number) => {
    view.setUint8(offset, 0x80 | count);
    view.setUint8(offset + 1, type);
    view.setUint16(offset + 2, size / 4 - 1);
    view.setUint32(offset + 4, ssrc);
  };
  head(0, reception === undefined ? 0 : 1, sender === undefined ? receiverReport : senderReport, reportSize);
  if (sender !== undefined) {
    const { seconds, fraction } = ntpTime(sender.epochNs);
    view.setUint32(8, seconds);
    view.setUint32(12, fraction);
    view.setUint32(16, sender.rtpTimestamp);
    view.setUint32(20, sender.packets);
    view.setUint32(24, sender.octets);
  }
  if (reception !== undefined) writeReport(view, sender === undefined ? 8 : 28, reception, parts.lastSender);
  head(reportSize, 1, sourceDescription, sdesSize);
  view.setUint8(reportSize + 8, cnameItem);
  view.setUint8(reportSize + 9, cname.length);
  bytes.set(cname, reportSize + 10);
  if (parts.bye === true) head(reportSize + sdesSize, 1, goodbye, 8);
  return bytes;
}

/** What the other side tells. */
export interface RtcpNews {
  /** Its sender report, if there was one: middle 32 bits of its NTP time. */
  readonly middleNtp: number | undefined;
  /** Its report on what we sent. */
  readonly onUs: { readonly fractionLost: number; readonly cumulativeLost: number; readonly jitter: number; readonly highestSequence: number; readonly lastSr: number; readonly delaySinceLastSr: number } | undefined;
  readonly bye: boolean;
}

/**
 * Reads a compound packet (RFC 3550 appendix A.2).
 * @param ourSsrc reports on other sources are passed over
 * @returns undefined when it is no RTCP
 */
export function readRtcp(bytes: Uint8Array, ourSsrc: number): RtcpNews | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let middleNtp: number | undefined;
  let onUs: RtcpNews['onUs'];
  let bye = false;
  let offset = 0;
  while (offset + 8 <= bytes.length) {
    const first = view.getUint8(offset);
    const type = view.getUint8(offset + 1);
    const end = offset + (view.getUint16(offset + 2) + 1) * 4;
    if (first >> 6 !== 2 || end > bytes.length || (offset === 0 && type !== senderReport && type !== receiverReport)) return undefined;
    if (type === senderReport && end - offset >= 28) middleNtp = ((view.getUint32(offset + 8) << 16) | (view.getUint32(offset + 12) >>> 16)) >>> 0;
    const blocks = type === senderReport ? offset + 28 : type === receiverReport ? offset + 8 : end;
    for (let index = 0; index < (first & 0x1f) && blocks + (index + 1) * 24 <= end; index += 1) {
      const block = blocks + index * 24;
      if (view.getUint32(block) !== ourSsrc) continue;
      const lost = view.getUint32(block + 4) & 0xffffff;
      onUs = {
        fractionLost: view.getUint8(block + 4),
        // 24 bits with sign: duplicates can make it negative.
        cumulativeLost: lost >= 0x800000 ? lost - 0x1000000 : lost,
        highestSequence: view.getUint32(block + 8),
        jitter: view.getUint32(block + 12),
        lastSr: view.getUint32(block + 16),
        delaySinceLastSr: view.getUint32(block + 20),
      };
    }
    if (type === goodbye) bye = true;
    offset = end;
  }
  return offset === 0 ? undefined : { middleNtp, onUs, bye };
}
