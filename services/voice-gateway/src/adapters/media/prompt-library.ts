import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Logger } from '@patchbay/runtime/logger';
import { encodeSamples, silenceByte, type Codec } from '../../domain/media/g711.ts';
import { readWav } from '../../domain/media/wav.ts';
import { voiceError } from '../../errors.ts';
import type { SharedPrompt } from './media-protocol.ts';

const frameSize = 160;
/** Largest sum of all prompts in memory: about 70 minutes in both laws. */
const mostBytes = 64 * 1024 * 1024;

function share(codec: Codec, samples: Int16Array, frames: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(frames * frameSize);
  const bytes = new Uint8Array(buffer).fill(silenceByte[codec]);
  encodeSamples(codec, samples, bytes);
  return buffer;
}

async function loadFolder(folder: string, into: Map<string, SharedPrompt>): Promise<void> {
  let total = [...into.values()].reduce((sum, prompt) => sum + prompt.PCMU.byteLength * 2, 0);
  const files = await readdir(folder, { recursive: true });
  for (const file of files.filter((name) => name.endsWith('.wav')).sort()) {
    const name = relative(folder, join(folder, file)).split(sep).join('/');
    const read = readWav(await readFile(join(folder, file)));
    if ('fault' in read) throw voiceError('VOICE_BAD_PROMPT', { details: { file: name, fault: read.fault } });
    const frames = Math.ceil(read.samples.length / frameSize);
    total += frames * frameSize * 2;
    if (total > mostBytes) throw voiceError('VOICE_BAD_PROMPT', { details: { file: name, fault: `all prompts together are over ${mostBytes} bytes` } });
    into.set(name, { frames, PCMU: share('PCMU', read.samples, frames), PCMA: share('PCMA', read.samples, frames) });
  }
}

/**
 * Decodes every .wav file below the folders once, into frames that all threads share; a later folder's file of the same
 * name replaces the earlier one's. Keys are paths with `/`. Throws VOICE_BAD_PROMPT for a file that cannot be used.
 */
export async function loadPrompts(folders: readonly string[], log: Logger): Promise<ReadonlyMap<string, SharedPrompt>> {
  const prompts = new Map<string, SharedPrompt>();
  for (const folder of folders) await loadFolder(folder, prompts);
  log.info('prompts loaded', { prompts: prompts.size });
  return prompts;
}

/** Key of a prompt: the language's own file, else the one for all languages. */
export function findPrompt(prompts: ReadonlyMap<string, SharedPrompt>, audio: string, language: string): string | undefined {
  return [`${language}/${audio}`, audio].find((key) => prompts.has(key));
}
