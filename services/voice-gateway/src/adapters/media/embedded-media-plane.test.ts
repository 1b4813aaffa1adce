import { createSocket } from 'node:dgram';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@patchbay/runtime/clock';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { eventually } from '@patchbay/testkit/eventually';
import { decodeSamples, encodeSamples, type Codec } from '../../domain/media/g711.ts';
import type { TappedChunk } from '../../domain/media/tap-timeline.ts';
import type { LegKey, MediaPlane } from '../../media-plane.ts';
import { startRtpPeer, toneShareOf, type RtpPeer } from '../../testing/rtp-peer.ts';
import { shareOfPorts, startEmbeddedMedia, type EmbeddedMediaOptions } from './embedded-media-plane.ts';
import type { SharedPrompt } from './media-protocol.ts';

function promptOf(frequencyHz: number, durationMs: number): SharedPrompt {
  const samples = Int16Array.from({ length: durationMs * 8 }, (_, index) => 8_000 * Math.sin((2 * Math.PI * frequencyHz * index) / 8_000));
  const share = (codec: Codec) => {
    const buffer = new SharedArrayBuffer(samples.length);
    encodeSamples(codec, samples, new Uint8Array(buffer));
    return buffer;
  };
  return { frames: samples.length / 160, PCMU: share('PCMU'), PCMA: share('PCMA') };
}

const digits: [LegKey, string, string][] = [];
const audio: [LegKey, TappedChunk, Codec][] = [];
const lost: [LegKey, string][] = [];
let plane: MediaPlane;
const peers: RtpPeer[] = [];
const closers: (() => void)[] = [];
let calls = 0;

function startPlane(overrides: Partial<EmbeddedMediaOptions> = {}): Promise<MediaPlane> {
  return startEmbeddedMedia({
    host: '127.0.0.1',
    ports: { min: 0, max: 0 },
    workers: 2,
    legsPerWorker: 10,
    silenceLimitMs: 0,
    prompts: new Map([['en/beep.wav', promptOf(600, 200)], ['music.wav', promptOf(350, 400)]]),
    listener: { onDigit: () => {}, onAudio: () => {}, onLegLost: () => {} },
    clock: systemClock,
    log: silentLogger,
    metrics: createMetrics('test'),
    ...overrides,
  });
}

beforeAll(async () => {
  plane = await startPlane({
    listener: {
      onDigit: (leg, digit, method) => digits.push([leg, digit, method]),
      onAudio: (leg, chunk, codec) => audio.push([leg, chunk, codec]),
      onLegLost: (leg, reason) => lost.push([leg, reason]),
    },
  });
});
afterAll(() => plane.close());
afterEach(() => {
  for (const peer of peers.splice(0)) peer.close();
  for (const close of closers.splice(0)) close();
});

async function peerOf(codec: Codec = 'PCMU'): Promise<RtpPeer> {
  const peer = await startRtpPeer(codec);
  peers.push(peer);
  return peer;
}

/** Two telephones with a leg each, in the same worker, configured but not bridged. */
async function twoLegs(leftCodec: Codec = 'PCMU', rightCodec: Codec = 'PCMU') {
  const call = `c${(calls += 1)}`;
  const left = await peerOf(leftCodec);
  const right = await peerOf(rightCodec);
  const leftKey: LegKey = `${call}/customer`;
  const rightKey: LegKey = `${call}/agent`;
  const leftPort = await plane.createLeg(leftKey);
  const rightPort = await plane.createLeg(rightKey, { near: leftKey });
  plane.configure(leftKey, left.agreed());
  plane.configure(rightKey, right.agreed());
  return { left, right, leftKey, rightKey, leftPort, rightPort };
}

describe('the media plane', () => {
  test('bridges two legs both ways, each hearing the other’s tone, across the two laws', async () => {
    const { left, right, leftKey, rightKey, leftPort, rightPort } = await twoLegs('PCMU', 'PCMA');
    plane.bridge(leftKey, rightKey);
    left.startTone(leftPort, 440);
    right.startTone(rightPort, 1_000);
    await eventually('the agent hears the customer', () => right.toneShare(440) > 0.9);
    await eventually('the customer hears the agent', () => left.toneShare(1_000) > 0.9);
    const sequences = left.heard.map((packet) => packet.sequence);
    expect(new Set(left.heard.map((packet) => packet.ssrc)).size).toBe(1);
    expect(sequences).toEqual(sequences.map((_, index) => ((sequences[0] as number) + index) & 0xffff));
  });

  test('plays a prompt once and music for ever, and stops it for a bridge', async () => {
    const { left, leftKey, rightKey } = await twoLegs();
    expect(await plane.play(leftKey, { prompts: [{ audio: 'beep.wav', language: 'en' }, { audio: 'gone.wav', language: 'en' }], loop: false })).toBe('played');
    expect(left.toneShare(600, 160)).toBeGreaterThan(0.8);
    const music = plane.play(leftKey, { prompts: [{ audio: 'music.wav', language: 'en' }], loop: true });
    await eventually('music beyond its own length', () => left.toneShare(350, 800) > 0.8);
    plane.bridge(leftKey, rightKey);
    expect(await music).toBe('stopped');
  });

  test('sends silence while nothing is played, in one stream with what comes after', async () => {
    const { left, leftKey } = await twoLegs();
    await eventually('silence comes', () => left.heard.length >= 10);
    expect(left.heard.every((packet) => packet.payload.every((byte) => byte === 0xff))).toBe(true);
    await plane.play(leftKey, { prompts: [{ audio: 'beep.wav', language: 'en' }], loop: false });
    const gaps = left.heard.slice(1).map((packet, index) => packet.timestamp - (left.heard[index] as { timestamp: number }).timestamp);
    expect(new Set(gaps)).toEqual(new Set([160]));
  });

  test('tells each key once while digits are collected, and passes keys on in a bridge', async () => {
    const { left, right, leftKey, rightKey, leftPort } = await twoLegs();
    left.sendKey(leftPort, 3);
    await eventually('the key before was heard', async () => (await plane.stats(leftKey)).received.packets === 10);
    plane.collectDtmf(leftKey, true);
    await plane.stats(leftKey);
    left.sendKey(leftPort, 1);
    left.sendKey(leftPort, 11);
    await eventually('two keys', () => digits.filter(([leg]) => leg === leftKey).length === 2);
    expect(digits.filter(([leg]) => leg === leftKey)).toEqual([
      [leftKey, '1', 'rfc4733'],
      [leftKey, '#', 'rfc4733'],
    ]);
    plane.bridge(leftKey, rightKey);
    plane.configure(rightKey, { ...right.agreed(), send: { ...right.agreed().send, dtmfPayloadType: 96 } });
    await plane.stats(rightKey);
    left.sendKey(leftPort, 5);
    await eventually('the agent’s phone gets the key', () => right.heard.filter((packet) => packet.payloadType === 96).length === 10);
    expect(new Set(right.heard.filter((packet) => packet.payloadType === 96).map((packet) => packet.timestamp)).size).toBe(1);
  });

  test('hears keys in the sound of callers who send no events', async () => {
    const { leftKey, leftPort, left } = await twoLegs();
    const agreed = left.agreed({ receive: { codecs: left.agreed().receive.codecs, dtmfPayloadType: undefined } });
    plane.configure(leftKey, agreed);
    plane.collectDtmf(leftKey, true);
    left.startTone(leftPort, 770);
    await eventually('one tone of the two was heard', async () => (await plane.stats(leftKey)).received.packets > 15);
    expect(digits.filter(([leg]) => leg === leftKey)).toEqual([]);
    left.stopTone();
    left.startTone(leftPort, 770, 1_336);
    await eventually('the key was heard', () => digits.some(([leg]) => leg === leftKey));
    expect(digits.filter(([leg]) => leg === leftKey)).toEqual([[leftKey, '5', 'inband']]);
  });

  test('tells the sound of both legs on one time line, silence while on hold, and an end', async () => {
    const { left, right, leftKey, rightKey, leftPort, rightPort } = await twoLegs();
    plane.tap([leftKey, rightKey]);
    left.startTone(leftPort, 440);
    right.startTone(rightPort, 1_000);
    plane.bridge(leftKey, rightKey);
    const chunksOf = (leg: LegKey) => audio.filter(([key]) => key === leg);
    await eventually('a second of both', () => chunksOf(leftKey).length >= 1 && chunksOf(rightKey).length >= 1);
    plane.unbridge(leftKey);
    await Promise.all([plane.closeLeg(leftKey), plane.closeLeg(rightKey)]);
    for (const [leg, frequencyHz] of [[leftKey, 440], [rightKey, 1_000]] as const) {
      const chunks = chunksOf(leg).map(([, chunk]) => chunk);
      expect(chunks.map((chunk) => chunk.last)).toEqual([...chunks.slice(1).map(() => false), true]);
      expect(toneShareOf(decodeSamples('PCMU', (chunks[0] as TappedChunk).samples.subarray(4_000)), frequencyHz)).toBeGreaterThan(0.9);
    }
    const starts = (leg: LegKey) => chunksOf(leg).map(([, chunk]) => chunk.startNs);
    expect(starts(leftKey)[0]).toBe(starts(rightKey)[0]);
    expect(Math.abs(Number(starts(leftKey)[0]) / 1e6 - Date.now())).toBeLessThan(60_000);
  });

  test('takes no sound from strangers once a source is settled', async () => {
    const { left, right, leftKey, rightKey, leftPort } = await twoLegs();
    plane.bridge(leftKey, rightKey);
    left.startTone(leftPort, 440);
    await eventually('the customer is heard', () => right.toneShare(440) > 0.9);
    left.stopTone();
    const stranger = await peerOf();
    const before = right.heard.length;
    stranger.startTone(leftPort, 2_000);
    await eventually('the stranger sent enough', async () => {
      left.sendKey(leftPort, 1);
      await plane.stats(leftKey);
      return right.heard.length > before + 40;
    });
    expect(right.heard.slice(before + 5).every((packet) => packet.payloadType === 101)).toBe(true);
  });

  test('survives garbage, and an address where nobody listens', async () => {
    const { left, right, leftKey, rightKey, leftPort } = await twoLegs();
    const socket = createSocket('udp4');
    closers.push(() => socket.close());
    for (const bytes of [Buffer.alloc(0), Buffer.from('INVITE sip:x SIP/2.0'), Buffer.alloc(2_000, 0x81), Buffer.alloc(12, 0xff)]) socket.send(bytes, leftPort.port, '127.0.0.1');
    plane.bridge(leftKey, rightKey);
    left.startTone(leftPort, 440);
    right.close();
    peers.splice(peers.indexOf(right), 1);
    await eventually('packets were sent into the void', async () => (await plane.stats(leftKey)).received.packets > 30);
    expect(lost).toEqual([]);
  });

  test('reports what it heard, with a score', async () => {
    const { left, leftKey, leftPort } = await twoLegs();
    left.startTone(leftPort, 440);
    await eventually('some packets', async () => (await plane.stats(leftKey)).received.packets > 20);
    const figures = await plane.closeLeg(leftKey);
    expect(figures?.received).toMatchObject({ lost: 0 });
    expect(figures?.received.mos).toBeGreaterThan(3.5);
    expect(figures?.sent).toBeUndefined();
    expect(await plane.closeLeg(leftKey)).toBeUndefined();
  });
});

describe('a media worker that fails', () => {
  test('loses its own legs only, and another thread takes its place', async () => {
    const gone: string[] = [];
    const small = await startPlane({ listener: { onDigit: () => {}, onAudio: () => {}, onLegLost: (leg, reason) => gone.push(`${leg} ${reason}`) } });
    await small.createLeg('a/customer');
    await small.createLeg('b/customer');
    await small.createLeg('a/agent', { near: 'a/customer' });
    small.configure('a/customer', undefined as never);
    await eventually('both legs of the worker are told', () => gone.length === 2);
    expect(gone).toEqual(['a/customer worker_lost', 'a/agent worker_lost']);
    expect(await small.closeLeg('a/customer')).toBeUndefined();
    await expect(small.stats('b/customer')).resolves.toBeDefined();
    await eventually('two workers again', () => small.load().capacity === 20);
    expect(await small.createLeg('c/customer')).toMatchObject({ address: '127.0.0.1' });
    await small.close();
  });
});

describe('a leg that hears nothing', () => {
  test('is told as silent once', async () => {
    const silent: string[] = [];
    const small = await startPlane({ silenceLimitMs: 100, listener: { onDigit: () => {}, onAudio: () => {}, onLegLost: (leg, reason) => silent.push(`${leg} ${reason}`) } });
    const peer = await peerOf();
    await small.createLeg('a/customer');
    small.configure('a/customer', peer.agreed());
    await eventually('it is told', () => silent.length > 0);
    expect(silent).toEqual(['a/customer silent']);
    await small.close();
  });
});

describe('ports of the workers', () => {
  test('are even shares that do not overlap', () => {
    expect([0, 1, 2].map((index) => shareOfPorts({ min: 40_000, max: 40_999 }, 3, index))).toEqual([
      { min: 40_000, max: 40_331 },
      { min: 40_332, max: 40_663 },
      { min: 40_664, max: 40_995 },
    ]);
  });

  test('that are used up refuse a leg with a code', async () => {
    const small = await startPlane({ ports: { min: 1, max: 1 }, workers: 1 });
    await expect(small.createLeg('x/customer')).rejects.toMatchObject({ code: 'VOICE_NO_MEDIA_PORT' });
    expect(small.load().legs).toBe(0);
    await small.close();
  });
});
