import { describe, expect, test } from '@jest/globals';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { ContactConnected, ContactEnded, ContactHeld, ContactRetrieved, ContactStarted } from '@patchbay/contracts/contact/v1/contact_event';
import { RecordingReady, RecordingStarted } from '@patchbay/contracts/recording/v1/recording_event';
import { ContactAssigned, ContactQueued, OfferFailed } from '@patchbay/contracts/routing/v1/routing_event';
import { TranscriptTurn } from '@patchbay/contracts/recording/v1/recording_service';
import { tellContactStory, type StoryFact } from './contact-story.ts';
import { minuteOfDay, toScoringInput } from './scoring-parts.ts';

const startMs = Date.UTC(2026, 0, 5, 1, 0, 0);

function at(second: number, type: string, event: object): StoryFact {
  return { type, timeMs: startMs + second * 1_000, event } as unknown as StoryFact;
}

const started = at(0, ContactStarted.$type, ContactStarted.fromPartial({ channel: 'voice' }));
const assigned = (second: number, id: string) =>
  at(second, ContactAssigned.$type, ContactAssigned.fromPartial({ assignmentId: id, offerId: `offer-${id}`, agentId: `agent-${id}`, queue: 'billing' }));
const connected = (second: number, id: string) => at(second, ContactConnected.$type, ContactConnected.fromPartial({ assignmentId: id }));
const ended = (second: number, by: Party) => at(second, ContactEnded.$type, ContactEnded.fromPartial({ by }));

describe('the story of a contact', () => {
  test('has one part from the moment they could talk to the end', () => {
    const story = tellContactStory([started, assigned(10, 'a'), connected(12, 'a'), ended(60, Party.CUSTOMER), ended(70, Party.AGENT)]);
    expect(story).toMatchObject({ channel: 'voice', startedMs: startMs, endedMs: startMs + 60_000 });
    expect(story.parts).toEqual([
      { assignmentId: 'a', agentId: 'agent-a', queue: 'billing', fromMs: startMs + 12_000, toMs: startMs + 60_000, endedBy: 'customer' },
    ]);
  });

  test('goes on with another agent after a transfer', () => {
    const queuedAgain = at(30, ContactQueued.$type, ContactQueued.fromPartial({}));
    const { parts } = tellContactStory([started, assigned(10, 'a'), connected(12, 'a'), queuedAgain, assigned(40, 'b'), connected(41, 'b'), ended(60, Party.AGENT)]);
    expect(parts.map(({ agentId, fromMs, toMs, endedBy }) => [agentId, (fromMs - startMs) / 1_000, (toMs - startMs) / 1_000, endedBy])).toEqual([
      ['agent-a', 12, 30, 'transfer'],
      ['agent-b', 41, 60, 'agent'],
    ]);
  });

  test('leaves an agent out whose media could not be set up', () => {
    const failed = at(11, OfferFailed.$type, OfferFailed.fromPartial({ offerId: 'offer-a' }));
    const { parts } = tellContactStory([started, assigned(10, 'a'), failed, assigned(20, 'b'), ended(60, Party.SYSTEM)]);
    expect(parts.map(({ agentId, endedBy }) => [agentId, endedBy])).toEqual([['agent-b', 'system']]);
  });

  test('knows the holds, the last of which the end of the contact ends', () => {
    const { holds } = tellContactStory([
      started,
      at(5, ContactHeld.$type, ContactHeld.fromPartial({})),
      at(9, ContactRetrieved.$type, ContactRetrieved.fromPartial({})),
      at(20, ContactHeld.$type, ContactHeld.fromPartial({})),
      ended(25, Party.CUSTOMER),
    ]);
    expect(holds.map(({ startMs: from, endMs }) => [from - startMs, endMs - startMs])).toEqual([[5_000, 9_000], [20_000, 25_000]]);
  });

  test('knows when each recording began', () => {
    const { recordings } = tellContactStory([
      started,
      at(1, RecordingStarted.$type, RecordingStarted.fromPartial({ recordingId: 'r', startedAt: new Date(startMs + 800) })),
      at(60, RecordingReady.$type, RecordingReady.fromPartial({ recordingId: 'r', durationMs: 50_000n })),
      at(60, RecordingReady.$type, RecordingReady.fromPartial({ recordingId: 'other', durationMs: 50_000n })),
      at(60, RecordingReady.$type, RecordingReady.fromPartial({ recordingId: 'r', durationMs: 50_000n, startedAt: new Date(startMs + 900) })),
    ]);
    expect(recordings.map((one) => one.startedMs - startMs)).toEqual([800, 10_000, 900]);
  });
});

describe('what is judged of one part', () => {
  const story = tellContactStory([started, assigned(10, 'a'), connected(12, 'a'), assigned(40, 'b'), connected(41, 'b'), ended(60, Party.AGENT)]);
  const turn = (second: number, speaker: string, agentId = '') => TranscriptTurn.fromPartial({ speaker, agentId, text: `${second}`, startMs: BigInt(second * 1_000), confidence: 1 });
  const turns = [turn(1, 'bot'), turn(5, 'customer'), turn(13, 'agent', 'agent-a'), turn(35, 'agent'), turn(45, 'agent', 'agent-b'), turn(50, 'agent', 'agent-a'), turn(55, 'customer')];

  test('are the turns of its time, with the words of bots and other agents set apart', () => {
    const [first, second] = story.parts.map((part) => toScoringInput(story, part, { turns, recording: undefined, timeZone: 'Asia/Shanghai' }).turns);
    expect(first?.map(({ text, speaker, index }) => [text, speaker, index])).toEqual([['1', 'other', 0], ['5', 'customer', 1], ['13', 'agent', 2], ['35', 'agent', 3]]);
    expect(second?.map(({ text, speaker }) => [text, speaker])).toEqual([['45', 'agent'], ['50', 'other'], ['55', 'customer']]);
  });

  test('is heard in the time of the contact, within the part', () => {
    // 60 s of speech by the customer, recorded from two seconds before the contact began.
    const levels = { left: new Int8Array(3_000).fill(-20), right: new Int8Array(3_000).fill(-90) };
    const [part] = story.parts;
    const input = part === undefined ? undefined : toScoringInput(story, part, { turns: undefined, recording: { levels, startedMs: startMs - 2_000 }, timeZone: 'UTC' });
    expect(input?.turns).toBeUndefined();
    expect(input?.audio?.speech.customer).toEqual([{ startMs: 12_000, endMs: 40_000 }]);
  });

  test('is greeted by the clock of the centre', () => {
    expect(minuteOfDay(startMs, 'Asia/Shanghai')).toBe(9 * 60);
    expect(minuteOfDay(startMs, 'Europe/Berlin')).toBe(2 * 60);
    expect(minuteOfDay(Date.UTC(2026, 0, 4, 16, 5), 'Asia/Shanghai')).toBe(5);
    expect(minuteOfDay(startMs, 'Nowhere/Land')).toBe(60);
  });
});
