import { expect, test } from '@jest/globals';
import { spokenDialogues } from './dialogues.ts';
import { Ear } from './phone/ear.ts';
import { loadVoices, phrases } from './voices.ts';

const frameSize = 160;
const frameMs = 20;

test('every phrase of a call has a sound that is heard as one utterance', async () => {
  const voices = await loadVoices();
  for (const { text } of phrases) {
    const sound = voices(text);
    const ear = new Ear(0);
    let nowMs = 0;
    for (let at = 0; at < sound.length; at += frameSize, nowMs += frameMs) ear.take(sound.subarray(at, at + frameSize), nowMs);
    expect({ text, utterances: ear.utterances(nowMs + 1_000), longEnough: sound.length > 8_000 }).toEqual({ text, utterances: 1, longEnough: true });
  }
});

test('a queue has one dialogue that is had by voice, so that its agents know what to say', () => {
  const queues = spokenDialogues.map(({ spoken }) => spoken?.queue);
  expect(new Set(queues).size).toBe(queues.length);
  expect(queues.length).toBeGreaterThan(0);
});

test('words that nobody recorded are a fault with a code', async () => {
  const voices = await loadVoices();
  expect(() => voices('喂？')).toThrow(expect.objectContaining({ code: 'DEMO_NO_VOICE' }));
});
