import { describe, expect, test } from '@jest/globals';
import { decodeSamples, encodeSamples } from './g711.ts';
import { TapTimeline, type TappedChunk } from './tap-timeline.ts';

const startNs = 1_800_000_000_000_000_000n;
const start = { monotonicMs: 77_000, epochNs: startNs, codec: 'PCMU' } as const;
const atMs = (ms: number) => start.monotonicMs + ms;
const frame = (value: number, size = 160) => new Uint8Array(size).fill(value);

/** Feeds 20 ms frames whose bytes are their number and collects the chunks. */
function record(packets: readonly { number: number; arrivesMs: number; ssrc?: number; timestamp?: number }[], closeMs: number, act: (tap: TapTimeline, nowMs: number) => void = () => {}): TappedChunk[] {
  const tap = new TapTimeline(start);
  const chunks: TappedChunk[] = [];
  let next = 0;
  for (let nowMs = 0; nowMs <= closeMs; nowMs += 20) {
    for (let packet = packets[next]; packet !== undefined && packet.arrivesMs <= nowMs; packet = packets[(next += 1)]) {
      tap.write({ ssrc: packet.ssrc ?? 1, timestamp: packet.timestamp ?? 5_000 + packet.number * 160 }, 'PCMU', frame(packet.number % 251), atMs(packet.arrivesMs));
    }
    act(tap, nowMs);
    for (let chunk = tap.nextDue(atMs(nowMs)); chunk !== undefined; chunk = tap.nextDue(atMs(nowMs))) chunks.push(chunk);
  }
  return [...chunks, ...tap.close(atMs(closeMs))];
}

const steady = (count: number) => Array.from({ length: count }, (_, number) => ({ number, arrivesMs: number * 20 }));
const firstOfFrames = (chunk: TappedChunk) => Array.from({ length: Math.floor(chunk.samples.length / 160) }, (_, index) => chunk.samples[index * 160]);

describe('a tapped leg', () => {
  test('is cut into whole seconds on the time line of the tap, the last one shorter', () => {
    const chunks = record(steady(125), 2_500);
    expect(chunks.map((chunk) => [Number(chunk.startNs - startNs) / 1e6, chunk.samples.length, chunk.concealedMs, chunk.last])).toEqual([
      [0, 8_000, 0, false],
      [1_000, 8_000, 0, false],
      [2_000, 4_000, 0, true],
    ]);
    expect(chunks.flatMap(firstOfFrames)).toEqual(Array.from({ length: 125 }, (_, index) => index));
  });

  test('puts packets that overtook each other back in order', () => {
    const packets = steady(50).map((packet) => ({ ...packet, arrivesMs: packet.number % 7 === 3 ? packet.arrivesMs + 70 : packet.arrivesMs }));
    const [chunk] = record(packets.toSorted((left, right) => left.arrivesMs - right.arrivesMs), 1_300);
    expect(chunk?.concealedMs).toBe(0);
    expect(firstOfFrames(chunk as TappedChunk)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  test('fills what did not come with silence and says how much', () => {
    const [chunk] = record(steady(50).filter((packet) => packet.number < 10 || packet.number >= 20), 1_300);
    expect(chunk?.concealedMs).toBe(200);
    expect([...(chunk?.samples.subarray(1_600, 3_200) ?? [])].every((byte) => byte === 0xff)).toBe(true);
    expect(chunk?.samples[3_200]).toBe(20);
  });

  test('begins where its first packet came, so that two legs lie side by side', () => {
    const [chunk] = record(steady(30).map((packet) => ({ ...packet, arrivesMs: packet.arrivesMs + 400 })), 1_300);
    expect(chunk?.samples[3_199]).toBe(0xff);
    expect(chunk?.samples[3_200]).toBe(0);
  });

  test('goes on in time when the source and its timestamps change', () => {
    // The second source's timestamps pass the end of 32 bits.
    const second = (number: number) => ({ ssrc: 2, timestamp: (number * 160 + 0xfffff000) >>> 0 });
    const [chunk] = record(steady(50).map((packet) => ({ ...packet, ...(packet.number < 25 ? {} : second(packet.number)) })), 1_300);
    expect(chunk?.concealedMs).toBe(0);
    expect(firstOfFrames(chunk as TappedChunk)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  test('goes on in time when the timestamps of the same source jump', () => {
    const packets = steady(50).map((packet) => ({ ...packet, timestamp: packet.number * 160 + (packet.number < 25 ? 0 : 1_000_000) }));
    const [chunk] = record(packets, 1_300);
    expect(firstOfFrames(chunk as TappedChunk)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  test('finds its place again when the source falls behind for good', () => {
    const packets = steady(300).map((packet) => ({ ...packet, timestamp: packet.number < 50 ? packet.number * 160 : packet.number * 160 - 12_000 }));
    const chunks = record(packets, 6_000);
    expect(chunks.at(-2)?.concealedMs).toBe(0);
  });

  test('on hold is silence that nobody missed', () => {
    const chunks = record(steady(100), 2_000, (tap, nowMs) => {
      if (nowMs === 200) tap.pause(atMs(nowMs));
      if (nowMs === 1_500) tap.resume(atMs(nowMs));
    });
    const sound = chunks.flatMap((chunk) => [...chunk.samples]);
    expect(chunks.reduce((sum, chunk) => sum + chunk.concealedMs, 0)).toBeLessThanOrEqual(20);
    expect(sound.slice(220 * 8, 1_500 * 8).every((byte) => byte === 0xff)).toBe(true);
    expect(sound[1_600 * 8]).not.toBe(0xff);
  });

  test('of the other law is turned into the tap’s', () => {
    const tap = new TapTimeline(start);
    tap.write({ ssrc: 1, timestamp: 0 }, 'PCMA', encodeSamples('PCMA', new Int16Array(160).fill(5_000)), atMs(0));
    const [chunk] = tap.close(atMs(20));
    expect(Math.abs((decodeSamples('PCMU', chunk?.samples ?? new Uint8Array(1))[0] as number) - 5_000)).toBeLessThan(400);
  });

  test('without any packet is one silent end', () => {
    const chunks = record([], 500);
    expect(chunks).toHaveLength(1);
    expect(chunks[0]).toMatchObject({ last: true, concealedMs: 500 });
  });
});
