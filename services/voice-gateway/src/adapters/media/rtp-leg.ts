import { randomInt } from 'node:crypto';
import { DtmfEvents } from '../../domain/media/dtmf-events.ts';
import { silenceByte, transcodeInPlace, type Codec } from '../../domain/media/g711.ts';
import { OutgoingStream } from '../../domain/media/outgoing-stream.ts';
import { Reception } from '../../domain/media/reception.ts';
import { emptyPacket, readRtp, rtpHeaderSize, writeRtpHeader, type RtpPacket } from '../../domain/media/rtp.ts';
import { SourceLatch, type MediaSource } from '../../domain/media/source-latch.ts';
import { TapTimeline, type TappedChunk, type TapStart } from '../../domain/media/tap-timeline.ts';
import { ToneDetector } from '../../domain/media/tone-detector.ts';
import type { AgreedMedia, DigitMethod, LegFigures, LegKey } from '../../media-plane.ts';
import { ConnectedSocket } from './connected-socket.ts';
import type { MediaClock } from './media-clock.ts';
import type { SharedPrompt } from './media-protocol.ts';
import { ReportLink } from './report-link.ts';
import type { SocketPair } from './socket-pair.ts';

/** What a leg tells its worker. */
export interface LegHooks {
  readonly clock: MediaClock;
  digit(leg: LegKey, digit: string, method: DigitMethod): void;
  audio(leg: LegKey, chunk: TappedChunk, codec: Codec): void;
}

/** Packets of one leg, for the worker's report. */
export interface PacketCounts {
  in: number;
  out: number;
  bad: number;
  foreign: number;
}

interface Playing {
  readonly prompts: readonly SharedPrompt[];
  readonly loop: boolean;
  readonly done: (how: 'played' | 'stopped') => void;
  prompt: number;
  frame: number;
}

const frameSize = 160;
const samplesPerMs = 8;
/** Buffers of our own frames, used in turn: one may still be in the socket's queue while the next is written. */
const frameBuffers = 8;

/** Media of one leg: two sockets, what comes in, what goes out. Lives in a worker, driven by packets and the worker's tick. */
export class RtpLeg {
  readonly key: LegKey;
  readonly counts: PacketCounts = { in: 0, out: 0, bad: 0, foreign: 0 };
  private readonly hooks: LegHooks;
  private readonly rtp: ConnectedSocket;
  private readonly reports: ReportLink;
  private readonly bornMs: number;
  private readonly latch = new SourceLatch();
  private readonly out: OutgoingStream;
  private readonly reception = new Reception();
  private readonly packet = emptyPacket();
  private readonly events = new DtmfEvents();
  private readonly frames = Array.from({ length: frameBuffers }, () => new Uint8Array(rtpHeaderSize + frameSize));
  private nextFrame = 0;
  private tones = new ToneDetector();
  private media: AgreedMedia | undefined;
  private peer: RtpLeg | undefined;
  private playing: Playing | undefined;
  private collecting = false;
  /** What it says is told though nobody hears it. */
  private recording = false;
  private eventTimestamp = -1;
  /** Whom the event in hand is passed on to: the peer when it began. */
  private eventFor: RtpLeg | undefined;
  private tapped: { timeline: TapTimeline; codec: Codec } | undefined;
  private lastHeardMs: number;

  constructor(key: LegKey, sockets: SocketPair, hooks: LegHooks) {
    this.key = key;
    this.hooks = hooks;
    this.bornMs = hooks.clock.nowMs();
    this.lastHeardMs = this.bornMs;
    this.out = new OutgoingStream({ ssrc: randomInt(2 ** 32), sequence: randomInt(2 ** 16), timestamp: randomInt(2 ** 32) });
    this.rtp = new ConnectedSocket(sockets.rtp, (bytes, source) => {
      this.received(bytes, source);
    });
    this.reports = new ReportLink(sockets.rtcp, { ssrc: this.out.ssrc, reception: this.reception, clock: hooks.clock });
  }

  private elapsedSamples(nowMs = this.hooks.clock.nowMs()): number {
    return Math.floor((nowMs - this.bornMs) * samplesPerMs);
  }

  configure(media: AgreedMedia): void {
    this.media = media;
    const before = this.latch.target();
    this.latch.expect(media.send, media.signallingAddress, this.hooks.clock.nowMs());
    const target = this.latch.target();
    if (before !== undefined && (before.port !== target?.port || before.address !== target.address)) this.rtp.tie(undefined);
    this.reports.aim({ address: target?.address ?? media.send.address, port: media.send.rtcpPort });
  }

  private received(bytes: Uint8Array, source: MediaSource): void {
    const { media, packet } = this;
    if (media === undefined || !readRtp(bytes, packet)) {
      this.counts.bad += 1;
      return;
    }
    const codec = media.receive.codecs.get(packet.payloadType);
    const isEvent = packet.payloadType === media.receive.dtmfPayloadType;
    if (codec === undefined && !isEvent) {
      this.counts.bad += 1;
      return;
    }
    const nowMs = this.hooks.clock.nowMs();
    const verdict = this.latch.accepts(source, nowMs);
    if (verdict === 'no') {
      this.counts.foreign += 1;
      return;
    }
    if (verdict === 'latched') this.settle(source, media);
    this.counts.in += 1;
    this.lastHeardMs = nowMs;
    this.reception.take(packet, this.elapsedSamples(nowMs), !isEvent);
    if (codec === undefined) this.heardEvent(bytes, packet, nowMs);
    else this.heardSound(bytes, packet, codec, nowMs);
  }

  private settle(source: MediaSource, media: AgreedMedia): void {
    this.rtp.tie(source);
    // Behind a NAT the RTCP port is anybody's guess; the next one up is the best.
    const moved = source.port !== media.send.port || source.address !== media.send.address;
    this.reports.aim({ address: source.address, port: moved ? source.port + 1 : media.send.rtcpPort });
  }

  private heardEvent(bytes: Uint8Array, packet: RtpPacket, nowMs: number): void {
    const digit = this.events.take(bytes, packet);
    if (digit !== undefined && this.collecting) this.hooks.digit(this.key, digit, 'rfc4733');
    // A key pressed for a menu is not passed on when the bridge comes before its last packets.
    if (packet.timestamp !== this.eventTimestamp) {
      this.eventTimestamp = packet.timestamp;
      this.eventFor = this.peer;
    }
    if (this.peer !== undefined && this.eventFor === this.peer) this.peer.relay(bytes, packet, undefined, nowMs);
  }

  private heardSound(bytes: Uint8Array, packet: RtpPacket, codec: Codec, nowMs: number): void {
    const payload = bytes.subarray(packet.payloadOffset, packet.payloadOffset + packet.payloadSize);
    if (this.collecting && this.media?.receive.dtmfPayloadType === undefined) {
      const digit = this.tones.take(codec, payload);
      if (digit !== undefined) this.hooks.digit(this.key, digit, 'inband');
    }
    if (this.peer === undefined && !this.recording) return;
    this.tapped?.timeline.write(packet, codec, payload, nowMs);
    this.peer?.relay(bytes, packet, codec, nowMs);
  }

  /** Sends a packet of the other leg as one of ours; its bytes are written over. */
  private relay(bytes: Uint8Array, packet: RtpPacket, codec: Codec | undefined, nowMs: number): void {
    const { media } = this;
    const target = this.latch.target();
    if (media === undefined || target === undefined || !media.sends) return;
    const payloadType = codec === undefined ? media.send.dtmfPayloadType : media.send.payloadType;
    if (payloadType === undefined) {
      this.out.skipRelayed(packet);
      return;
    }
    const header = this.out.nextRelayed(packet, payloadType, this.elapsedSamples(nowMs));
    if (header === undefined) return;
    const relayed = bytes.subarray(packet.payloadOffset - rtpHeaderSize, packet.payloadOffset + packet.payloadSize);
    if (codec !== undefined && codec !== media.codec) transcodeInPlace(codec, relayed.subarray(rtpHeaderSize));
    writeRtpHeader(relayed, header);
    this.send(relayed, target);
  }

  private send(bytes: Uint8Array, target: MediaSource): void {
    this.rtp.send(bytes, target);
    this.reports.sent(bytes.length - rtpHeaderSize);
    this.counts.out += 1;
  }

  /** One frame of our own: prompt, music or silence; nothing while bridged. */
  tick(nowMs: number): void {
    const target = this.latch.target();
    const { media } = this;
    if (media !== undefined && target !== undefined && media.sends && this.peer === undefined) {
      const frame = this.frames[this.nextFrame] as Uint8Array;
      this.nextFrame = (this.nextFrame + 1) % frameBuffers;
      writeRtpHeader(frame, this.out.nextOwn(media.send.payloadType, this.elapsedSamples(nowMs)));
      this.fillFrame(frame.subarray(rtpHeaderSize), media.codec);
      this.send(frame, target);
    } else if (this.playing !== undefined && this.peer === undefined) this.advance(this.playing);
    for (let chunk = this.tapped?.timeline.nextDue(nowMs); chunk !== undefined; chunk = this.tapped?.timeline.nextDue(nowMs)) {
      this.hooks.audio(this.key, chunk, this.tapped?.codec ?? 'PCMU');
    }
    this.reports.tick(nowMs, this.out.reportTimestamp(this.elapsedSamples(nowMs)));
  }

  private fillFrame(into: Uint8Array, codec: Codec): void {
    const { playing } = this;
    const prompt = playing?.prompts[playing.prompt];
    if (playing === undefined || prompt === undefined) {
      into.fill(silenceByte[codec]);
      return;
    }
    into.set(new Uint8Array(prompt[codec], playing.frame * frameSize, frameSize));
    this.advance(playing);
  }

  private advance(playing: Playing): void {
    playing.frame += 1;
    if (playing.frame < (playing.prompts[playing.prompt]?.frames ?? 0)) return;
    playing.frame = 0;
    playing.prompt += 1;
    if (playing.prompt < playing.prompts.length) return;
    playing.prompt = 0;
    if (!playing.loop) this.stopPlay('played');
  }

  /** The stall was too long to make up for: what follows is a new run. */
  skipped(): void {
    this.out.pause();
  }

  play(prompts: readonly SharedPrompt[], loop: boolean, done: Playing['done']): void {
    this.stopPlay('stopped');
    if (prompts.length === 0 || this.peer !== undefined) done(this.peer === undefined ? 'played' : 'stopped');
    else this.playing = { prompts, loop, done, prompt: 0, frame: 0 };
  }

  stopPlay(how: 'played' | 'stopped'): void {
    const { playing } = this;
    this.playing = undefined;
    playing?.done(how);
  }

  collect(on: boolean): void {
    if (on && !this.collecting) this.tones = new ToneDetector();
    this.collecting = on;
  }

  record(on: boolean): void {
    this.recording = on;
    const nowMs = this.hooks.clock.nowMs();
    if (on) this.tapped?.timeline.resume(nowMs);
    else if (this.peer === undefined) this.tapped?.timeline.pause(nowMs);
  }

  bridgeTo(peer: RtpLeg | undefined): void {
    if (peer === this.peer) return;
    this.peer = peer;
    const nowMs = this.hooks.clock.nowMs();
    if (peer === undefined) this.tapped?.timeline.pause(nowMs);
    else {
      this.stopPlay('stopped');
      this.tapped?.timeline.resume(nowMs);
    }
  }

  bridgedTo(): RtpLeg | undefined {
    return this.peer;
  }

  tap(start: Omit<TapStart, 'codec'>): void {
    if (this.tapped !== undefined) return;
    const codec = this.media?.codec ?? 'PCMU';
    this.tapped = { timeline: new TapTimeline({ ...start, codec }), codec };
    if (this.peer === undefined) this.tapped.timeline.pause(start.monotonicMs);
  }

  /** Since when nothing was heard although sound may come, milliseconds of the worker's clock. */
  silentSinceMs(): number | undefined {
    return this.media?.receives === true ? Math.max(this.lastHeardMs, this.reports.lastHeardMs()) : undefined;
  }

  socketErrors(): number {
    return this.rtp.errors + this.reports.errors();
  }

  figures(): LegFigures {
    return this.reports.figures();
  }

  /** Says goodbye, tells the last chunks, closes the sockets. */
  close(): LegFigures {
    const nowMs = this.hooks.clock.nowMs();
    this.bridgeTo(undefined);
    this.stopPlay('stopped');
    for (const chunk of this.tapped?.timeline.close(nowMs) ?? []) this.hooks.audio(this.key, chunk, this.tapped?.codec ?? 'PCMU');
    this.tapped = undefined;
    if (this.media !== undefined) this.reports.goodbye(this.out.reportTimestamp(this.elapsedSamples(nowMs)));
    this.rtp.close();
    this.reports.close();
    return this.figures();
  }
}
