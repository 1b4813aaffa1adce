import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Actor } from '@patchbay/bus/actor';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import type { AnyFact } from '@patchbay/bus/fact';
import { openKv } from '@patchbay/bus/kv';
import { readAudio } from '@patchbay/bus/media';
import { openObjects } from '@patchbay/bus/objects';
import { readFacts } from '@patchbay/bus/read-facts';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { Queue, Resource, Role } from '@patchbay/contracts/directory/v1/resource';
import { LegalHoldPlaced, type RecordingReady } from '@patchbay/contracts/recording/v1/recording_event';
import { RecordingPart, RecordingServiceDefinition, RecordingStatus } from '@patchbay/contracts/recording/v1/recording_service';
import { createBusFactLog } from '@patchbay/recording/adapters/bus-fact-log';
import { createBusSound } from '@patchbay/recording/adapters/bus-sound';
import { createKvKeptIndex } from '@patchbay/recording/adapters/kv-kept-index';
import { createMirroredCentres } from '@patchbay/recording/adapters/mirrored-centres';
import { createFactHandler } from '@patchbay/recording/handlers';
import { sweepRetention } from '@patchbay/recording/retention-sweep';
import { startRecording } from '@patchbay/recording/service';
import { amplitudeAt, channelOf, toneChunks } from '@patchbay/recording/testing/tones';
import { AppError } from '@patchbay/runtime/app-error';
import { systemClock } from '@patchbay/runtime/clock';
import { createReadiness } from '@patchbay/runtime/health-server';
import { createIdSource } from '@patchbay/runtime/ids';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import type { RunningService } from '@patchbay/runtime/run-service';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import { createContactWriter } from '../support/recorded-contact.ts';

const ids = createIdSource();
const tenant = 'demo';
const quality: Actor = { subject: 'user:qa', kind: 'user', roles: [Role.QA] };
const limits = { lastChunkWaitMs: 5_000, longestMs: 3_600_000 };
let nats: TestNats;
let bus: BusConnection;
const cleanups: (() => Promise<unknown> | void)[] = [];

beforeAll(async () => {
  nats = await startNats();
  bus = await connectTestBus(nats.url, 'voice-gateway');
  const directory = await openKv(bus, 'directory');
  const put = (kind: string, name: string, spec: Resource['spec']) => directory.put(`${tenant}.${kind}.${name}`, Resource.encode(Resource.fromPartial({ kind, name, revision: 1n, spec })).finish());
  await put('Queue', 'billing', { $case: 'queue', value: Queue.fromPartial({ retentionClass: 'month' }) });
  await put('RetentionClass', 'month', { $case: 'retentionClass', value: { titles: {}, days: 30, basis: '' } });
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(async () => {
  await bus.drain();
  await nats.stop();
});

async function startRecorder(): Promise<RunningService> {
  const service = await startRecording(
    { natsUrl: nats.url, replicas: 1, lastChunkWaitMs: limits.lastChunkWaitMs, longestMs: limits.longestMs, sweepEveryMs: 3_600_000 },
    { name: 'recording', log: silentLogger, metrics: createMetrics('recording'), readiness: createReadiness() },
  );
  cleanups.push(() => service.stop());
  return service;
}

/** The recorder as it runs in production, to be killed. */
function spawnRecorder(): ChildProcess {
  const main = fileURLToPath(new URL('../../services/recording/src/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main], { env: { ...process.env, NATS_URL: nats.url, PATCHBAY_LAST_CHUNK_WAIT_MS: '20000', PATCHBAY_LOG_LEVEL: 'error' }, stdio: 'ignore' });
  cleanups.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

const recordingFacts = async (contactId: string): Promise<AnyFact[]> => readFacts(bus, { tenant, key: contactId, domains: ['recording'] });
const typesOf = async (contactId: string) => (await recordingFacts(contactId)).map((fact) => fact.type.replace('patchbay.recording.v1.', ''));

async function readyOf(contactId: string): Promise<RecordingReady> {
  const fact = await eventually('the recording is ready', async () => (await recordingFacts(contactId)).find((one) => one.type === 'patchbay.recording.v1.RecordingReady'), 40_000);
  return fact.event as RecordingReady;
}

/** A call of six seconds: customer 400 Hz all along, agent 1000 Hz from second two. */
async function call(options: { end?: boolean; last?: boolean } = {}) {
  const contactId = ids.next();
  const startMs = systemClock.nowMs() - 6_000;
  const writer = createContactWriter(bus, contactId, startMs);
  // The tones begin at a fixed time; here the sound is moved to the time of the facts.
  const moved = (fields: Parameters<typeof toneChunks>[0]) => toneChunks(fields).map((chunk) => ({ ...chunk, startNs: chunk.startNs + BigInt(startMs - Date.UTC(2026, 0, 5, 1, 0, 0)) * 1_000_000n }));
  await writer.started(-1, 'voice');
  await writer.legAnswered(0, 'l1', Party.CUSTOMER);
  await writer.assigned(1, '1001', 'billing');
  await writer.legAnswered(2, 'l2', Party.AGENT);
  await writer.connected(2, '1001');
  const customer = moved({ contactId, legId: 'l1', party: Party.CUSTOMER, hertz: 400, fromS: 0, lengthS: 6 });
  const last = options.last === false ? customer.pop() : undefined;
  await writer.sound([...customer, ...moved({ contactId, legId: 'l2', party: Party.AGENT, hertz: 1_000, fromS: 2, lengthS: 4, codec: 'PCMA' })]);
  if (options.end !== false) await writer.ended(6);
  return { contactId, writer, last };
}

async function download(contactId: string): Promise<Buffer> {
  const client = createRpcClient(bus, RecordingServiceDefinition);
  const parts: Uint8Array[] = [];
  for await (const { chunk } of client.readRecording({ contactId, part: RecordingPart.AUDIO }, { tenant, actor: quality })) parts.push(chunk);
  return Buffer.concat(parts);
}

function expectBothSides(wav: Buffer): void {
  expect(amplitudeAt(channelOf(wav, 0), 400, { fromS: 0, toS: 6 })).toBeGreaterThan(7_500);
  expect(amplitudeAt(channelOf(wav, 0), 1_000, { fromS: 0, toS: 6 })).toBeLessThan(200);
  expect(amplitudeAt(channelOf(wav, 1), 1_000, { fromS: 2, toS: 6 })).toBeGreaterThan(7_500);
  expect(amplitudeAt(channelOf(wav, 1), 1_000, { fromS: 0, toS: 1.9 })).toBeLessThan(200);
}

describe('a call', () => {
  test('is recorded on both sides, found and read by those who may, with a note of each reading', async () => {
    await startRecorder();
    const { contactId } = await call();
    const ready = await readyOf(contactId);
    expect(ready).toMatchObject({ durationMs: 6_000n, gapMs: 0n, retentionClass: 'month' });
    expect(await typesOf(contactId)).toEqual(['RecordingStarted', 'RecordingReady']);
    const client = createRpcClient(bus, RecordingServiceDefinition);
    const listed = await eventually('it is listed', async () => {
      const { recordings } = await client.listRecordings({ contactId }, { tenant, actor: { ...quality, roles: [Role.AGENT], agent: '1001' } });
      return recordings[0]?.status === RecordingStatus.READY && recordings[0];
    });
    expect(listed).toMatchObject({ recordingId: ready.recordingId, durationMs: 6_000n });
    const wav = await download(contactId);
    expect(BigInt(wav.length)).toBe(ready.object?.sizeBytes);
    expectBothSides(wav);
    const stranger = { ...quality, roles: [Role.AGENT], agent: '1002' };
    await expect(client.listRecordings({ contactId }, { tenant, actor: stranger })).rejects.toMatchObject({ code: 'RECORDING_FORBIDDEN' });
    expect((await typesOf(contactId)).slice(2)).toEqual(['RecordingAccessed']);
    await eventually('the sound is cleared away', async () => {
      for await (const chunk of readAudio(bus, { tenant, contactId })) return chunk === undefined;
      return true;
    });
  });

  test('whose recorder is killed while it waits for the last sound is recorded once by the next', async () => {
    const first = spawnRecorder();
    const { contactId, writer, last } = await call({ last: false });
    await eventually('the recorder is at work', async () => (await typesOf(contactId)).includes('RecordingStarted'), 30_000);
    first.kill('SIGKILL');
    await once(first, 'exit');
    if (last !== undefined) await writer.sound([last]);
    spawnRecorder();
    const ready = await readyOf(contactId);
    expect(ready).toMatchObject({ durationMs: 6_000n, gapMs: 0n });
    expectBothSides(Buffer.from(await (await openObjects(bus, 'recordings')).get(ready.object?.object ?? '')));
    expect(await typesOf(contactId)).toEqual(['RecordingStarted', 'RecordingReady']);
  });
});

describe('a recorder that dies', () => {
  /** The handler over the real bus, with one port that fails once, before or after its effect. */
  async function createDyingHandler(step: 'put' | 'append' | 'index', moment: 'before' | 'after') {
    const own = await connectTestBus(nats.url, 'recording');
    cleanups.push(() => own.drain());
    const centres = await createMirroredCentres(own);
    cleanups.push(() => {
      centres.stop();
    });
    let armed = true;
    const dying =
      <Args extends unknown[], Result>(name: string, run: (...args: Args) => Promise<Result>) =>
      async (...args: Args): Promise<Result> => {
        const dies = armed && name === step;
        const fault = () => new AppError('TEST_CRASH', { status: 'internal', meaning: 'The process ended here.', remedy: '' });
        if (dies && moment === 'before') throw fault();
        const result = await run(...args);
        if (dies) throw fault();
        return result;
      };
    const facts = createBusFactLog(own);
    const files = await openObjects(own, 'recordings');
    const index = await createKvKeptIndex(own);
    const handle = createFactHandler({
      facts: { ...facts, append: dying('append', facts.append) },
      files: { ...files, put: dying('put', files.put) },
      index: { ...index, put: dying('index', index.put) },
      sound: createBusSound(own),
      centres,
      clock: systemClock,
      log: silentLogger,
      metrics: createMetrics('recording'),
      limits,
    });
    return {
      handle,
      heal: () => {
        armed = false;
      },
      files,
      index,
    };
  }

  test.each([
    ['put', 'before'],
    ['put', 'after'],
    ['append', 'before'],
    ['append', 'after'],
    ['index', 'before'],
    ['index', 'after'],
  ] as const)('at %s, %s its effect, leaves one whole recording after the redelivery', async (step, moment) => {
    const { contactId } = await call();
    const ended = (await readFacts(bus, { tenant, key: contactId, domains: ['contact'] })).find((fact) => fact.type === 'patchbay.contact.v1.ContactEnded');
    const { handle, heal, files, index } = await createDyingHandler(step, moment);
    if (ended === undefined) throw new Error('the call did not end');
    await expect(handle(ended)).rejects.toMatchObject({ code: 'TEST_CRASH' });
    heal();
    await handle(ended);
    await handle(ended);
    expect(await typesOf(contactId)).toEqual(['RecordingStarted', 'RecordingReady']);
    const ready = await readyOf(contactId);
    const stored = await files.describe(ready.object?.object ?? '');
    expect(stored).toMatchObject({ sha256: ready.object?.sha256, sizeBytes: ready.object?.sizeBytes });
    expect((await index.get(tenant, contactId))?.kept.items).toMatchObject([{ id: ready.recordingId, status: 'ready', object: { sizeBytes: ready.object?.sizeBytes } }]);
  });
});

test('a chat becomes a transcript that can be read', async () => {
  await startRecorder();
  const contactId = ids.next();
  const writer = createContactWriter(bus, contactId, systemClock.nowMs() - 10_000);
  await writer.started(0, 'webchat');
  await writer.received(1, ids.next(), '账单怎么这么多');
  await writer.assigned(2, '1001', 'billing');
  await writer.sent(3, ids.next(), '1001', '您好，请问有什么可以帮您？');
  await writer.ended(9, Party.AGENT);
  await eventually('the transcript is ready', async () => (await typesOf(contactId)).includes('TranscriptReady'));
  const client = createRpcClient(bus, RecordingServiceDefinition);
  const transcript = await eventually('it can be read', () => client.getTranscript({ contactId }, { tenant, actor: quality }));
  expect(transcript.turns.map(({ speaker, text, startMs, agentId }) => [speaker, text, startMs, agentId])).toEqual([
    ['customer', '账单怎么这么多', 1_000n, ''],
    ['agent', '您好，请问有什么可以帮您？', 3_000n, '1001'],
  ]);
  const { recordings } = await client.listRecordings({ contactId }, { tenant, actor: quality });
  expect(recordings).toEqual([]);
});

test('after its retention class a recording is erased for good, one under legal hold is not', async () => {
  await startRecorder();
  const [gone, held] = [await call(), await call()];
  const ready = await readyOf(gone.contactId);
  const heldReady = await readyOf(held.contactId);
  const index = await createKvKeptIndex(bus);
  await appendFacts(bus, [newFact(LegalHoldPlaced, { tenant, key: held.contactId, event: { contactId: held.contactId, recordingId: heldReady.recordingId, reason: 'dispute', actor: quality.subject } })]);
  await eventually('the hold is known', async () => (await index.get(tenant, held.contactId))?.kept.items[0]?.held);
  await eventually('the other is listed', async () => (await index.get(tenant, gone.contactId))?.kept.items[0]?.status === 'ready');
  const centres = await createMirroredCentres(bus);
  cleanups.push(() => {
    centres.stop();
  });
  const files = await openObjects(bus, 'recordings');
  const clock = createFakeClock(systemClock.nowMs() + 31 * 86_400_000);
  const sweep = () => sweepRetention({ facts: createBusFactLog(bus), files, index, centres, clock, log: silentLogger, metrics: createMetrics('sweep') }, new AbortController().signal);
  // What the recorder is still listing of the tests before is left for the next time.
  await eventually('nothing is left to erase', async () => (await sweep()) === 0);
  expect((await typesOf(gone.contactId)).filter((type) => type === 'RecordingErased')).toHaveLength(1);
  expect(await files.describe(ready.object?.object ?? '')).toBeUndefined();
  expect(await files.describe(heldReady.object?.object ?? '')).toBeDefined();
  await expect(download(gone.contactId)).rejects.toMatchObject({ code: 'RECORDING_ERASED' });
  expectBothSides(await download(held.contactId));
});
