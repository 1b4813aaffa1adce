import { createHash } from 'node:crypto';
import type { BusConnection } from '@patchbay/bus/connection';
import type { AnyFact, Fact } from '@patchbay/bus/fact';
import { openObjects } from '@patchbay/bus/objects';
import { decodeTable } from '@patchbay/recording/domain/g711';

/** A call that two people had, as its facts tell it. */
interface ConnectedCall {
  contactId: string;
  queue: string;
  connectedMs: number;
  endedMs: number;
  ready: readonly Fact<'patchbay.recording.v1.RecordingReady'>[];
}

/** Words that must lie in the files of a queue's calls, µ-law. */
export type SpokenWords = (queue: string) => { readonly left: Uint8Array; readonly right: Uint8Array };

const headerSize = 44;
const samplesPerMs = 8;
/** Between the facts and the sound: the last packets, the ends of two processes' ticks. */
const lengthToleranceMs = 1_500;
/** Phones send noise even in a pause, and words have pauses of up to 300 ms that are digital silence. */
const shortestHoleMs = 600;
const holeToleranceMs = 300;
/** So much of the words is looked for: a gap may have taken a part of them. */
const pieceMs = 60;

function callsOf(history: readonly AnyFact[]): ConnectedCall[] {
  const voice = new Set(history.flatMap((fact) => (fact.type === 'patchbay.contact.v1.ContactStarted' && fact.event.channel === 'voice' ? [fact.key] : [])));
  const calls = new Map<string, ConnectedCall>();
  const call = (contactId: string) => {
    const known = calls.get(contactId) ?? { contactId, queue: '', connectedMs: Infinity, endedMs: 0, ready: [] };
    calls.set(contactId, known);
    return known;
  };
  for (const fact of history.filter(({ key }) => voice.has(key))) {
    if (fact.type === 'patchbay.contact.v1.RoutingRequested') call(fact.key).queue = fact.event.queue;
    else if (fact.type === 'patchbay.contact.v1.ContactConnected') call(fact.key).connectedMs = Math.min(fact.timeMs, call(fact.key).connectedMs);
    else if (fact.type === 'patchbay.contact.v1.ContactEnded') call(fact.key).endedMs = fact.timeMs;
    else if (fact.type === 'patchbay.recording.v1.RecordingReady') call(fact.key).ready = [...call(fact.key).ready, fact];
  }
  return [...calls.values()].filter(({ connectedMs }) => connectedMs < Infinity);
}

/** Milliseconds of one channel in which there is nothing, not even noise, for longer than a pause between words. */
function holesMs(channel: Int16Array): number {
  let total = 0;
  let from = 0;
  for (let at = 0; at <= channel.length; at += 1) {
    if (channel[at] === 0) continue;
    const lengthMs = (at - from) / samplesPerMs;
    if (lengthMs >= shortestHoleMs) total += lengthMs - holeToleranceMs;
    from = at + 1;
  }
  return total;
}

/** Whether some part of the words lies in the channel, sample for sample. */
function holds(channel: Int16Array, words: Uint8Array): boolean {
  const table = decodeTable('PCMU');
  const samples = Int16Array.from(words, (byte) => table?.[byte] ?? 0);
  const bytes = Buffer.from(channel.buffer, channel.byteOffset, channel.byteLength);
  const size = pieceMs * samplesPerMs;
  for (let at = size; at + size <= samples.length; at += size) {
    const piece = samples.subarray(at, at + size);
    // Quiet pieces prove nothing.
    if (piece.every((sample) => Math.abs(sample) < 1_000)) continue;
    if (bytes.includes(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength))) return true;
  }
  return false;
}

function fileFaults(file: Buffer, call: ConnectedCall, words: ReturnType<SpokenWords>): string[] {
  const [fact] = call.ready;
  const { durationMs = 0n, gapMs = 0n } = fact?.event ?? {};
  const faults: string[] = [];
  const samples = new Int16Array(file.buffer.slice(file.byteOffset + headerSize, file.byteOffset + file.length));
  const left = samples.filter((_, index) => index % 2 === 0);
  const right = samples.filter((_, index) => index % 2 === 1);
  const saidMs = left.length / samplesPerMs;
  const talkedMs = call.endedMs - call.connectedMs;
  if (Math.abs(saidMs - Number(durationMs)) > 1) faults.push(`is ${saidMs} ms long, its fact says ${durationMs}`);
  if (Math.abs(saidMs - talkedMs) > lengthToleranceMs) faults.push(`is ${saidMs} ms long, the talk was ${talkedMs}`);
  const missingMs = holesMs(left) + holesMs(right);
  if (missingMs > Number(gapMs)) faults.push(`has holes of ${missingMs} ms, its fact says ${gapMs}`);
  if (!holds(left, words.left) || holds(right, words.left)) faults.push('does not have the customer on the left');
  if (!holds(right, words.right) || holds(left, words.right)) faults.push('does not have the agent on the right');
  return faults;
}

/** What is wrong with the recordings of calls that were connected; empty when each is there once, whole, and as its facts say. */
export async function recordingFaults(bus: BusConnection, history: readonly AnyFact[], words: SpokenWords): Promise<string[]> {
  const objects = await openObjects(bus, 'recordings');
  const faults: string[] = [];
  for (const call of callsOf(history)) {
    const [fact] = call.ready;
    const { object, sha256 = '' } = fact?.event.object ?? {};
    if (call.ready.length !== 1 || object === undefined) {
      faults.push(`${call.contactId}: has ${call.ready.length} recordings`);
      continue;
    }
    const file = Buffer.from(await objects.get(object));
    if (createHash('sha256').update(file).digest('hex') !== sha256) faults.push(`${call.contactId}: checksum`);
    faults.push(...fileFaults(file, call, words(call.queue)).map((fault) => `${call.contactId}: ${fault}`));
  }
  return faults;
}

/** How many calls were connected. */
export function connectedCalls(history: readonly AnyFact[]): number {
  return callsOf(history).length;
}

/** How many calls are up: connected and not ended. */
export function callsUp(history: readonly AnyFact[]): number {
  return callsOf(history).filter(({ endedMs }) => endedMs === 0).length;
}
