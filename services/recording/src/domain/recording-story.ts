import type { eventTypes, EventType } from '@patchbay/contracts/event-types';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import type { MessageReceived, MessageSent } from '@patchbay/contracts/message/v1/message_event';
import type { RecordingErased, RecordingReady, TranscriptReady } from '@patchbay/contracts/recording/v1/recording_event';

/** A fact as far as the story needs it; the bus's facts fit. */
export type StoryFact = {
  [Type in EventType]: { readonly type: Type; readonly timeMs: number; readonly sequence: number; readonly event: ReturnType<(typeof eventTypes)[Type]['codec']['decode']> };
}[EventType];

/** One leg of a call. */
export interface LegStory {
  party: Party;
  endedMs: number | undefined;
}

/** One message, in the order of the contact. */
export type MessageFact = { kind: 'received'; timeMs: number; event: MessageReceived } | { kind: 'sent'; timeMs: number; event: MessageSent };

/** What the facts of a contact say that recording needs. Times in milliseconds since the Unix epoch. */
export interface RecordingStory {
  startedMs: number;
  /** Undefined while it runs. */
  endedMs: number | undefined;
  /** When customer and an agent could first talk. */
  connectedMs: number | undefined;
  legs: ReadonlyMap<string, LegStory>;
  /** Messages up to the end of the contact. */
  messages: readonly MessageFact[];
  /** The call in which a message was left that this contact follows up; undefined for none. */
  messageIn: string | undefined;
  /** Agents who had the contact, each once. */
  agents: readonly string[];
  /** Queue of the last assignment or request; empty for none. */
  queue: string;
  recordingStarted: { recordingId: string; startedMs: number } | undefined;
  recordingReady: { event: RecordingReady; timeMs: number } | undefined;
  recordingFailed: { code: string } | undefined;
  transcriptReady: { event: TranscriptReady; timeMs: number } | undefined;
  /** Recordings and transcripts under legal hold. */
  held: ReadonlySet<string>;
  erased: readonly RecordingErased[];
  /** Stream sequence of the last recording fact; 0 for none. */
  lastSequence: number;
}

interface Draft extends RecordingStory {
  legs: Map<string, LegStory>;
  messages: MessageFact[];
  agents: string[];
  held: Set<string>;
  erased: RecordingErased[];
}

function applyContact(draft: Draft, fact: StoryFact): void {
  switch (fact.type) {
    case 'patchbay.contact.v1.ContactStarted':
      draft.startedMs = fact.timeMs;
      if (fact.event.attributes.some(({ name, value }) => name === 'call_back' && value === 'voicemail')) draft.messageIn = fact.event.parentContactId;
      break;
    case 'patchbay.contact.v1.ContactConnected':
      draft.connectedMs ??= fact.timeMs;
      break;
    case 'patchbay.contact.v1.RoutingRequested':
      draft.queue = fact.event.queue;
      break;
    case 'patchbay.contact.v1.ContactEnded':
      // Terminal: a second one is late and changes nothing.
      draft.endedMs ??= fact.timeMs;
      break;
    case 'patchbay.routing.v1.ContactAssigned':
      draft.queue = fact.event.queue;
      if (!draft.agents.includes(fact.event.agentId)) draft.agents.push(fact.event.agentId);
      break;
    default:
  }
}

function legOf(draft: Draft, legId: string): LegStory {
  const known = draft.legs.get(legId) ?? { party: Party.UNSPECIFIED, endedMs: undefined };
  draft.legs.set(legId, known);
  return known;
}

function applyMedium(draft: Draft, fact: StoryFact): void {
  switch (fact.type) {
    case 'patchbay.voice.v1.LegStarted':
      legOf(draft, fact.event.legId).party = fact.event.party;
      break;
    case 'patchbay.voice.v1.LegEnded':
      legOf(draft, fact.event.legId).endedMs ??= fact.timeMs;
      break;
    case 'patchbay.message.v1.MessageReceived':
      if (draft.endedMs === undefined) draft.messages.push({ kind: 'received', timeMs: fact.timeMs, event: fact.event });
      break;
    case 'patchbay.message.v1.MessageSent':
      if (draft.endedMs === undefined) draft.messages.push({ kind: 'sent', timeMs: fact.timeMs, event: fact.event });
      break;
    default:
  }
}

function applyOwn(draft: Draft, fact: StoryFact): void {
  switch (fact.type) {
    case 'patchbay.recording.v1.RecordingStarted':
      draft.recordingStarted ??= { recordingId: fact.event.recordingId, startedMs: fact.event.startedAt?.getTime() ?? fact.timeMs };
      break;
    case 'patchbay.recording.v1.RecordingReady':
      draft.recordingReady ??= { event: fact.event, timeMs: fact.timeMs };
      break;
    case 'patchbay.recording.v1.RecordingFailed':
      draft.recordingFailed ??= { code: fact.event.code };
      break;
    case 'patchbay.recording.v1.TranscriptReady':
      draft.transcriptReady ??= { event: fact.event, timeMs: fact.timeMs };
      break;
    case 'patchbay.recording.v1.LegalHoldPlaced':
      draft.held.add(fact.event.recordingId);
      break;
    case 'patchbay.recording.v1.LegalHoldLifted':
      draft.held.delete(fact.event.recordingId);
      break;
    case 'patchbay.recording.v1.RecordingErased':
      draft.erased.push(fact.event);
      break;
    default:
      return;
  }
}

/** Folds the facts of one contact, in stream order, into what recording needs. */
export function tellRecordingStory(facts: readonly StoryFact[]): RecordingStory {
  const draft: Draft = {
    startedMs: facts[0]?.timeMs ?? 0,
    endedMs: undefined,
    connectedMs: undefined,
    legs: new Map(),
    messages: [],
    messageIn: undefined,
    agents: [],
    queue: '',
    recordingStarted: undefined,
    recordingReady: undefined,
    recordingFailed: undefined,
    transcriptReady: undefined,
    held: new Set(),
    erased: [],
    lastSequence: 0,
  };
  for (const fact of facts) {
    applyContact(draft, fact);
    applyMedium(draft, fact);
    applyOwn(draft, fact);
    if (fact.type.startsWith('patchbay.recording.')) draft.lastSequence = fact.sequence;
  }
  return draft;
}
