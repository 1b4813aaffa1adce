import { describe, expect, test } from '@jest/globals';
import { OutgoingStream } from './outgoing-stream.ts';
import { emptyPacket, readRtp, sequenceDistance, timestampDistance, writeRtpHeader, type RtpPacket } from './rtp.ts';

function packetOf(fields: Partial<RtpPacket>): RtpPacket {
  return { ...emptyPacket(), ssrc: 7, ...fields };
}

describe('an RTP packet', () => {
  test('reads back as it was written', () => {
    const bytes = new Uint8Array(172);
    writeRtpHeader(bytes, { marker: true, payloadType: 101, sequence: 0xfffe, timestamp: 0xdeadbeef, ssrc: 0x80000001 });
    const packet = emptyPacket();
    expect(readRtp(bytes, packet)).toBe(true);
    expect(packet).toEqual({ marker: true, payloadType: 101, sequence: 0xfffe, timestamp: 0xdeadbeef, ssrc: 0x80000001, payloadOffset: 12, payloadSize: 160 });
  });

  test('is read past contributing sources and extension, without its padding', () => {
    const bytes = Uint8Array.of(0xb1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9, 9, 9, 0xbe, 0xde, 0, 1, 1, 2, 3, 4, 0xaa, 0xbb, 0, 2);
    const packet = emptyPacket();
    expect(readRtp(bytes, packet)).toBe(true);
    expect([...bytes.subarray(packet.payloadOffset, packet.payloadOffset + packet.payloadSize)]).toEqual([0xaa, 0xbb]);
  });

  test.each([
    ['short', Uint8Array.of(0x80, 0, 0)],
    ['of version 1', new Uint8Array(20).fill(0x40)],
    ['with more sources than bytes', Uint8Array.of(0x8f, ...new Uint8Array(15))],
    ['with an extension past its end', Uint8Array.of(0x90, ...new Uint8Array(11), 0, 0, 0xff, 0xff)],
    ['with more padding than payload', Uint8Array.of(0xa0, ...new Uint8Array(11), 0, 0, 200)],
    ['with padding of nothing', Uint8Array.of(0xa0, ...new Uint8Array(11), 0, 0, 0)],
  ])('that is %s is refused', (_, bytes) => {
    expect(readRtp(bytes, emptyPacket())).toBe(false);
  });

  test('never throws on random bytes', () => {
    let seed = 1;
    const random = () => (seed = (seed * 48_271) % 0x7fffffff) & 0xff;
    for (let round = 0; round < 5_000; round += 1) {
      const bytes = Uint8Array.from({ length: round % 60 }, random);
      if (bytes.length > 0) bytes[0] = 0x80 | ((bytes[0] as number) & 0x3f);
      const packet = emptyPacket();
      if (readRtp(bytes, packet) && packet.payloadOffset + packet.payloadSize > bytes.length) throw new Error('read past the end');
    }
  });

  test('numbers are compared around their circle', () => {
    expect(sequenceDistance(2, 0xfffe)).toBe(4);
    expect(sequenceDistance(0xfffe, 2)).toBe(-4);
    expect(timestampDistance(100, 0xffffffff)).toBe(101);
  });
});

describe('what a leg sends', () => {
  const stream = () => new OutgoingStream({ ssrc: 99, sequence: 0xfffe, timestamp: 1_000 });

  test('is one stream through prompt, relay and prompt again', () => {
    const out = stream();
    const sent: [number, number, boolean][] = [];
    const note = (header: { sequence: number; timestamp: number; marker: boolean; ssrc: number } | undefined) => {
      if (header === undefined) return;
      expect(header.ssrc).toBe(99);
      sent.push([header.sequence, header.timestamp, header.marker]);
    };
    note(out.nextOwn(0, 0));
    note(out.nextOwn(0, 160));
    note(out.nextRelayed(packetOf({ sequence: 500, timestamp: 70_000 }), 0, 800));
    note(out.nextRelayed(packetOf({ sequence: 501, timestamp: 70_160 }), 0, 960));
    note(out.nextOwn(0, 1_600));
    expect(sent).toEqual([
      [0xffff, 1_160, true],
      [0, 1_320, false],
      [1, 1_800, true],
      [2, 1_960, false],
      [3, 2_600, true],
    ]);
  });

  test('shows losses and late packets of the other leg as they are', () => {
    const out = stream();
    const sequences = [10, 11, 14, 12].map((sequence) => out.nextRelayed(packetOf({ sequence, timestamp: sequence * 160 }), 0, sequence * 160)?.sequence);
    expect(sequences).toEqual([0xffff, 0, 3, 1]);
    expect(out.nextOwn(0, 9_000).sequence).toBe(4);
  });

  test('leaves out what the other leg sent before the bridge', () => {
    const out = stream();
    out.nextRelayed(packetOf({ sequence: 10, timestamp: 1_600 }), 0, 0);
    expect(out.nextRelayed(packetOf({ sequence: 9, timestamp: 1_440 }), 0, 0)).toBeUndefined();
  });

  test('goes on when the other leg changes its source', () => {
    const out = stream();
    out.nextRelayed(packetOf({ sequence: 10, timestamp: 1_600 }), 0, 0);
    const next = out.nextRelayed(packetOf({ ssrc: 8, sequence: 40_000, timestamp: 5 }), 0, 160);
    expect(next).toMatchObject({ sequence: 0, marker: true });
  });

  test('does not make a left-out event packet look like a loss', () => {
    const out = stream();
    out.nextRelayed(packetOf({ sequence: 10, timestamp: 1_600 }), 0, 0);
    out.skipRelayed(packetOf({ sequence: 11, timestamp: 1_760 }));
    expect(out.nextRelayed(packetOf({ sequence: 12, timestamp: 1_920 }), 0, 320)?.sequence).toBe(0);
  });

  test('goes on over more packets than sequence numbers', () => {
    const out = stream();
    let last = 0xfffe;
    let inOrder = 0;
    for (let count = 0; count < 140_000; count += 1) {
      const header = out.nextRelayed(packetOf({ sequence: count & 0xffff, timestamp: (count * 160) >>> 0 }), 0, count * 160);
      if (header !== undefined && sequenceDistance(header.sequence, last) === 1) inOrder += 1;
      last = header?.sequence ?? last;
    }
    expect(inOrder).toBe(140_000);
  });
});
