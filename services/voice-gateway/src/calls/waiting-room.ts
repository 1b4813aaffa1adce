import type { CancelTimer, Clock } from '@patchbay/runtime/clock';
import type { LegKey, MediaPlane, Playlist } from '../media-plane.ts';

/** What is said to somebody who waits, beside the music. */
export interface WaitingWords {
  /** Audio files, one after another. */
  readonly announcements: readonly string[];
  /** Whether a key asks for a call-back. */
  readonly offersCallBack: boolean;
}

/** What waiting sounds like. */
export interface WaitingRoomOptions {
  readonly leg: LegKey;
  readonly language: string;
  readonly music: string;
  readonly media: MediaPlane;
  readonly clock: Clock;
  /** Time between two announcements, milliseconds. */
  readonly everyMs: number;
  /** Asked before each round. Must settle soon. */
  words(): Promise<WaitingWords>;
  /** The caller pressed the key for a call-back. */
  callBackWanted(): void;
}

const callBackKey = '1';

/** Music for a caller who waits, with announcements and the offer of a call-back in between. */
export class WaitingRoom {
  private readonly options: WaitingRoomOptions;
  private cancelTimer: CancelTimer | undefined;
  /** Rises with each start and stop, so that what an earlier one waits for says nothing. */
  private turn = 0;
  private offering = false;

  constructor(options: WaitingRoomOptions) {
    this.options = options;
  }

  /** @param first said once before the music */
  start(first: Playlist['prompts']): void {
    this.stop();
    void this.round(first, this.turn);
  }

  stop(): void {
    this.turn += 1;
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    if (this.offering) this.options.media.collectDtmf(this.options.leg, false);
    this.offering = false;
  }

  digit(key: string): void {
    if (!this.offering || key !== callBackKey) return;
    this.stop();
    this.options.callBackWanted();
  }

  private async round(first: Playlist['prompts'], turn: number): Promise<void> {
    const { media, leg, language, music, clock, everyMs, words } = this.options;
    const tune = { prompts: [{ audio: music, language }], loop: true };
    // Music at once: who waits never hears silence while it is found out what there is to say.
    if (first.length > 0) {
      if ((await media.play(leg, { prompts: first, loop: false })) === 'stopped' || turn !== this.turn) return;
    } else if (this.cancelTimer === undefined) void media.play(leg, tune);
    const { announcements, offersCallBack } = await words();
    if (turn !== this.turn) return;
    if (offersCallBack && !this.offering) {
      this.offering = true;
      media.collectDtmf(leg, true);
    }
    const said = [...announcements, ...(offersCallBack ? ['call-back-offer.wav'] : [])].map((audio) => ({ audio, language }));
    if (said.length > 0 && ((await media.play(leg, { prompts: said, loop: false })) === 'stopped' || turn !== this.turn)) return;
    if (said.length > 0 || first.length > 0) void media.play(leg, tune);
    this.cancelTimer = clock.setTimer(everyMs, () => {
      void this.round([], turn);
    });
  }
}
