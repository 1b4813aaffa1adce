import { beforeEach, describe, expect, test } from '@jest/globals';
import { newFact } from '@patchbay/bus/append-facts';
import type { AnyFact } from '@patchbay/bus/fact';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { ContactConnected, ContactEnded, ContactStarted } from '@patchbay/contracts/contact/v1/contact_event';
import { MediaKind } from '@patchbay/contracts/message/v1/content';
import { MessageReceived, MessageSent } from '@patchbay/contracts/message/v1/message_event';
import { LegalHoldLifted, LegalHoldPlaced, type RecordingReady, type TranscriptReady } from '@patchbay/contracts/recording/v1/recording_event';
import { ContactAssigned } from '@patchbay/contracts/routing/v1/routing_event';
import { LegEnded, LegStarted } from '@patchbay/contracts/voice/v1/voice_event';
import { AppError } from '@patchbay/runtime/app-error';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { createFakeClock, type FakeClock } from '@patchbay/testkit/fake-clock';
import { createFactHandler } from './handlers.ts';
import { createCrashes, createFakeCentres, createFakeFacts, createFakeFiles, createFakeIndex, createFakeSound } from './testing/fakes.ts';
import { amplitudeAt, channelOf, toneChunks, toneStartMs } from './testing/tones.ts';

const tenant = 'demo';
const contactId = 'c1';
const at = (second: number) => toneStartMs + second * 1_000;

function createWorld() {
  const crashes = createCrashes();
  const facts = createFakeFacts(crashes);
  const sound = createFakeSound(crashes);
  const files = createFakeFiles(crashes);
  const index = createFakeIndex(crashes);
  const clock: FakeClock = createFakeClock(at(60));
  const ports = { facts, sound, files, index, clock, centres: createFakeCentres(1), log: silentLogger, metrics: createMetrics('recording-test'), limits: { lastChunkWaitMs: 5_000, longestMs: 3_600_000 } };
  const handle = createFactHandler(ports);
  const add = (codec: { $type: string; fromPartial(event: never): object }, second: number, event: object): AnyFact =>
    facts.add(newFact(codec as typeof ContactStarted, { tenant, key: contactId, timeMs: at(second), event: codec.fromPartial({ contactId, ...event } as never) as ContactStarted }));
  return { crashes, facts, sound, files, index, clock, ports, handle, add };
}

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorld();
});

const customerSound = toneChunks({ contactId, legId: 'l1', party: Party.CUSTOMER, hertz: 400, fromS: 0, lengthS: 10 });
const agentSound = toneChunks({ contactId, legId: 'l2', party: Party.AGENT, hertz: 1_000, fromS: 4, lengthS: 6 });

/** A call of ten seconds: the customer from the start, the agent from second four. @returns the facts that recording acts on */
function ring(options: { silent?: boolean; last?: boolean } = {}): { connected: AnyFact; ended: AnyFact } {
  const { add, sound } = world;
  add(ContactStarted, -1, { channel: 'voice' });
  add(LegStarted, -1, { legId: 'l1', party: Party.CUSTOMER });
  add(ContactAssigned, 3, { assignmentId: 'a', agentId: '1001', queue: 'billing' });
  add(LegStarted, 3, { legId: 'l2', party: Party.AGENT, agentId: '1001' });
  if (options.silent !== true) sound.stored.push(...customerSound.map((chunk) => ({ ...chunk, last: chunk.last && options.last !== false })), ...agentSound);
  const connected = add(ContactConnected, 4, { assignmentId: 'a', agentId: '1001' });
  const ended = add(ContactEnded, 10, { by: Party.CUSTOMER, reason: EndReason.CUSTOMER_LEFT });
  add(LegEnded, 10, { legId: 'l1' });
  return { connected, ended };
}

const readyOf = (): RecordingReady | undefined => world.facts.ofType('patchbay.recording.v1.RecordingReady')[0]?.event as RecordingReady | undefined;
const types = () => world.facts.stored.filter((fact) => fact.domain === 'recording').map((fact) => fact.type.replace('patchbay.recording.v1.', ''));

describe('a call', () => {
  test('is being recorded once they talk, from the first sound on, and only begins once', async () => {
    const { connected } = ring();
    await world.handle(connected);
    await world.handle(connected);
    expect(types()).toEqual(['RecordingStarted']);
    expect(world.facts.ofType('patchbay.recording.v1.RecordingStarted')[0]?.event).toMatchObject({ startedAt: new Date(at(0)) });
    expect(world.index.entries.get('demo.c1')?.kept.items).toMatchObject([{ kind: 'recording', status: 'recording' }]);
  });

  test('is being recorded from their connection when no sound has come yet', async () => {
    await world.handle(ring({ silent: true }).connected);
    expect(world.facts.ofType('patchbay.recording.v1.RecordingStarted')[0]?.event).toMatchObject({ startedAt: new Date(at(4)) });
  });

  test('becomes a file with both sides, a drawing, and one fact; its sound is cleared away', async () => {
    const { connected, ended } = ring();
    await world.handle(connected);
    await world.handle(ended);
    expect(types()).toEqual(['RecordingStarted', 'RecordingReady']);
    const ready = readyOf();
    expect(ready).toMatchObject({ contactId, durationMs: 10_000n, gapMs: 0n, startedAt: new Date(at(0)), retentionClass: 'three-years', object: { mime: 'audio/wav', name: 'c1.wav' } });
    const wav = world.files.stored.get(ready?.object?.object ?? '') ?? new Uint8Array();
    expect(BigInt(wav.length)).toBe(ready?.object?.sizeBytes);
    expect(amplitudeAt(channelOf(wav, 0), 400, { fromS: 0, toS: 10 })).toBeGreaterThan(7_500);
    expect(amplitudeAt(channelOf(wav, 1), 1_000, { fromS: 4, toS: 10 })).toBeGreaterThan(7_500);
    expect(amplitudeAt(channelOf(wav, 1), 1_000, { fromS: 0, toS: 4 })).toBeLessThan(100);
    const peaks = JSON.parse(Buffer.from(world.files.stored.get(ready?.peaks?.object ?? '') ?? []).toString()) as number[][];
    expect(peaks.map((channel) => channel.length)).toEqual([1_000, 1_000]);
    expect(world.sound.stored).toEqual([]);
    expect(world.index.entries.get('demo.c1')?.kept).toMatchObject({ agents: ['1001'], items: [{ status: 'ready', durationMs: 10_000 }] });
  });

  test('gives the same single recording wherever its recorder dies and however often it starts again', async () => {
    const whole = createWorld();
    world = whole;
    const first = ring();
    await whole.handle(first.connected);
    whole.crashes.arm(-1, 'before');
    await whole.handle(first.ended);
    const expected = { ready: readyOf(), files: [...whole.files.stored].map(([name, bytes]) => [name, bytes.length]) };
    const steps = whole.crashes.seen();
    expect(steps).toBe(5);
    for (let call = 0; call < steps; call += 1) {
      for (const moment of ['before', 'after'] as const) {
        world = createWorld();
        const { connected, ended } = ring();
        await world.handle(connected);
        world.crashes.arm(call, moment);
        // Only the clearing away of sound is left to the age limit of its stream.
        await world.handle(ended).catch((error: unknown) => {
          expect(AppError.from(error).code).toBe('TEST_CRASH');
        });
        await world.handle(ended);
        expect(types()).toEqual(['RecordingStarted', 'RecordingReady']);
        expect(readyOf()).toEqual(expected.ready);
        expect([...world.files.stored].map(([name, bytes]) => [name, bytes.length])).toEqual(expected.files);
        expect(world.index.entries.get('demo.c1')?.kept.items).toMatchObject([{ status: 'ready' }]);
        expect(world.sound.stored).toEqual([]);
      }
    }
  });

  test('whose beginning was missed is recorded all the same', async () => {
    const { ended } = ring();
    await world.handle(ended);
    expect(types()).toEqual(['RecordingStarted', 'RecordingReady']);
  });

  test('without any sound fails with a code, once', async () => {
    const { connected, ended } = ring({ silent: true });
    await world.handle(connected);
    await world.handle(ended);
    await world.handle(ended);
    expect(types()).toEqual(['RecordingStarted', 'RecordingFailed']);
    expect(world.facts.ofType('patchbay.recording.v1.RecordingFailed')[0]?.event).toMatchObject({ code: 'RECORDING_NO_AUDIO' });
    expect(world.index.entries.get('demo.c1')?.kept.items).toMatchObject([{ status: 'failed' }]);
  });

  test('that was never connected and never heard leaves nothing, without a wait', async () => {
    world.add(ContactStarted, -1, { channel: 'voice' });
    world.add(LegStarted, -1, { legId: 'l1', party: Party.CUSTOMER });
    world.clock.jump(at(5) - world.clock.nowMs());
    await world.handle(world.add(ContactEnded, 5, { by: Party.CUSTOMER, reason: EndReason.CUSTOMER_LEFT }));
    expect(types()).toEqual([]);
    expect(world.index.entries.size).toBe(0);
  });

  test('that was given up in the queue is kept when it was heard', async () => {
    world.add(ContactStarted, -1, { channel: 'voice' });
    world.add(LegStarted, -1, { legId: 'l1', party: Party.CUSTOMER });
    world.sound.stored.push(...customerSound);
    await world.handle(world.add(ContactEnded, 10, { by: Party.CUSTOMER, reason: EndReason.CUSTOMER_LEFT }));
    expect(types()).toEqual(['RecordingStarted', 'RecordingReady']);
    expect(readyOf()).toMatchObject({ durationMs: 10_000n, retentionClass: 'default' });
  });

  test('is waited for when only one side of it has been heard', async () => {
    const { ended } = ring();
    world.sound.stored.splice(0, world.sound.stored.length, ...customerSound);
    world.clock.jump(at(10) - world.clock.nowMs());
    const handled = world.handle(ended);
    await world.clock.advanceAsync(1_000);
    expect(types()).toEqual([]);
    world.sound.stored.push(...agentSound);
    await world.clock.advanceAsync(250);
    await handled;
    expect(types()).toEqual(['RecordingStarted', 'RecordingReady']);
  });

  test('waits for its last sound, and takes it when it comes', async () => {
    const { ended } = ring({ last: false });
    world.clock.jump(at(10) - world.clock.nowMs());
    const handled = world.handle(ended);
    await world.clock.advanceAsync(1_000);
    expect(types()).toEqual([]);
    const [late] = toneChunks({ contactId, legId: 'l1', party: Party.CUSTOMER, hertz: 400, fromS: 10, lengthS: 1 });
    if (late !== undefined) world.sound.stored.push({ ...late, chunkNo: 10n });
    await world.clock.advanceAsync(250);
    await handled;
    expect(readyOf()).toMatchObject({ durationMs: 11_000n, gapMs: 0n });
  });

  test('waits no longer than it should, and counts what is missing', async () => {
    const { ended } = ring({ last: false });
    world.sound.stored.splice(0, world.sound.stored.length, ...world.sound.stored.filter((chunk) => chunk.legId !== 'l1' || chunk.chunkNo < 8n));
    world.clock.jump(at(10) - world.clock.nowMs());
    const handled = world.handle(ended);
    await world.clock.advanceAsync(5_000);
    await handled;
    expect(readyOf()).toMatchObject({ durationMs: 10_000n, gapMs: 2_000n });
  });

  test('whose history cannot be read is tried again', async () => {
    const { ended } = ring();
    world.facts.stored.splice(0);
    await expect(world.handle(ended)).rejects.toMatchObject({ code: 'RECORDING_HISTORY_GONE', retryable: true });
  });
});

describe('a text contact', () => {
  function chat(): AnyFact {
    const { add } = world;
    add(ContactStarted, 0, { channel: 'webchat' });
    add(MessageReceived, 1, { messageId: 'm1', content: [{ part: { $case: 'text', value: { text: '我要查账单' } } }] });
    add(ContactAssigned, 2, { assignmentId: 'a', agentId: '1001', queue: 'chat' });
    add(MessageSent, 3, { messageId: 'm2', by: Party.AGENT, agentId: '1001', content: [{ part: { $case: 'text', value: { text: '您好' } } }] });
    add(MessageSent, 4, { messageId: 'm3', by: Party.BOT, content: [{ part: { $case: 'choice', value: { prompt: '满意吗', options: [{ id: '1', label: '满意' }, { id: '2', label: '一般' }] } } }] });
    add(MessageReceived, 5, { messageId: 'm4', content: [{ part: { $case: 'media', value: { kind: MediaKind.IMAGE, object: undefined, caption: '截图' } } }] });
    add(MessageReceived, 5, { messageId: 'm1', content: [{ part: { $case: 'text', value: { text: '我要查账单' } } }] });
    const ended = add(ContactEnded, 6, { by: Party.AGENT, reason: EndReason.AGENT_ENDED });
    add(MessageReceived, 7, { messageId: 'late', content: [{ part: { $case: 'text', value: { text: '还在吗' } } }] });
    return ended;
  }

  const transcriptOf = () => {
    const event = world.facts.ofType('patchbay.recording.v1.TranscriptReady')[0]?.event as TranscriptReady | undefined;
    return { event, turns: JSON.parse(Buffer.from(world.files.stored.get(event?.object?.object ?? '') ?? []).toString()) as { speaker: string; text: string; startMs: string; agentId: string }[] };
  };

  test('becomes a transcript: who said what when, a message once, nothing after the end', async () => {
    await world.handle(chat());
    const { event, turns } = transcriptOf();
    expect(event).toMatchObject({ turns: 4, origin: 'messages', retentionClass: 'default' });
    expect(turns.map(({ speaker, text, startMs, agentId }) => [speaker, text, startMs, agentId ?? ''])).toEqual([
      ['customer', '我要查账单', '1000', ''],
      ['agent', '您好', '3000', '1001'],
      ['bot', '满意吗 [满意] [一般]', '4000', ''],
      ['customer', '[image] 截图', '5000', ''],
    ]);
  });

  test('has one transcript wherever its writer dies', async () => {
    for (let call = 0; call < 3; call += 1) {
      for (const moment of ['before', 'after'] as const) {
        world = createWorld();
        const ended = chat();
        world.crashes.arm(call, moment);
        await expect(world.handle(ended)).rejects.toMatchObject({ code: 'TEST_CRASH' });
        await world.handle(ended);
        expect(types()).toEqual(['TranscriptReady']);
        expect(world.files.stored.size).toBe(1);
        expect(world.index.entries.get('demo.c1')?.kept).toMatchObject({ agents: ['1001'], items: [{ kind: 'transcript', status: 'ready' }] });
      }
    }
  });

  test('in which nothing was said has none', async () => {
    world.add(ContactStarted, 0, { channel: 'webchat' });
    await world.handle(world.add(ContactEnded, 6, { by: Party.CUSTOMER, reason: EndReason.CUSTOMER_LEFT }));
    expect(types()).toEqual([]);
  });
});

test('a legal hold reaches the index and leaves it again', async () => {
  const { ended } = ring();
  await world.handle(ended);
  const recordingId = readyOf()?.recordingId;
  const held = () => world.index.entries.get('demo.c1')?.kept.items[0]?.held;
  await world.handle(world.add(LegalHoldPlaced, 20, { recordingId, reason: 'dispute', actor: 'user:qa' }));
  expect(held()).toBe(true);
  await world.handle(ended);
  expect(held()).toBe(true);
  await world.handle(world.add(LegalHoldLifted, 30, { recordingId, actor: 'user:qa' }));
  expect(held()).toBe(false);
});
