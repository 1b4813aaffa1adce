import { readFileSync } from 'node:fs';
import type { Logger } from '@patchbay/runtime/logger';

/** Two legs a call, an RTP and an RTCP socket a leg. */
const descriptorsPerCall = 4;
/** Bus, SIP connections, logs, prompts. */
const descriptorsBesides = 500;

/** The soft limit of open files of this process; undefined where the system does not tell. */
export function readOpenFileLimit(): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? undefined : soft === 'unlimited' ? Infinity : Number(soft);
  } catch {
    // Not Linux: nothing is known, nothing is said.
    return undefined;
  }
}

/** Warns at start when the system allows fewer descriptors than the calls may need. */
export function checkDescriptors(calls: number, log: Logger): void {
  const limit = readOpenFileLimit();
  const needed = calls * descriptorsPerCall + descriptorsBesides;
  if (limit !== undefined && limit < needed) log.warn('the limit of open files is too low for the calls allowed', { limit, needed, calls });
}
