import type { eventTypes, EventType } from '@patchbay/contracts/event-types';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import type { RecordingReady, TranscriptReady } from '@patchbay/contracts/recording/v1/recording_event';
import type { TimeSpan } from './time-span.ts';

/** A fact as far as the story needs it; the bus's facts fit. */
export type StoryFact = { [Type in EventType]: { readonly type: Type; readonly timeMs: number; readonly event: ReturnType<(typeof eventTypes)[Type]['codec']['decode']> } }[EventType];

/** One agent's part of a contact. Times in milliseconds since the Unix epoch. */
export interface ServedPart {
  assignmentId: string;
  agentId: string;
  queue: string;
  /** From when customer and agent could talk. */
  fromMs: number;
  toMs: number;
  endedBy: 'customer' | 'agent' | 'system' | 'transfer';
}

/** A recording that is there. */
export interface HeardRecording {
  ready: RecordingReady;
  startedMs: number;
}

/** What the facts of a contact say that scoring needs. Times in milliseconds since the Unix epoch. */
export interface ContactStory {
  channel: string;
  startedMs: number;
  /** Undefined while it runs. */
  endedMs: number | undefined;
  /** In order; an agent whose set-up failed has none. */
  parts: readonly ServedPart[];
  holds: readonly TimeSpan[];
  recordings: readonly HeardRecording[];
  transcripts: readonly TranscriptReady[];
  /** Scores written so far. */
  scoreIds: ReadonlySet<string>;
}

interface Draft {
  channel: string;
  startedMs: number;
  ended: { timeMs: number; by: ServedPart['endedBy'] } | undefined;
  parts: { offerId: string; part: Omit<ServedPart, 'toMs' | 'endedBy'>; leftMs: number | undefined }[];
  holds: TimeSpan[];
  heldSinceMs: number | undefined;
  recordingStarts: Map<string, number>;
  recordings: { ready: RecordingReady; timeMs: number }[];
  transcripts: TranscriptReady[];
  scoreIds: Set<string>;
}

function endingParty(by: Party): ServedPart['endedBy'] {
  return by === Party.CUSTOMER ? 'customer' : by === Party.AGENT ? 'agent' : 'system';
}

function applyContactFact(draft: Draft, fact: StoryFact): void {
  switch (fact.type) {
    case 'patchbay.contact.v1.ContactStarted':
      draft.channel = fact.event.channel;
      draft.startedMs = fact.timeMs;
      break;
    case 'patchbay.contact.v1.ContactConnected': {
      const connected = draft.parts.find((one) => one.part.assignmentId === fact.event.assignmentId);
      if (connected !== undefined) connected.part.fromMs = fact.timeMs;
      break;
    }
    case 'patchbay.contact.v1.ContactHeld':
      draft.heldSinceMs ??= fact.timeMs;
      break;
    case 'patchbay.contact.v1.ContactRetrieved':
      endHold(draft, fact.timeMs);
      break;
    case 'patchbay.contact.v1.ContactEnded':
      // Terminal: a second one is late and changes nothing.
      draft.ended ??= { timeMs: fact.timeMs, by: endingParty(fact.event.by) };
      break;
    default:
  }
}

function endHold(draft: Draft, timeMs: number): void {
  if (draft.heldSinceMs !== undefined) draft.holds.push({ startMs: draft.heldSinceMs, endMs: timeMs });
  draft.heldSinceMs = undefined;
}

function applyRoutingFact(draft: Draft, fact: StoryFact): void {
  const last = draft.parts.at(-1);
  switch (fact.type) {
    case 'patchbay.routing.v1.ContactAssigned': {
      const { assignmentId, agentId, queue, offerId } = fact.event;
      if (last !== undefined) last.leftMs ??= fact.timeMs;
      draft.parts.push({ offerId, part: { assignmentId, agentId, queue, fromMs: fact.timeMs }, leftMs: undefined });
      break;
    }
    case 'patchbay.routing.v1.ContactQueued':
      if (last !== undefined) last.leftMs ??= fact.timeMs;
      break;
    case 'patchbay.routing.v1.OfferFailed':
      // The media could not be set up: nobody was served.
      draft.parts = draft.parts.filter((one) => one.offerId !== fact.event.offerId);
      break;
    default:
  }
}

function applyOwnFact(draft: Draft, fact: StoryFact): void {
  switch (fact.type) {
    case 'patchbay.recording.v1.RecordingStarted':
      draft.recordingStarts.set(fact.event.recordingId, fact.event.startedAt?.getTime() ?? fact.timeMs);
      break;
    case 'patchbay.recording.v1.RecordingReady':
      draft.recordings.push({ ready: fact.event, timeMs: fact.timeMs });
      break;
    case 'patchbay.recording.v1.TranscriptReady':
      draft.transcripts.push(fact.event);
      break;
    case 'patchbay.quality.v1.ContactScored':
      draft.scoreIds.add(fact.event.scoreId);
      break;
    default:
  }
}

/** Folds the facts of one contact, in stream order, into what scoring needs. */
export function tellContactStory(facts: readonly StoryFact[]): ContactStory {
  const draft: Draft = {
    channel: '',
    startedMs: facts[0]?.timeMs ?? 0,
    ended: undefined,
    parts: [],
    holds: [],
    heldSinceMs: undefined,
    recordingStarts: new Map(),
    recordings: [],
    transcripts: [],
    scoreIds: new Set(),
  };
  for (const fact of facts) {
    applyContactFact(draft, fact);
    applyRoutingFact(draft, fact);
    applyOwnFact(draft, fact);
  }
  const endMs = draft.ended?.timeMs ?? facts.at(-1)?.timeMs ?? draft.startedMs;
  endHold(draft, endMs);
  return {
    channel: draft.channel,
    startedMs: draft.startedMs,
    endedMs: draft.ended?.timeMs,
    parts: draft.parts.map(({ part, leftMs }) => {
      const went = leftMs !== undefined && leftMs <= endMs;
      return { ...part, toMs: went ? leftMs : endMs, endedBy: went ? 'transfer' : (draft.ended?.by ?? 'system') };
    }),
    holds: draft.holds,
    recordings: draft.recordings.map(({ ready, timeMs }) => ({ ready, startedMs: ready.startedAt?.getTime() ?? draft.recordingStarts.get(ready.recordingId) ?? timeMs - Number(ready.durationMs) })),
    transcripts: draft.transcripts,
    scoreIds: draft.scoreIds,
  };
}
