import type { ObjectRef } from '@patchbay/contracts/message/v1/content';
import { RecordingStatus, type Recording } from '@patchbay/contracts/recording/v1/recording_service';
import type { RecordingStory } from './recording-story.ts';

/** How far one thing that is kept is. `erasing` is between the decision and the fact. */
export type KeptStatus = 'recording' | 'ready' | 'failed' | 'erasing' | 'erased';

/** A recording or transcript. */
export interface KeptItem {
  id: string;
  kind: 'recording' | 'transcript';
  status: KeptStatus;
  /** Claim checks; gone once it is erased. */
  object: ObjectRef | undefined;
  peaks: ObjectRef | undefined;
  durationMs: number;
  gapMs: number;
  /** When it began, milliseconds since the Unix epoch. */
  startedMs: number;
  /** When it was ready: retention counts from here. */
  readyMs: number | undefined;
  retentionClass: string;
  /** Under legal hold: it must not be erased. */
  held: boolean;
  /** Where a transcript came from; empty for recordings. */
  origin: string;
}

/** What is kept of one contact: the index entry that outlives the stream of facts. */
export interface KeptContact {
  contactId: string;
  /** Agents who had the contact: they may read what is kept of it. */
  agents: readonly string[];
  /** The call in which a message was left that this contact follows up: who may read the one may read the other. */
  messageIn?: string | undefined;
  items: readonly KeptItem[];
}

function recordingOf(story: RecordingStory): KeptItem[] {
  const { recordingStarted: started, recordingReady: ready, recordingFailed: failed } = story;
  const id = ready?.event.recordingId ?? started?.recordingId;
  if (id === undefined) return [];
  return [
    {
      id,
      kind: 'recording',
      status: ready !== undefined ? 'ready' : failed !== undefined ? 'failed' : 'recording',
      object: ready?.event.object,
      peaks: ready?.event.peaks,
      durationMs: Number(ready?.event.durationMs ?? 0n),
      gapMs: Number(ready?.event.gapMs ?? 0n),
      startedMs: ready?.event.startedAt?.getTime() ?? started?.startedMs ?? story.startedMs,
      readyMs: ready?.timeMs,
      retentionClass: ready?.event.retentionClass ?? '',
      held: story.held.has(id),
      origin: '',
    },
  ];
}

function transcriptOf(story: RecordingStory): KeptItem[] {
  const ready = story.transcriptReady;
  if (ready === undefined) return [];
  return [
    {
      id: ready.event.transcriptId,
      kind: 'transcript',
      status: 'ready',
      object: ready.event.object,
      peaks: undefined,
      durationMs: 0,
      gapMs: 0,
      startedMs: story.startedMs,
      readyMs: ready.timeMs,
      retentionClass: ready.event.retentionClass,
      held: story.held.has(ready.event.transcriptId),
      origin: ready.event.origin,
    },
  ];
}

/** What the facts of a contact say is kept of it. */
export function toKeptContact(contactId: string, story: RecordingStory): KeptContact {
  const gone = new Set(story.erased.map((erased) => erased.recordingId));
  const items = [...recordingOf(story), ...transcriptOf(story)].map((item) => (gone.has(item.id) ? erasedItem(item) : item));
  return { contactId, agents: story.agents, messageIn: story.messageIn, items };
}

/** The item after its bytes are gone: what it was stays known. */
export function erasedItem(item: KeptItem): KeptItem {
  return { ...item, status: 'erased', object: undefined, peaks: undefined };
}

/** The entry with one item replaced. */
export function withItem(kept: KeptContact, item: KeptItem): KeptContact {
  return { ...kept, items: kept.items.map((one) => (one.id === item.id ? item : one)) };
}

const statuses: Readonly<Record<KeptStatus, RecordingStatus>> = {
  recording: RecordingStatus.RECORDING,
  ready: RecordingStatus.READY,
  failed: RecordingStatus.FAILED,
  erasing: RecordingStatus.ERASED,
  erased: RecordingStatus.ERASED,
};

/** A recording as callers see it. */
export function toRecording(contactId: string, item: KeptItem): Recording {
  return {
    recordingId: item.id,
    contactId,
    status: statuses[item.status],
    object: item.object,
    durationMs: BigInt(item.durationMs),
    gapMs: BigInt(item.gapMs),
    startedAt: new Date(item.startedMs),
    retentionClass: item.retentionClass,
  };
}
