import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@patchbay/runtime/app-error';
import type { Logger } from '@patchbay/runtime/logger';
import { headerOf } from '@patchbay/sip/message/headers';
import { spokenDialogueOf } from '../dialogues.ts';
import { startPhone, type RingingCall } from '../phone/phone.ts';
import { openRtpLine, type RtpLine } from '../phone/rtp-line.ts';
import { callWords, type Voices } from '../voices.ts';

/** A phone on an agent's table and who speaks into it. */
export interface AgentPhoneOptions {
  /** User name, the agent's number in `centre.yaml`. */
  readonly user: string;
  readonly password: string;
  readonly sipPort: number;
  readonly voices: Voices;
  /** How long it rings before it is picked up, milliseconds. */
  readonly ringMs: () => number;
  /** Resolves with the queue of a contact once it is connected. */
  readonly connected: (contactId: string, signal: AbortSignal) => Promise<string>;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const registerS = 600;
const retryMs = 1_000;
const breathMs = 500;
/** The music must have ended in the customer's ear. */
const openingMs = 700;
/** An agent goes on speaking to a customer who is silent this long. */
const answerMs = 12_000;
/** Nobody else speaks after the last answer: time for the last words. */
const closingMs = 1_200;
const farewellMs = 8_000;
const connectMs = 60_000;

/** Keeps the phone registered until the signal aborts. */
async function stayRegistered(register: () => Promise<number>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // The gateway may be starting, or away: no answer is as good as a refusal.
    const status = await register().catch(() => 0);
    await delay(status === 200 ? (registerS * 1_000) / 2 : retryMs, undefined, { signal });
  }
}

/** What an agent says in a call of a queue, and when. */
async function converse(line: RtpLine, queue: string, { voices }: AgentPhoneOptions, signal: AbortSignal): Promise<void> {
  const say = async (text: string) => {
    await delay(breathMs, undefined, { signal });
    await line.say(voices(text));
    signal.throwIfAborted();
  };
  let heard = 0;
  const listen = (timeoutMs: number) => line.until(() => line.utterances() > heard, timeoutMs, signal);
  const turns = spokenDialogueOf(queue)?.turns ?? [];
  await delay(openingMs, undefined, { signal });
  await say(callWords.opening.text);
  for (const { agent } of turns) {
    await listen(answerMs);
    heard = line.utterances();
    await say(agent);
  }
  await delay(closingMs, undefined, { signal });
  heard = line.utterances();
  await say(callWords.closing.text);
  await listen(farewellMs);
}

async function take(call: RingingCall, options: AgentPhoneOptions): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  void call.ended.then(() => { over.abort(); });
  call.ring();
  await delay(options.ringMs(), undefined, { signal });
  const line = await openRtpLine();
  try {
    await call.answer(line.port);
    line.connect(call.media());
    const queue = await options.connected(headerOf(call, 'x-patchbay-contact') ?? '', AbortSignal.any([signal, AbortSignal.timeout(connectMs)]));
    await converse(line, queue, options, signal);
  } catch (error) {
    // The customer hung up, or another phone was picked up first.
    if (!signal.aborted) throw error;
  } finally {
    call.hangUp();
    line.close();
  }
}

/** A registered phone that is picked up after a while and talks, one call at a time. Resolves when the signal aborts. */
export async function runAgentPhone(options: AgentPhoneOptions): Promise<void> {
  const { user, password, sipPort, log, signal } = options;
  let busy = false;
  const phone = await startPhone({
    gateway: { port: sipPort },
    log,
    onCall(call) {
      if (busy) {
        call.decline(486);
        return;
      }
      busy = true;
      take(call, options)
        .catch((error: unknown) => {
          if (!signal.aborted) log.info('a phone of the demo lost its call', { error: AppError.from(error) });
        })
        .finally(() => {
          busy = false;
        });
    },
  });
  try {
    await stayRegistered(async () => (await phone.register(user, password, registerS)).status, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await phone.close();
  }
}
