import { readFile } from 'node:fs/promises';
import { demoError } from './errors.ts';
import { spokenDialogues } from './dialogues.ts';

/** Something that is said by voice; its sound is `voices/<side>/<name>.wav`. */
export interface Phrase {
  readonly side: 'customer' | 'agent';
  readonly name: string;
  readonly text: string;
}

/** Words of a call beside its dialogue. */
export const callWords = {
  opening: { side: 'agent', name: 'opening', text: '您好，很高兴为您服务，请问有什么可以帮到您？' },
  closing: { side: 'agent', name: 'closing', text: '感谢您的来电，祝您生活愉快，再见！' },
  farewell: { side: 'customer', name: 'farewell', text: '没有别的了，谢谢，再见。' },
} as const satisfies Record<string, Phrase>;

/** Everything that is said by voice; the sounds are made from it. */
export const phrases: readonly Phrase[] = [
  ...Object.values(callWords),
  ...spokenDialogues.flatMap(({ name, turns }) =>
    turns.flatMap(({ customer, agent }, index): Phrase[] => [
      { side: 'customer', name: `${name}-${index + 1}`, text: customer },
      { side: 'agent', name: `${name}-${index + 1}`, text: agent },
    ]),
  ),
];

/** The sound of a text, µ-law, 8 000 bytes a second. DEMO_NO_VOICE for one that is never said. */
export type Voices = (text: string) => Uint8Array;

/** Sound of a µ-law WAV file of one channel, as `voices/make.mjs` writes them. */
function soundOf(file: Buffer): Uint8Array {
  const chunk = file.indexOf('data');
  return file.subarray(chunk + 8, chunk + 8 + file.readUInt32LE(chunk + 4));
}

/** Reads all sounds. */
export async function loadVoices(): Promise<Voices> {
  const sounds = new Map<string, Uint8Array>();
  for (const { side, name, text } of phrases) {
    const file = await readFile(new URL(`../voices/${side}/${name}.wav`, import.meta.url)).catch((cause: unknown) => {
      throw demoError('DEMO_NO_VOICE', { cause, details: { side, name } });
    });
    sounds.set(text, soundOf(file));
  }
  return (text) => {
    const sound = sounds.get(text);
    if (sound === undefined) throw demoError('DEMO_NO_VOICE', { details: { text } });
    return sound;
  };
}
