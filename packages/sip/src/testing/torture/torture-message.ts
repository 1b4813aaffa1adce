import { readFileSync } from 'node:fs';

/** The bytes of a message of RFC 4475, by its name there. */
export function tortureMessage(file: string): Uint8Array {
  return Uint8Array.from(readFileSync(new URL(`./${file}.dat`, import.meta.url)));
}
