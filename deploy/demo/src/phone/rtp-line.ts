import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { Ear } from './ear.ts';
import { keyPayload, pcmuPayloadType, rtpPacket, soundOf } from './rtp-packets.ts';

/** The sound of one call at a phone's end: a packet each 20 ms whether somebody speaks or not, and an ear. */
export interface RtpLine {
  readonly port: number;
  /** From now on packets go there. */
  connect(media: { readonly send: { readonly address: string; readonly port: number; readonly dtmfPayloadType: number | undefined } }): void;
  /** Speaks; resolves when all is said, or the line is closed. @param sound µ-law, 8 000 bytes a second */
  say(sound: Uint8Array): Promise<void>;
  /** Presses a key for 120 ms (RFC 4733); resolves when it is up. */
  press(key: string): Promise<void>;
  /** Utterances of the other side that were heard to their end. */
  utterances(): number;
  /** How long the other side has been speaking, or playing music; 0 in silence. */
  soundMs(): number;
  /** How long nothing was heard. */
  quietMs(): number;
  /** What sounds at the moment, or did so just now, is no utterance. */
  forget(): void;
  /** Waits until it holds, looking each 10 ms; false when the time is over or the line closed first. Rejects with the signal's reason. */
  until(condition: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<boolean>;
  close(): void;
}

const frameMs = 20;
const tickMs = frameMs / 2;
/** Without packets for so long it is quiet: phones that suppress silence send none. */
const noPacketsMs = 1_000;
const frameSize = 160;
/** Quiet is faint noise, -72 dB, as over a microphone: what is missing in a recording can be told from a pause. */
const quiet = Uint8Array.from({ length: frameSize }, () => (randomInt(2) === 0 ? 0x7e : 0xfe));
const keyPackets = 6;
/** The end of a key is said three times (RFC 4733 section 2.5.1.4). */
const keyEndPackets = 3;
/** Frames that a stalled process makes up for; of a longer stall the sound is lost. */
const mostBehind = 25;

interface Task {
  /** Sends its next packet; true when that was the last. */
  step(): boolean;
  done(): void;
}

/** Opens a line on a free port of the loopback. */
export async function openRtpLine(): Promise<RtpLine> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', resolve);
  });
  const nowMs = () => performance.now();
  // The ear goes by what came in, not by the clock: a stall of this process is no pause of the other side.
  let heardMs = 0;
  let nothingMs = 0;
  const ear = new Ear(heardMs);
  const tasks: Task[] = [];
  const listeners = new Set<() => void>();
  let target: { address: string; port: number; dtmfPayloadType: number | undefined } | undefined;
  let sequence = randomInt(2 ** 16);
  let timestamp = randomInt(2 ** 32);
  let begins = true;
  let closed = false;
  const ssrc = randomInt(2 ** 32);
  // A refused packet is a call that is over; its end is told by SIP.
  socket.on('error', () => undefined);
  socket.on('message', (packet) => {
    const sound = soundOf(packet);
    if (sound === undefined) return;
    heardMs += frameMs;
    nothingMs = 0;
    ear.take(sound, heardMs);
  });

  const send = (payload: Uint8Array, options: { payloadType?: number; at?: number } = {}) => {
    if (target === undefined) return;
    sequence = (sequence + 1) % 2 ** 16;
    const packet = rtpPacket({ payloadType: options.payloadType ?? pcmuPayloadType, marker: begins, sequence, timestamp: options.at ?? timestamp, ssrc }, payload);
    begins = false;
    socket.send(packet, target.port, target.address);
  };
  const frame = () => {
    if (target === undefined) return;
    const [task] = tasks;
    if (task === undefined) send(quiet);
    else if (task.step()) {
      tasks.shift();
      task.done();
    }
    timestamp = (timestamp + frameSize) % 2 ** 32;
  };
  let dueMs = nowMs();
  const skip = (frames: number) => {
    dueMs += frames * frameMs;
    timestamp = (timestamp + frames * frameSize) % 2 ** 32;
    begins = true;
  };
  const timer = setInterval(() => {
    const lost = Math.floor((nowMs() - dueMs) / frameMs) - mostBehind;
    if (lost > 0) skip(lost);
    for (; dueMs <= nowMs(); dueMs += frameMs) frame();
    nothingMs += tickMs;
    if (nothingMs > noPacketsMs) heardMs += tickMs;
    for (const look of listeners) look();
  }, tickMs);
  const queue = (step: () => boolean) => new Promise<void>((done) => tasks.push({ step, done }));

  return {
    port: socket.address().port,
    connect({ send: { address, port, dtmfPayloadType } }) {
      target = { address, port, dtmfPayloadType };
    },
    say(sound) {
      let at = 0;
      return queue(() => {
        const piece = sound.subarray(at, at + frameSize);
        at += frameSize;
        send(piece.length === frameSize ? piece : Uint8Array.from(quiet, (byte, index) => piece[index] ?? byte));
        return at >= sound.length;
      });
    },
    press(key) {
      let packet = 0;
      let pressedAt = 0;
      return queue(() => {
        if (packet === 0) {
          pressedAt = timestamp;
          begins = true;
        }
        packet += 1;
        const payloadType = target?.dtmfPayloadType;
        if (payloadType === undefined) return true;
        send(keyPayload(key, Math.min(packet, keyPackets) * frameSize, packet > keyPackets), { payloadType, at: pressedAt });
        return packet === keyPackets + keyEndPackets;
      });
    },
    utterances: () => ear.utterances(heardMs),
    soundMs: () => ear.soundMs(heardMs),
    quietMs: () => ear.quietMs(heardMs),
    forget: () => {
      ear.forget();
    },
    until(condition, timeoutMs, signal) {
      const untilMs = nowMs() + timeoutMs;
      return new Promise((resolve, reject) => {
        const look = () => {
          if (signal.aborted) reject(signal.reason as Error);
          else if (condition()) resolve(true);
          else if (closed || nowMs() > untilMs) resolve(false);
          else return;
          listeners.delete(look);
        };
        listeners.add(look);
        look();
      });
    },
    close() {
      closed = true;
      clearInterval(timer);
      socket.close();
      for (const { done } of tasks.splice(0)) done();
      for (const look of listeners) look();
    },
  };
}
