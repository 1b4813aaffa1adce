import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@patchbay/runtime/app-error';
import type { Logger } from '@patchbay/runtime/logger';
import type { CustomerChannel, CustomerLine } from './customers/customer.ts';
import { dialogues, type Dialogue } from './dialogues.ts';

/** How customers come. */
export interface ArrivalsOptions {
  channels: readonly CustomerChannel[];
  /** Mean time between two, milliseconds; exponential, as arrivals are. */
  arrivalMs: number;
  /** Most at once; who comes beyond it stays away. */
  most: number;
  log: Logger;
  signal: AbortSignal;
}

/** How long a customer waits for an answer, milliseconds. */
const patienceMs = 120_000;

/** Goes through a dialogue: says a turn, hears at least one answer, goes on. */
async function converse(line: CustomerLine, dialogue: Dialogue, signal: AbortSignal): Promise<void> {
  for (const { customer } of dialogue.turns) {
    await line.say(customer);
    await line.hear(patienceMs);
    await delay(2_000 + Math.random() * 3_000, undefined, { signal });
  }
}

/** Lets customers come at a gentle pace until the signal aborts. */
export async function runArrivals({ channels, arrivalMs, most, log, signal }: ArrivalsOptions): Promise<void> {
  const inside = new Set<Promise<void>>();
  for (let index = 1; !signal.aborted; index += 1) {
    const channel = channels[index % channels.length];
    const choice = channel?.dialogues ?? dialogues;
    const dialogue = choice[Math.floor(Math.random() * choice.length)];
    if (channel !== undefined && dialogue !== undefined && inside.size < most) {
      const visit = (async () => {
        const line = await channel.connect(index, signal);
        try {
          await converse(line, dialogue, signal);
        } finally {
          await line.leave();
        }
      })().catch((error: unknown) => {
        if (!signal.aborted) log.info('a customer of the demo left', { channel: channel.name, error: AppError.from(error) });
      });
      inside.add(visit);
      void visit.finally(() => inside.delete(visit));
    }
    await delay(-Math.log(1 - Math.random()) * arrivalMs, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(inside);
}
