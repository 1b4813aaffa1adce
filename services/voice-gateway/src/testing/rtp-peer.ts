import { createSocket, type Socket } from 'node:dgram';
import { decodeSamples, encodeSamples, type Codec } from '../domain/media/g711.ts';
import { emptyPacket, readRtp, writeRtpHeader } from '../domain/media/rtp.ts';
import { tonePower } from '../domain/media/tone-detector.ts';
import type { AgreedMedia } from '../media-plane.ts';

/** A packet as a test peer got it. */
export interface HeardPacket {
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
  marker: boolean;
  payload: Uint8Array;
}

/** A telephone of a test: sends tones and keys, keeps what it hears. */
export interface RtpPeer {
  readonly port: number;
  readonly heard: HeardPacket[];
  /** Agreed media as seen by the gateway. */
  agreed(overrides?: Partial<AgreedMedia>): AgreedMedia;
  /** Sends a steady tone (or several at once), one packet each 20 ms, until stopped. */
  startTone(to: { address: string; port: number }, ...frequenciesHz: number[]): void;
  stopTone(): void;
  /** Sends one key as RFC 4733 has it: packets each 20 ms in one burst, the end three times. */
  sendKey(to: { address: string; port: number }, event: number): void;
  /** Sends a datagram as it is. */
  sendRaw(to: { address: string; port: number }, bytes: Uint8Array): void;
  /** Share of the power at a frequency in the last `durationMs` heard, 0 to 1. */
  toneShare(frequencyHz: number, durationMs?: number): number;
  close(): void;
}

const payloadTypeOf = { PCMU: 0, PCMA: 8 } as const;

/** How much of the power of samples lies at one frequency, 0 to 1. */
export function toneShareOf(samples: Int16Array, frequencyHz: number): number {
  const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
  return energy === 0 ? 0 : (2 * tonePower(samples, frequencyHz)) / (samples.length * energy);
}

/** Binds a peer to a free port of the loopback address. */
export async function startRtpPeer(codec: Codec = 'PCMU'): Promise<RtpPeer> {
  const socket: Socket = createSocket('udp4');
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  const heard: HeardPacket[] = [];
  socket.on('message', (bytes) => {
    const packet = emptyPacket();
    if (!readRtp(bytes, packet)) return;
    heard.push({ ...packet, payload: bytes.subarray(packet.payloadOffset, packet.payloadOffset + packet.payloadSize) });
  });
  socket.on('error', () => {});
  let sequence = 100;
  let sample = 0;
  let timer: NodeJS.Timeout | undefined;
  const ssrc = (Math.random() * 2 ** 32) >>> 0;
  const send = (to: { address: string; port: number }, payloadType: number, payload: Uint8Array, timestamp: number, marker = false) => {
    sequence = (sequence + 1) & 0xffff;
    const bytes = new Uint8Array(12 + payload.length);
    writeRtpHeader(bytes, { marker, payloadType, sequence, timestamp: timestamp >>> 0, ssrc });
    bytes.set(payload, 12);
    socket.send(bytes, to.port, to.address);
  };
  const peer: RtpPeer = {
    port: socket.address().port,
    heard,
    agreed: (overrides = {}) => ({
      codec,
      send: { address: '127.0.0.1', port: socket.address().port, rtcpPort: socket.address().port + 1, payloadType: payloadTypeOf[codec], dtmfPayloadType: 101 },
      receive: { codecs: new Map([[0, 'PCMU'], [8, 'PCMA']]), dtmfPayloadType: 101 },
      sends: true,
      receives: true,
      signallingAddress: '127.0.0.1',
      ...overrides,
    }),
    startTone(to, ...frequenciesHz) {
      const startMs = performance.now();
      let frames = 0;
      timer = setInterval(() => {
        for (; frames * 20 < performance.now() - startMs; frames += 1) {
          const waveAt = (at: number) => frequenciesHz.reduce((sum, hz) => sum + 8_000 * Math.sin((2 * Math.PI * hz * at) / 8_000), 0);
          const samples = Int16Array.from({ length: 160 }, (_, index) => waveAt(sample + index));
          send(to, payloadTypeOf[codec], encodeSamples(codec, samples), sample);
          sample += 160;
        }
      }, 10);
    },
    stopTone() {
      clearInterval(timer);
    },
    sendKey(to, event) {
      sample += 1_600;
      for (let packet = 1; packet <= 10; packet += 1) {
        const duration = Math.min(packet, 7) * 160;
        send(to, 101, Uint8Array.of(event, packet > 7 ? 0x8a : 0x0a, duration >> 8, duration & 0xff), sample, packet === 1);
      }
    },
    sendRaw: (to, bytes) => { socket.send(bytes, to.port, to.address); },
    toneShare(frequencyHz, durationMs = 400) {
      const sound = heard.filter((packet) => packet.payloadType === payloadTypeOf[codec]).slice(-durationMs / 20);
      if (sound.length < durationMs / 20) return 0;
      return toneShareOf(Int16Array.from(sound.flatMap((packet) => [...decodeSamples(codec, packet.payload)])), frequencyHz);
    },
    close() {
      clearInterval(timer);
      socket.close();
    },
  };
  return peer;
}
