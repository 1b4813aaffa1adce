import { partyView } from './contact-facts.ts';
import { line, type Change, type FactHandlers, type Story } from './story.ts';
import type { LegView } from './views.ts';

function legChanged(story: Story, legId: string, change: Partial<LegView>): Change {
  return { view: { legs: story.view.legs.map((leg) => (leg.legId === legId ? { ...leg, ...change } : leg)) } };
}

/** Facts of call legs, recordings and scores. */
export const mediaFacts: FactHandlers = {
  'patchbay.voice.v1.LegStarted': (story, event, fact) => ({
    view: {
      legs: [
        ...story.view.legs.filter((leg) => leg.legId !== event.legId),
        { legId: event.legId, party: partyView(event.party), agentId: event.agentId, state: 'started', sinceMs: fact.timeMs },
      ],
    },
  }),
  'patchbay.voice.v1.LegRang': (story, event, fact) => legChanged(story, event.legId, { state: 'ringing', sinceMs: fact.timeMs }),
  'patchbay.voice.v1.LegAnswered': (story, event, fact) => legChanged(story, event.legId, { state: 'answered', sinceMs: fact.timeMs }),
  'patchbay.voice.v1.LegEnded': (story, event, fact) => legChanged(story, event.legId, { state: 'ended', sinceMs: fact.timeMs }),

  'patchbay.recording.v1.RecordingStarted': (_story, _event, fact) => ({ view: { recording: 'recording' }, items: [line(fact, 'recording_started')] }),
  'patchbay.recording.v1.RecordingPaused': (_story, event, fact) => ({
    view: { recording: 'paused' },
    items: [line(fact, 'recording_paused', { reason: event.reason })],
  }),
  'patchbay.recording.v1.RecordingResumed': (_story, _event, fact) => ({ view: { recording: 'recording' }, items: [line(fact, 'recording_resumed')] }),
  'patchbay.recording.v1.RecordingReady': (_story, event, fact) => ({
    view: { recording: 'ready' },
    items: [line(fact, 'recording_ready', { durationMs: String(event.durationMs) })],
  }),
  'patchbay.recording.v1.RecordingFailed': (_story, event, fact) => ({
    view: { recording: 'failed' },
    items: [line(fact, 'recording_failed', { code: event.code })],
  }),
  'patchbay.recording.v1.RecordingErased': (_story, _event, fact) => ({ view: { recording: 'erased' }, items: [line(fact, 'recording_erased')] }),

  'patchbay.quality.v1.ContactScored': (_story, event, fact) => ({
    view: { scorePct: event.scorePct },
    items: [line(fact, 'scored', { scorePct: String(Math.round(event.scorePct)) })],
  }),
};
