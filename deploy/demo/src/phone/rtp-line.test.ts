import { afterEach, expect, test } from '@jest/globals';
import { eventually } from '@patchbay/testkit/eventually';
import { startRtpPeer, type RtpPeer } from '@patchbay/voice-gateway/testing/rtp-peer';
import { openRtpLine, type RtpLine } from './rtp-line.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
async function lineToPeer(): Promise<{ line: RtpLine; peer: RtpPeer }> {
  const peer = await startRtpPeer();
  const line = await openRtpLine();
  open.push(peer, line);
  line.connect({ send: { address: '127.0.0.1', port: peer.port, dtmfPayloadType: 101 } });
  return { line, peer };
}

test('a line sends a packet each 20 ms, and what is said arrives whole between the quiet', async () => {
  const { line, peer } = await lineToPeer();
  const sound = Uint8Array.from({ length: 2_400 }, (_, index) => 1 + (index % 100));
  await line.say(sound);
  await eventually('some silence follows', () => peer.heard.length > 20);
  const said = peer.heard.filter(({ payload }) => payload.every((byte) => byte <= 100));
  expect(Buffer.concat(said.map(({ payload }) => payload)).equals(Buffer.from(sound))).toBe(true);
  const [first] = peer.heard;
  expect(peer.heard.map(({ sequence, timestamp }) => [(sequence - (first?.sequence ?? 0)) & 0xffff, (timestamp - (first?.timestamp ?? 0)) >>> 0])).toEqual(peer.heard.map((_, index) => [index, index * 160]));
});

test('a key is pressed once, with its end told three times', async () => {
  const { line, peer } = await lineToPeer();
  await line.press('2');
  await eventually('sound goes on', () => peer.heard.at(-1)?.payloadType === 0);
  const events = peer.heard.filter(({ payloadType }) => payloadType === 101);
  expect(events.map(({ payload }) => [...payload])).toEqual([1, 2, 3, 4, 5, 6, 6, 6, 6].map((frames, index) => [2, index < 6 ? 0x0a : 0x8a, (frames * 160) >> 8, (frames * 160) & 0xff]));
  expect(new Set(events.map(({ timestamp }) => timestamp)).size).toBe(1);
});

test('an utterance of the other side is waited for, but no longer than said', async () => {
  const { line, peer } = await lineToPeer();
  const { signal } = new AbortController();
  expect(await line.until(() => line.utterances() > 0, 50, signal)).toBe(false);
  const to = { address: '127.0.0.1', port: line.port };
  peer.startTone(to, 440);
  expect(await line.until(() => line.soundMs() > 300, 5_000, signal)).toBe(true);
  peer.stopTone();
  expect(await line.until(() => line.utterances() > 0, 5_000, signal)).toBe(true);
  const stop = new AbortController();
  const waiting = line.until(() => false, 5_000, stop.signal);
  stop.abort(new Error('hung up'));
  await expect(waiting).rejects.toThrow('hung up');
});
