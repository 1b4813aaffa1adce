import type { Socket } from 'node:dgram';
import { randomInt } from 'node:crypto';
import { estimateMos } from '../../domain/media/quality.ts';
import type { Reception } from '../../domain/media/reception.ts';
import { ntpTime, readRtcp, writeRtcp, type RtcpNews } from '../../domain/media/rtcp.ts';
import type { MediaSource } from '../../domain/media/source-latch.ts';
import type { LegFigures } from '../../media-plane.ts';
import { ConnectedSocket } from './connected-socket.ts';
import type { MediaClock } from './media-clock.ts';

/** Least interval of reports (RFC 3550 section 6.2), spread by half up and down so that legs do not report in step. */
const reportEveryMs = 5_000;

/** RTCP of one leg: tells the other side what we sent and heard, and learns what it heard. */
export class ReportLink {
  private readonly socket: ConnectedSocket;
  private readonly ssrc: number;
  private readonly reception: Reception;
  private readonly cname: string;
  private readonly clock: MediaClock;
  private target: MediaSource | undefined;
  private packets = 0;
  private octets = 0;
  private packetsAtReport = 0;
  private nextMs: number;
  private heardMs = 0;
  private lastSender: { middleNtp: number; atMs: number } | undefined;
  private onUs: NonNullable<RtcpNews['onUs']> | undefined;
  private roundTripMs = 0;

  constructor(socket: Socket, leg: { ssrc: number; reception: Reception; clock: MediaClock }) {
    this.ssrc = leg.ssrc;
    this.reception = leg.reception;
    this.clock = leg.clock;
    this.cname = `${leg.ssrc.toString(16)}@patchbay`;
    this.nextMs = this.clock.nowMs() + randomInt(reportEveryMs / 2, reportEveryMs);
    this.socket = new ConnectedSocket(socket, (bytes, source) => {
      this.received(bytes, source);
    });
  }

  /** Where reports go; they are only taken from that address. */
  aim(target: MediaSource): void {
    this.target = target;
  }

  /** Counts one packet of ours. */
  sent(payloadSize: number): void {
    this.packets += 1;
    this.octets += payloadSize;
  }

  lastHeardMs(): number {
    return this.heardMs;
  }

  errors(): number {
    return this.socket.errors;
  }

  private received(bytes: Uint8Array, source: MediaSource): void {
    if (source.address !== this.target?.address) return;
    const news = readRtcp(bytes, this.ssrc);
    if (news === undefined) return;
    const nowMs = this.clock.nowMs();
    this.heardMs = nowMs;
    this.target = { address: source.address, port: source.port };
    if (news.middleNtp !== undefined) this.lastSender = { middleNtp: news.middleNtp, atMs: nowMs };
    if (news.onUs === undefined) return;
    this.onUs = news.onUs;
    if (news.onUs.lastSr === 0) return;
    // RFC 3550 section 6.4.1: arrival - LSR - DLSR, in 1/65 536 s.
    const { seconds, fraction } = ntpTime(this.clock.epochNs());
    const middle = (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;
    const roundTrip = (middle - news.onUs.lastSr - news.onUs.delaySinceLastSr) | 0;
    if (roundTrip >= 0 && roundTrip < 10 * 65_536) this.roundTripMs = (roundTrip * 1_000) / 65_536;
  }

  /** Sends a report when one is due. */
  tick(nowMs: number, rtpTimestamp: number): void {
    if (nowMs < this.nextMs || this.target === undefined) return;
    this.nextMs = nowMs + reportEveryMs * (0.5 + Math.random());
    this.report(nowMs, rtpTimestamp, false);
  }

  /** The last report, with BYE. */
  goodbye(rtpTimestamp: number): void {
    if (this.target !== undefined) this.report(this.clock.nowMs(), rtpTimestamp, true);
  }

  private report(nowMs: number, rtpTimestamp: number, bye: boolean): void {
    const didSend = this.packets > this.packetsAtReport;
    this.packetsAtReport = this.packets;
    const bytes = writeRtcp({
      ssrc: this.ssrc,
      cname: this.cname,
      bye,
      reception: this.reception.report(),
      sender: didSend ? { ssrc: this.ssrc, epochNs: this.clock.epochNs(), rtpTimestamp, packets: this.packets, octets: this.octets >>> 0 } : undefined,
      lastSender: this.lastSender === undefined ? undefined : { middleNtp: this.lastSender.middleNtp, delay65536: Math.floor(((nowMs - this.lastSender.atMs) * 65_536) / 1_000) },
    });
    this.socket.send(bytes, this.target as MediaSource);
  }

  figures(): LegFigures {
    const heard = this.reception.figures();
    const { onUs, roundTripMs } = this;
    const jitterMs = (onUs?.jitter ?? 0) / 8;
    const lost = Math.max(0, onUs?.cumulativeLost ?? 0);
    const lossRatio = (missing: number, all: number) => (all === 0 ? 0 : missing / all);
    return {
      received: {
        packets: heard.expected,
        lost: heard.lost,
        jitterMs: heard.jitterMs,
        mos: estimateMos({ lossRatio: lossRatio(heard.lost, heard.expected), jitterMs: heard.jitterMs, roundTripMs }),
      },
      sent: onUs === undefined ? undefined : { packets: this.packets, lost, jitterMs, mos: estimateMos({ lossRatio: lossRatio(lost, this.packets), jitterMs, roundTripMs }) },
    };
  }

  close(): void {
    this.socket.close();
  }
}
