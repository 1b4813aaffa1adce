import type { CancelTimer, Clock } from '@patchbay/runtime/clock';
import type { Codec } from '../domain/media/g711.ts';
import { soundMsOf } from '../domain/media/sound-share.ts';
import type { LegKey, MediaPlane } from '../media-plane.ts';

/** What a message is taken with. */
export interface VoicemailOptions {
  readonly leg: LegKey;
  readonly language: string;
  /** Longest message, milliseconds. */
  readonly limitMs: number;
  readonly media: MediaPlane;
  readonly clock: Clock;
  /** The leg's sound is told from now on. */
  tap(): void;
  /** The message is over: by key, silence or the limit. Once, unless it was stopped. */
  over(): void;
}

/** A caller who says nothing for this long is done. */
const silenceMs = 6_000;
/** Below this a message is none. */
const shortestMs = 2_000;
const samplesPerMs = 8;

/** Takes a message (语音信箱): announcement, tone, then what the caller says goes to the recorder. */
export class Voicemail {
  private readonly options: VoicemailOptions;
  private cancelLimit: CancelTimer | undefined;
  private recording = false;
  private soundMs = 0;
  private quietMs = 0;

  constructor(options: VoicemailOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { media, leg, language, clock, limitMs, tap } = this.options;
    const prompts = ['voicemail.wav', 'beep.wav'].map((audio) => ({ audio, language }));
    if ((await media.play(leg, { prompts, loop: false })) === 'stopped') return;
    tap();
    media.record(leg, true);
    media.collectDtmf(leg, true);
    this.recording = true;
    this.cancelLimit = clock.setTimer(limitMs, () => {
      this.end();
    });
  }

  digit(key: string): void {
    if (key === '#') this.end();
  }

  heard(samples: Uint8Array, codec: Codec): void {
    const soundMs = soundMsOf(codec, samples);
    this.soundMs += soundMs;
    this.quietMs = soundMs > 0 ? 0 : this.quietMs + samples.length / samplesPerMs;
    if (this.quietMs >= silenceMs) this.end();
  }

  /** Whether anything was said; known when the leg's last sound was told. */
  isMessage(): boolean {
    return this.soundMs >= shortestMs;
  }

  stop(): void {
    if (!this.recording) return;
    this.recording = false;
    this.cancelLimit?.();
    this.options.media.collectDtmf(this.options.leg, false);
    this.options.media.record(this.options.leg, false);
  }

  private end(): void {
    if (!this.recording) return;
    this.stop();
    this.options.over();
  }
}
