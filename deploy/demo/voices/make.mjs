// Makes the sounds of the simulated callers and agents again: espeak-ng speaks, a woman's voice for customers and a man's
// for agents; sox brings them to 8000 Hz mono u-law and shortens pauses, so that a pause ends a turn and nothing else.
// Needs the Debian packages espeak-ng and sox. The files are kept in the project; this runs only when a text changes.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { phrases } from '../src/voices.ts';

const voices = { customer: ['cmn+f3', '250'], agent: ['cmn+m3', '265'] };
const work = mkdtempSync(join(tmpdir(), 'voices-'));
for (const { side, name, text } of phrases) {
  const [voice, speed] = voices[side];
  const speech = join(work, 'speech.wav');
  execFileSync('espeak-ng', ['-v', voice, '-s', speed, '-g', '3', '-w', speech, text]);
  mkdirSync(join(import.meta.dirname, side), { recursive: true });
  const shorten = ['silence', '-l', '1', '0.02', '0.5%', '-1', '0.25', '0.5%'];
  execFileSync('sox', [speech, '-r', '8000', '-c', '1', '-e', 'u-law', '-b', '8', join(import.meta.dirname, side, `${name}.wav`), 'gain', '-6', 'highpass', '200', ...shorten, 'norm', '-6', 'pad', '0.05', '0.05']);
}
rmSync(work, { recursive: true });
