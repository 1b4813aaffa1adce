import { newFact } from '@patchbay/bus/append-facts';
import type { CallContext, RpcImplementation } from '@patchbay/bus/rpc-server';
import type { ObjectRef } from '@patchbay/contracts/message/v1/content';
import { RecordingAccessed } from '@patchbay/contracts/recording/v1/recording_event';
import { RecordingPart, TranscriptTurn, type ReadRecordingResponse, type RecordingServiceDefinition } from '@patchbay/contracts/recording/v1/recording_service';
import { mayRead } from './domain/access.ts';
import { toKeptContact, toRecording, type KeptContact, type KeptItem } from './domain/kept-contact.ts';
import { tellRecordingStory } from './domain/recording-story.ts';
import { recordingError } from './errors.ts';
import type { FactLog, Files, KeptIndex } from './ports.ts';

/** What reading needs. */
export interface ReaderPorts {
  facts: FactLog;
  files: Files;
  index: KeptIndex;
}

type Caller = Pick<CallContext, 'tenant' | 'actor' | 'signal'>;

const contactPattern = /^[A-Za-z0-9_-]{1,128}$/;
const longestTranscriptBytes = 8 * 1024 * 1024;

/**
 * What is kept of a contact: of one whose recording is on its way, or of which nothing is listed yet, as the facts say, which are
 * ahead of the index. So whoever hears that a recording is ready finds it, and who has a call-back in hand the message before it.
 */
async function keptOf(ports: ReaderPorts, tenant: string, contactId: string): Promise<KeptContact> {
  const listed = (await ports.index.get(tenant, contactId))?.kept;
  if (listed?.items.every(({ status }) => status !== 'recording') === true) return listed;
  const told = toKeptContact(contactId, tellRecordingStory(await ports.facts.read(tenant, contactId)));
  // The stream keeps facts for a time only.
  return listed !== undefined && told.items.length < listed.items.length ? listed : told;
}

async function findKept(ports: ReaderPorts, contactId: string, { tenant, actor }: Caller): Promise<KeptContact> {
  if (!contactPattern.test(contactId)) throw recordingError('RECORDING_BAD_REQUEST', { details: { field: 'contact_id' } });
  const kept = await keptOf(ports, tenant, contactId);
  // Whether a contact exists is nobody's business who may not read it.
  if (!mayRead(actor, kept)) throw recordingError('RECORDING_FORBIDDEN');
  return kept;
}

/** A recording, and the contact that it is one of. */
interface KeptRecording {
  readonly contactId: string;
  readonly item: KeptItem;
}

/** The recordings of a contact: before them those of the call whose message it follows up. */
async function recordingsOf(ports: ReaderPorts, kept: KeptContact, tenant: string): Promise<KeptRecording[]> {
  const message = kept.messageIn === undefined ? undefined : await keptOf(ports, tenant, kept.messageIn);
  return [message, kept].flatMap((one) => (one === undefined ? [] : one.items.filter(({ kind }) => kind === 'recording').map((item) => ({ contactId: one.contactId, item }))));
}

/** Every reading is a fact before the first byte goes out; if it cannot be written, nothing is read. */
async function noteAccess(ports: ReaderPorts, { tenant, actor }: Caller, access: { contactId: string; recordingId: string; purpose: string }): Promise<void> {
  await ports.facts.append([newFact(RecordingAccessed, { tenant, key: access.contactId, event: { ...access, actor: actor.subject } })]);
}

function readable(item: KeptItem, object: ObjectRef | undefined): ObjectRef {
  if (item.status === 'erased' || item.status === 'erasing') throw recordingError('RECORDING_ERASED');
  if (item.status !== 'ready' || object === undefined) throw recordingError('RECORDING_NOT_READY', { details: { status: item.status } });
  return object;
}

async function* readRecording(ports: ReaderPorts, request: { contactId: string; recordingId: string; part: RecordingPart }, caller: Caller): AsyncGenerator<ReadRecordingResponse> {
  const kept = await findKept(ports, request.contactId, caller);
  const found = (await recordingsOf(ports, kept, caller.tenant)).findLast(({ item }) => request.recordingId === '' || item.id === request.recordingId);
  if (found === undefined) throw recordingError('RECORDING_UNKNOWN');
  const { contactId, item } = found;
  const isPeaks = request.part === RecordingPart.PEAKS;
  const object = readable(item, isPeaks ? item.peaks : item.object);
  await noteAccess(ports, caller, { contactId, recordingId: item.id, purpose: isPeaks ? 'read' : 'play' });
  let first = true;
  for await (const chunk of ports.files.stream(object.object)) {
    if (caller.signal.aborted) return;
    yield { object: first ? object : undefined, chunk: Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) };
    first = false;
  }
}

async function readTranscript(ports: ReaderPorts, object: ObjectRef): Promise<TranscriptTurn[]> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of ports.files.stream(object.object)) {
    sizeBytes += piece.length;
    if (sizeBytes > longestTranscriptBytes) throw recordingError('RECORDING_BAD_TRANSCRIPT');
    pieces.push(piece);
  }
  try {
    return (JSON.parse(new TextDecoder().decode(Buffer.concat(pieces))) as unknown[]).map((turn) => TranscriptTurn.fromJSON(turn));
  } catch (error) {
    throw recordingError('RECORDING_BAD_TRANSCRIPT', { cause: error });
  }
}

/** Serves what is kept: from the index, so also when the facts have left the stream. */
export function createRecordingService(ports: ReaderPorts): RpcImplementation<typeof RecordingServiceDefinition> {
  return {
    async listRecordings({ contactId }, caller) {
      const kept = await findKept(ports, contactId, caller);
      return { recordings: (await recordingsOf(ports, kept, caller.tenant)).map((one) => toRecording(one.contactId, one.item)) };
    },
    readRecording: (request, caller) => readRecording(ports, request, caller),
    async getTranscript({ contactId }, caller) {
      const kept = await findKept(ports, contactId, caller);
      const item = kept.items.findLast((one) => one.kind === 'transcript');
      if (item === undefined) throw recordingError('RECORDING_NO_TRANSCRIPT');
      const object = readable(item, item.object);
      await noteAccess(ports, caller, { contactId, recordingId: item.id, purpose: 'read' });
      return { contactId, origin: item.origin, turns: await readTranscript(ports, object) };
    },
  };
}
