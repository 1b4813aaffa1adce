import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@patchbay/runtime/app-error';
import { spokenDialogues } from '../dialogues.ts';
import { demoError } from '../errors.ts';
import type { Phone } from '../phone/phone.ts';
import { openRtpLine, type RtpLine } from '../phone/rtp-line.ts';
import { callWords, type Voices } from '../voices.ts';
import type { CustomerChannel, CustomerLine } from './customer.ts';

/** What callers need. */
export interface VoiceCustomersOptions {
  /** The trunk that they all come over. */
  readonly trunk: Phone;
  /** The number they dial. */
  readonly number: string;
  readonly voices: Voices;
  /** Share of callers who hang up after a few seconds of music, 0 to 1. */
  readonly impatientShare: number;
}

/** Service unavailable: full or not ready (RFC 3261 section 21.5.4). */
const busyStatus = '503';
const redialMs = 3_000;
const mostDials = 10;
const menuMs = 20_000;
const musicBeginsMs = 10_000;
/** So much unbroken sound is music, not the click of a line. */
const musicMs = 1_000;
/** Music and prompts have shorter pauses. */
const musicEndsMs = 300;
const greetingMs = 10_000;
const patienceMs = 180_000;
/** Milliseconds of music after which the impatient leave; most agents pick up later than some of them. */
const impatience = { leastMs: 200, mostMs: 1_800 };
/** How long somebody waits for the other side's last words. */
const lastWordsMs = 12_000;
const breathMs = 400;
const lingerMs = 1_500;
/** One in so many is a customer of `centre.yaml` who is worth more. */
const vipEvery = 8;

function callerOf(index: number): string {
  const number = index % vipEvery === 0 ? '8613900000001' : `86138${String(10_000_000 + ((index * 7_919) % 89_999_999))}`;
  return `<sip:${number}@127.0.0.1>`;
}

/** One caller, from dialling to hanging up; nothing but sound and SIP tells what goes on at the other end. */
class Caller implements CustomerLine {
  private readonly options: VoiceCustomersOptions;
  private readonly from: string;
  private readonly over = new AbortController();
  private readonly signal: AbortSignal;
  private line: RtpLine | undefined;
  /** Utterances that were listened to. */
  private heard = 0;

  constructor(options: VoiceCustomersOptions, index: number, signal: AbortSignal) {
    this.options = options;
    this.from = callerOf(index);
    this.signal = AbortSignal.any([signal, this.over.signal]);
  }

  async say(text: string): Promise<void> {
    this.line ??= await this.reachAgent(text);
    await delay(breathMs, undefined, { signal: this.signal });
    await this.line.say(this.options.voices(text));
    this.signal.throwIfAborted();
  }

  async hear(timeoutMs: number): Promise<string> {
    if (this.line === undefined || !(await this.listen(this.line, timeoutMs))) throw demoError('DEMO_NO_ANSWER');
    return '';
  }

  /** Waits for the agent's last words, says goodbye and hangs up, unless the agent does first. */
  async leave(): Promise<void> {
    try {
      if (this.line === undefined || this.signal.aborted) return;
      await this.listen(this.line, lastWordsMs);
      await this.say(callWords.farewell.text);
      // Now and then the agent is first.
      await delay(breathMs + Math.random() * lingerMs, undefined, { signal: this.signal });
    } catch {
      // The agent hung up first, or the demo stops: either way the call is over.
    } finally {
      this.over.abort();
    }
  }

  /** Listens until the other side has said something and pauses. */
  private async listen(line: RtpLine, timeoutMs: number): Promise<boolean> {
    const came = await line.until(() => line.utterances() > this.heard, timeoutMs, this.signal);
    if (came) this.heard += 1;
    return came;
  }

  /** Dials, and dials again while the centre is too busy to answer. */
  private async dial(line: RtpLine): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const call = this.options.trunk.call(this.options.number, { rtpPort: line.port, from: this.from });
      const hangUp = () => { call.hangUp(); };
      this.signal.addEventListener('abort', hangUp);
      try {
        await call.answered;
        line.connect(call.media());
        void call.ended.then(() => {
          this.over.abort(demoError('DEMO_CALL_FAILED', { details: { reason: 'the other side hung up' } }));
        });
        return;
      } catch (error) {
        this.signal.removeEventListener('abort', hangUp);
        if (AppError.from(error).details['status'] !== busyStatus || attempt >= mostDials) throw error;
        await delay(redialMs, undefined, { signal: this.signal });
      }
    }
  }

  /** Dials, presses the key of what is on the mind, waits in the music, hears the agent's greeting. */
  private async reachAgent(text: string): Promise<RtpLine> {
    const line = await openRtpLine();
    this.signal.addEventListener('abort', () => { line.close(); });
    await this.dial(line);
    await this.listen(line, menuMs);
    await line.press(spokenDialogues.find(({ turns }) => turns.some(({ customer }) => customer === text))?.spoken?.key ?? '0');
    await line.until(() => line.soundMs() >= musicMs, musicBeginsMs, this.signal);
    do await this.waitForAgent(line);
    while (!(await this.isGreeted(line)));
    return line;
  }

  /** Somebody who picks up and says nothing is spoken to all the same; when music goes on, nobody did. */
  private async isGreeted(line: RtpLine): Promise<boolean> {
    line.forget();
    this.heard = line.utterances();
    const greeted = (await this.listen(line, greetingMs)) || line.soundMs() < greetingMs / 2;
    this.heard = line.utterances();
    return greeted;
  }

  /** The music ends when an agent is there. */
  private async waitForAgent(line: RtpLine): Promise<void> {
    const impatient = Math.random() < this.options.impatientShare;
    const waitMs = impatient ? impatience.leastMs + Math.random() * (impatience.mostMs - impatience.leastMs) : patienceMs;
    if (await line.until(() => line.quietMs() >= musicEndsMs, waitMs, this.signal)) return;
    throw demoError(impatient ? 'DEMO_HUNG_UP' : 'DEMO_NO_ANSWER');
  }
}

/** People who dial. What they say must be among the spoken dialogues. */
export function createVoiceCustomers(options: VoiceCustomersOptions): CustomerChannel {
  return {
    name: 'voice',
    dialogues: spokenDialogues,
    connect: (index, signal) => Promise.resolve(new Caller(options, index, signal)),
  };
}
