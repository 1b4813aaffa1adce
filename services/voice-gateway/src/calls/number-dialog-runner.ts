import type { CancelTimer, Clock } from '@patchbay/runtime/clock';
import { advanceNumberDialog, startNumberDialog, type DialogEvent, type DialogStep, type NumberDialog } from '../domain/call/number-dialog.ts';
import type { LegKey, MediaPlane } from '../media-plane.ts';

/** What the dialog runs on. */
export interface NumberDialogOptions {
  readonly leg: LegKey;
  readonly language: string;
  /** Digits; empty for a caller who hides. */
  readonly number: string;
  /** Whether the caller asked for it already. */
  readonly isWanted: boolean;
  readonly media: MediaPlane;
  readonly clock: Clock;
  /** Once, unless it was stopped. */
  settled(number: string | undefined): void;
}

/** How long a caller may think about a question, and between two keys of a number. */
const thinkMs = 8_000;
const betweenKeysMs = 5_000;

/** Asks a caller about a call-back: says the questions, takes the keys; a key interrupts what is said. */
export class NumberDialogRunner {
  private readonly options: NumberDialogOptions;
  private dialog: NumberDialog | undefined;
  private cancelTimer: CancelTimer | undefined;
  /** Rises with each question, so that the end of an interrupted one says nothing. */
  private turn = 0;
  private over = false;

  constructor(options: NumberDialogOptions) {
    this.options = options;
  }

  start(): void {
    const { media, leg, number, isWanted } = this.options;
    media.collectDtmf(leg, true);
    this.take(startNumberDialog(number, isWanted));
  }

  digit(key: string): void {
    this.advance({ kind: 'key', key });
  }

  stop(): void {
    this.over = true;
    this.cancelTimer?.();
    this.options.media.collectDtmf(this.options.leg, false);
  }

  private advance(event: DialogEvent): void {
    if (this.over || this.dialog === undefined) return;
    this.take(advanceNumberDialog(this.dialog, event));
  }

  private take(step: DialogStep): void {
    const { media, leg, settled } = this.options;
    this.cancelTimer?.();
    this.turn += 1;
    switch (step.kind) {
      case 'ask':
        this.dialog = step.dialog;
        this.say(step.say);
        break;
      case 'listen':
        this.dialog = step.dialog;
        media.stopPlay(leg);
        this.wait(betweenKeysMs);
        break;
      default:
        this.stop();
        settled(step.kind === 'confirmed' ? step.number : undefined);
    }
  }

  private say(words: readonly string[]): void {
    const { media, leg, language } = this.options;
    const { turn } = this;
    void media.play(leg, { prompts: words.map((word) => ({ audio: `${word}.wav`, language })), loop: false }).then(() => {
      if (turn === this.turn && !this.over) this.wait(thinkMs);
    });
  }

  private wait(delayMs: number): void {
    this.cancelTimer = this.options.clock.setTimer(delayMs, () => {
      this.advance({ kind: 'silence' });
    });
  }
}
