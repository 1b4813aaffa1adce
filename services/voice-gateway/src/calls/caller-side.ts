import type { EntryPoint } from '@patchbay/contracts/directory/v1/resource';
import { AppError } from '@patchbay/runtime/app-error';
import type { CallEffect, CallEvent, PlaceInLine } from '../domain/call/call-state.ts';
import type { Codec } from '../domain/media/g711.ts';
import type { LegKey, Playlist } from '../media-plane.ts';
import type { CustomerLine } from '../ports.ts';
import type { CallSurroundings } from './call-surroundings.ts';
import { NumberDialogRunner } from './number-dialog-runner.ts';
import { Voicemail } from './voicemail.ts';
import { WaitingRoom, type WaitingWords } from './waiting-room.ts';

/** Effects that ask the caller for something. */
type CallerEffect = Extract<CallEffect, { kind: 'askCallBack' | 'takeCallBack' | 'takeMessage' }>;

/** What the caller's side of a call needs. */
export interface CallerSideOptions {
  readonly tenant: string;
  readonly contactId: string;
  readonly leg: LegKey;
  readonly entryPoint: { readonly name: string; readonly spec: EntryPoint };
  readonly caller: Pick<CustomerLine, 'callerNumber' | 'callerName'>;
  readonly around: CallSurroundings;
  language(): string;
  waiting(): { readonly place: PlaceInLine | undefined; readonly requestedAtMs: number; readonly conversationId: string };
  tap(): void;
  dispatch(event: CallEvent): void;
}

const defaultMusic = 'music-on-hold.wav';
const defaultEveryS = 45;
/** Announcements never come more often. */
const leastEveryS = 15;
const defaultVoicemailS = 120;
const longestVoicemailS = 600;
/** How long a caller listens to music while a call-back is stored, and how long a message's call-back is tried to be. */
const takeLimitMs = 8_000;
const messageLimitMs = 120_000;

/** Whole seconds of a setting; the default for one that is not set or no number. */
function secondsOf(text: string | undefined, fallback: number): number {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : fallback;
}

/** The caller while no agent is there: music and announcements, the offer of a call-back, a message. */
export class CallerSide {
  private readonly options: CallerSideOptions;
  private room: WaitingRoom | undefined;
  private dialog: NumberDialogRunner | undefined;
  private voicemail: Voicemail | undefined;

  constructor(options: CallerSideOptions) {
    this.options = options;
  }

  private settings(): Readonly<Record<string, string>> {
    return this.options.entryPoint.spec.settings;
  }

  private music(): string {
    return this.settings()['musicOnHold'] || defaultMusic;
  }

  /** Music for somebody on hold. */
  hold(): void {
    const { around, leg, language } = this.options;
    void around.media.play(leg, { prompts: [{ audio: this.music(), language: language() }], loop: true });
  }

  /** Music for somebody who waits for an agent. @param first said once before */
  wait(first: Playlist['prompts']): void {
    this.stop();
    const { around, leg, language } = this.options;
    this.room = new WaitingRoom({
      leg,
      language: language(),
      music: this.music(),
      media: around.media,
      clock: around.clock,
      everyMs: Math.max(leastEveryS, secondsOf(this.settings()['announceEverySeconds'], defaultEveryS)) * 1_000,
      words: () => this.words(),
      callBackWanted: () => {
        this.ask(true);
      },
    });
    this.room.start(first);
  }

  /** Whether somebody could be called back at all. */
  private hasTrunk(): boolean {
    return (this.settings()['trunkProxy'] || this.options.around.trunkProxy) !== undefined;
  }

  private async words(): Promise<WaitingWords> {
    const { around, tenant, waiting, language } = this.options;
    const { place, requestedAtMs } = waiting();
    const surge = place === undefined ? { announcements: [], offersCallBack: false } : await around.surges.wordsFor(tenant, place.queue);
    const fromS = secondsOf(this.settings()['callBackAfterSeconds'], Number.POSITIVE_INFINITY);
    const hasWaited = around.clock.nowMs() - requestedAtMs >= fromS * 1_000;
    return {
      announcements: surge.announcements.map((name) => (name.endsWith('.wav') ? name : `${name}.wav`)).filter((audio) => around.media.hasPrompt(audio, language())),
      offersCallBack: (surge.offersCallBack || hasWaited) && this.hasTrunk(),
    };
  }

  perform(effect: CallerEffect): void {
    this.stop();
    switch (effect.kind) {
      case 'askCallBack':
        if (this.hasTrunk()) this.ask(false);
        else this.declined();
        break;
      case 'takeCallBack':
        this.hold();
        void this.takeCallBack(effect.number);
        break;
      case 'takeMessage':
        this.takeMessage();
    }
  }

  private declined(): void {
    this.options.around.log.warn('no call-back could be offered', { code: 'VOICE_NO_TRUNK', contactId: this.options.contactId });
    this.options.dispatch({ kind: 'callBackDeclined' });
  }

  private ask(isWanted: boolean): void {
    const { around, leg, language, caller, dispatch } = this.options;
    this.dialog = new NumberDialogRunner({
      leg,
      language: language(),
      number: caller.callerNumber,
      isWanted,
      media: around.media,
      clock: around.clock,
      settled: (number) => {
        this.dialog = undefined;
        dispatch(number === undefined ? { kind: 'callBackDeclined' } : { kind: 'callBackWanted', number });
      },
    });
    this.dialog.start();
  }

  private async takeCallBack(number: string): Promise<void> {
    const stored = await this.request({ number, voicemail: false, limitMs: takeLimitMs });
    this.options.dispatch({ kind: 'callBackTaken', stored });
  }

  private takeMessage(): void {
    const { around, leg, language, tap, dispatch } = this.options;
    this.voicemail = new Voicemail({
      leg,
      language: language(),
      limitMs: Math.min(longestVoicemailS, secondsOf(this.settings()['voicemailSeconds'], defaultVoicemailS)) * 1_000,
      media: around.media,
      clock: around.clock,
      tap,
      over: () => {
        dispatch({ kind: 'messageOver' });
      },
    });
    void this.voicemail.start();
  }

  /** The caller's last sound was told: a message that says something is followed up. */
  keepMessage(): void {
    const message = this.voicemail;
    this.voicemail = undefined;
    if (message?.isMessage() === true) void this.request({ number: this.options.caller.callerNumber, voicemail: true, limitMs: messageLimitMs });
  }

  /** Stores a call-back at the call's place. False when it is not known to be stored. */
  private async request({ number, voicemail, limitMs }: { number: string; voicemail: boolean; limitMs: number }): Promise<boolean> {
    const { around, tenant, contactId, entryPoint, caller, waiting } = this.options;
    const { place, requestedAtMs, conversationId } = waiting();
    const settings = this.settings();
    try {
      await around.requests.request(
        tenant,
        {
          entryPoint: entryPoint.name,
          queue: place?.queue ?? entryPoint.spec.queue,
          number,
          name: caller.callerName,
          requirement: place?.asked,
          priority: place?.priority ?? 0,
          firstEnqueuedAt: new Date(place?.enqueuedAtMs ?? requestedAtMs),
          dueAt: undefined,
          parentContactId: contactId,
          conversationId,
          attributes: [{ name: 'call_back', value: voicemail ? 'voicemail' : 'asked' }],
          // Nobody can be called on a hidden number: the message is heard once.
          maxAttempts: number === '' ? 1 : secondsOf(settings['callBackAttempts'], 0),
          spacingSeconds: secondsOf(settings['callBackSpacingSeconds'], 0),
          customer: around.centre.customerWithNumber(tenant, number),
          voicemail,
        },
        limitMs,
      );
      return true;
    } catch (error) {
      around.log.error('call-back could not be stored', { error: AppError.from(error), contactId });
      return false;
    }
  }

  digit(key: string): void {
    // The key that begins the dialog is none of its answers.
    if (this.dialog !== undefined) this.dialog.digit(key);
    else this.room?.digit(key);
    this.voicemail?.digit(key);
  }

  heard(samples: Uint8Array, codec: Codec): void {
    this.voicemail?.heard(samples, codec);
  }

  /** An agent is there, or the call is over: nothing more is asked or played. */
  stop(): void {
    this.room?.stop();
    this.room = undefined;
    this.dialog?.stop();
    this.dialog = undefined;
    this.voicemail?.stop();
  }
}
