import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Actor } from '@patchbay/bus/actor';
import { newFact } from '@patchbay/bus/append-facts';
import { ContactStarted } from '@patchbay/contracts/contact/v1/contact_event';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { RecordingAccessed, RecordingReady } from '@patchbay/contracts/recording/v1/recording_event';
import { RecordingPart, RecordingStatus, type ReadRecordingResponse } from '@patchbay/contracts/recording/v1/recording_service';
import { ContactAssigned } from '@patchbay/contracts/routing/v1/routing_event';
import { AppError } from '@patchbay/runtime/app-error';
import type { KeptContact, KeptItem } from './domain/kept-contact.ts';
import { createRecordingService } from './rpc-handlers.ts';
import { createCrashes, createFakeFacts, createFakeFiles, createFakeIndex } from './testing/fakes.ts';

const contactId = 'c1';
const wav = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));

const refOf = (object: string, mime: string) => ({ object, mime, sha256: 'aa', sizeBytes: 1n, name: object });
const recording: KeptItem = {
  id: 'r1',
  kind: 'recording',
  status: 'ready',
  object: refOf('wav', 'audio/wav'),
  peaks: refOf('peaks', 'application/json'),
  durationMs: 10_000,
  gapMs: 20,
  startedMs: 1_000,
  readyMs: 12_000,
  retentionClass: 'default',
  held: false,
  origin: '',
};
const transcript: KeptItem = { ...recording, id: 't1', kind: 'transcript', object: refOf('transcript', 'application/json'), peaks: undefined, origin: 'messages' };

const actorOf = (roles: Role[], more: Partial<Actor> = {}): Actor => ({ subject: 'user:wang', kind: 'user', roles, ...more });
const quality = actorOf([Role.QA]);

function createWorld() {
  const crashes = createCrashes();
  const ports = { facts: createFakeFacts(crashes), files: createFakeFiles(crashes), index: createFakeIndex(crashes) };
  ports.files.stored.set('wav', wav);
  ports.files.stored.set('peaks', Buffer.from('[[0],[1]]'));
  ports.files.stored.set('transcript', Buffer.from(JSON.stringify([{ speaker: 'agent', text: '您好', startMs: '1000' }])));
  return { crashes, ...ports, service: createRecordingService(ports) };
}

let world: ReturnType<typeof createWorld>;
beforeEach(async () => {
  world = createWorld();
  await world.index.put('demo', { contactId, agents: ['1001'], items: [recording, transcript] } satisfies KeptContact);
});

const contextOf = (actor: Actor, tenant = 'demo') => ({ tenant, actor, signal: new AbortController().signal });
const list = (actor: Actor, tenant = 'demo') => world.service.listRecordings({ contactId }, contextOf(actor, tenant));

async function read(actor: Actor, request: { contactId?: string; recordingId?: string; part?: RecordingPart } = {}): Promise<ReadRecordingResponse[]> {
  const responses: ReadRecordingResponse[] = [];
  for await (const response of world.service.readRecording({ contactId, recordingId: '', part: RecordingPart.AUDIO, ...request }, contextOf(actor))) responses.push(response);
  return responses;
}

const codeOf = (promise: Promise<unknown>) => promise.then(() => 'no error', (error: unknown) => AppError.from(error).code);
const accesses = () => world.facts.stored.map((fact) => (fact.type === RecordingAccessed.$type ? (fact.event as RecordingAccessed) : undefined));

describe('what is kept', () => {
  test('is listed for quality staff, leads, trainers, administrators and services', async () => {
    for (const actor of [quality, actorOf([Role.TEAM_LEAD]), actorOf([Role.TRAINER]), actorOf([Role.ADMIN]), actorOf([], { kind: 'service' })]) {
      expect((await list(actor)).recordings).toMatchObject([{ recordingId: 'r1', contactId, status: RecordingStatus.READY, durationMs: 10_000n, gapMs: 20n, startedAt: new Date(1_000) }]);
    }
  });

  test('is for an agent only of own contacts, and for nobody of another tenant', async () => {
    expect((await list(actorOf([Role.AGENT], { agent: '1001' }))).recordings).toHaveLength(1);
    expect(await codeOf(list(actorOf([Role.AGENT], { agent: '1002' })))).toBe('RECORDING_FORBIDDEN');
    expect(await codeOf(list(actorOf([Role.AGENT])))).toBe('RECORDING_FORBIDDEN');
    expect(await codeOf(list(actorOf([Role.MANAGER], { agent: '1001' })))).toBe('RECORDING_FORBIDDEN');
    expect((await list(quality, 'other')).recordings).toEqual([]);
  });

  test('is asked for by contact', async () => {
    for (const bad of ['', 'a.b', '../x', 'x'.repeat(200)]) expect(await codeOf(world.service.listRecordings({ contactId: bad }, contextOf(quality)))).toBe('RECORDING_BAD_REQUEST');
  });
});

describe('reading a recording', () => {
  test('gives the file in order, and says who listened before the first byte', async () => {
    const responses = await read(quality);
    expect(responses[0]?.object?.object).toBe('wav');
    expect(responses.slice(1).every((response) => response.object === undefined)).toBe(true);
    expect(Buffer.concat(responses.map((response) => response.chunk)).equals(wav)).toBe(true);
    expect(Math.max(...responses.map((response) => response.chunk.length))).toBeLessThanOrEqual(256 * 1024);
    expect(accesses()).toEqual([{ contactId, recordingId: 'r1', actor: 'user:wang', purpose: 'play' }]);
  });

  test('gives the drawing', async () => {
    const [response] = await read(quality, { recordingId: 'r1', part: RecordingPart.PEAKS });
    expect(response?.chunk.toString()).toBe('[[0],[1]]');
  });

  test('gives nothing when it cannot be noted who listened', async () => {
    world.crashes.arm(0, 'before');
    expect(await codeOf(read(quality))).toBe('TEST_CRASH');
  });

  test('is refused without the right, and leaves no trace of a reading', async () => {
    expect(await codeOf(read(actorOf([Role.AGENT], { agent: '1002' })))).toBe('RECORDING_FORBIDDEN');
    expect(accesses()).toEqual([]);
  });

  test.each([
    ['that does not exist', { recordingId: 'r9' }, recording, 'RECORDING_UNKNOWN'],
    ['that runs', {}, { ...recording, status: 'recording' as const, object: undefined }, 'RECORDING_NOT_READY'],
    ['that failed', {}, { ...recording, status: 'failed' as const, object: undefined }, 'RECORDING_NOT_READY'],
    ['that is being erased', {}, { ...recording, status: 'erasing' as const }, 'RECORDING_ERASED'],
    ['that was erased', {}, { ...recording, status: 'erased' as const, object: undefined }, 'RECORDING_ERASED'],
  ])('of one %s says so', async (_, request, item, code) => {
    await world.index.put('demo', { contactId, agents: [], items: [item] });
    expect(await codeOf(read(quality, request))).toBe(code);
    expect(accesses()).toEqual([]);
  });
});

test('a recording that is ready is found though the index still has it on its way', async () => {
  await world.index.put('demo', { contactId, agents: ['1001'], items: [{ ...recording, status: 'recording', object: undefined }] });
  expect((await list(quality)).recordings).toMatchObject([{ recordingId: 'r1', status: RecordingStatus.RECORDING }]);
  world.facts.add(newFact(RecordingReady, { tenant: 'demo', key: contactId, event: RecordingReady.fromPartial({ recordingId: 'r1', contactId, object: refOf('wav', 'audio/wav'), durationMs: 10_000n }) }));
  expect((await list(quality)).recordings).toMatchObject([{ recordingId: 'r1', status: RecordingStatus.READY }]);
  expect((await read(quality))[0]?.object?.object).toBe('wav');
});

describe('a call-back that follows up a message', () => {
  const anna = actorOf([Role.AGENT], { agent: '1002' });
  const start = (value: string) => {
    world.facts.add(newFact(ContactStarted, { tenant: 'demo', key: 'c2', event: ContactStarted.fromPartial({ contactId: 'c2', channel: 'voice', parentContactId: contactId, attributes: [{ name: 'call_back', value }] }) }));
  };
  const assign = () => world.facts.add(newFact(ContactAssigned, { tenant: 'demo', key: 'c2', event: ContactAssigned.fromPartial({ contactId: 'c2', assignmentId: 'a2', agentId: '1002' }) }));

  test('lets the agent who has it hear the message before the customer is called, and says so', async () => {
    start('voicemail');
    expect(await codeOf(world.service.listRecordings({ contactId: 'c2' }, contextOf(anna)))).toBe('RECORDING_FORBIDDEN');
    assign();
    expect((await world.service.listRecordings({ contactId: 'c2' }, contextOf(anna))).recordings).toMatchObject([{ recordingId: 'r1', contactId, status: RecordingStatus.READY }]);
    const [first] = await read(anna, { contactId: 'c2' });
    expect(first?.object?.object).toBe('wav');
    expect(accesses().filter(Boolean)).toEqual([{ contactId, recordingId: 'r1', actor: 'user:wang', purpose: 'play' }]);
  });

  test('has its own recording as the last, and the message still before it', async () => {
    await world.index.put('demo', { contactId: 'c2', agents: ['1002'], messageIn: contactId, items: [{ ...recording, id: 'r2', object: refOf('peaks', 'audio/wav') }] });
    expect((await world.service.listRecordings({ contactId: 'c2' }, contextOf(anna))).recordings.map((one) => one.recordingId)).toEqual(['r1', 'r2']);
    const [last] = await read(anna, { contactId: 'c2' });
    expect(last?.object?.object).toBe('peaks');
    expect(await codeOf(list(anna))).toBe('RECORDING_FORBIDDEN');
  });

  test('gives nothing of the call before when it was asked for, not left as a message', async () => {
    start('asked');
    assign();
    expect((await world.service.listRecordings({ contactId: 'c2' }, contextOf(anna))).recordings).toEqual([]);
    expect(await codeOf(read(anna, { contactId: 'c2', recordingId: 'r1' }))).toBe('RECORDING_UNKNOWN');
  });
});

describe('reading a transcript', () => {
  const get = () => world.service.getTranscript({ contactId }, contextOf(quality));

  test('gives its turns and says who read', async () => {
    expect(await get()).toMatchObject({ contactId, origin: 'messages', turns: [{ speaker: 'agent', text: '您好', startMs: 1_000n }] });
    expect(accesses()).toMatchObject([{ recordingId: 't1', purpose: 'read' }]);
  });

  test('of a contact without one says so', async () => {
    await world.index.put('demo', { contactId, agents: [], items: [recording] });
    expect(await codeOf(get())).toBe('RECORDING_NO_TRANSCRIPT');
  });

  test('that is damaged says so', async () => {
    world.files.stored.set('transcript', Buffer.from('{"speaker"'));
    expect(await codeOf(get())).toBe('RECORDING_BAD_TRANSCRIPT');
  });
});
