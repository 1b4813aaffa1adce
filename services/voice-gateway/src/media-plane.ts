import type { Codec } from './domain/media/g711.ts';
import type { TappedChunk } from './domain/media/tap-timeline.ts';

/** Name of a leg in the media plane, unique over all contacts: `<contactId>/<legId>`. */
export type LegKey = `${string}/${string}`;

/** What the SDP of both sides agreed on for one leg. */
export interface AgreedMedia {
  readonly codec: Codec;
  /** How we send: where to, and with the payload types of the other side. */
  readonly send: { readonly address: string; readonly port: number; readonly rtcpPort: number; readonly payloadType: number; readonly dtmfPayloadType: number | undefined };
  /** What may arrive, by payload type. */
  readonly receive: { readonly codecs: ReadonlyMap<number, Codec>; readonly dtmfPayloadType: number | undefined };
  /** Whether we may send, and whether they send. */
  readonly sends: boolean;
  readonly receives: boolean;
  /** Where the SIP message came from: behind a NAT its media come from there, too. */
  readonly signallingAddress: string | undefined;
}

/** How one direction of a leg went. */
export interface DirectionFigures {
  readonly packets: number;
  readonly lost: number;
  readonly jitterMs: number;
  readonly mos: number;
}

/** What is known of a leg's media. */
export interface LegFigures {
  /** What we heard. */
  readonly received: DirectionFigures;
  /** What the other side reports to have heard; undefined without RTCP from it. */
  readonly sent: DirectionFigures | undefined;
}

/** How a digit was heard. */
export type DigitMethod = 'rfc4733' | 'inband';

/** What the media plane tells. Called in the order things happened for each leg. */
export interface MediaListener {
  /** A key was pressed while digits are collected from the leg. */
  onDigit(leg: LegKey, digit: string, method: DigitMethod): void;
  /** About a second of a tapped leg, in order; after the one marked `last` nothing comes. */
  onAudio(leg: LegKey, chunk: TappedChunk, codec: Codec): void;
  /** The leg's media are gone for good: `worker_lost` with the worker that held it, `silent` when nothing came for the limit. */
  onLegLost(leg: LegKey, reason: 'worker_lost' | 'silent'): void;
}

/** What is sounded: names of audio files, one after another. */
export interface Playlist {
  readonly prompts: readonly { readonly audio: string; readonly language: string }[];
  /** Whether it begins again at its end. */
  readonly loop: boolean;
}

/** What the media plane can still carry. */
export interface MediaLoad {
  readonly legs: number;
  /** Legs beyond which new calls are refused. */
  readonly capacity: number;
  /** Worst delay of a tick over the last seconds, milliseconds; 0 when all came in time. */
  readonly lateMs: number;
}

/**
 * Sound, apart from signalling. Commands for one leg take effect in the order given; those for a leg that is gone do
 * nothing. `bridge` is the case of two parties; a mix of more is one more method over the same legs, with a gain for each
 * pair of who hears whom.
 */
export interface MediaPlane {
  /**
   * Opens a leg: it takes media at the address given back, sends nothing before `configure`, then silence.
   * VOICE_NO_MEDIA_PORT when no pair of ports is free, VOICE_MEDIA_LOST when the worker is gone.
   * @param near a leg that this one may be bridged to: both live in the same worker
   */
  createLeg(leg: LegKey, options?: { readonly near?: LegKey }): Promise<{ readonly address: string; readonly port: number }>;
  /** Says what was agreed; again after each re-INVITE. */
  configure(leg: LegKey, media: AgreedMedia): void;
  /** Passes sound and keys between two legs, both ways. Stops what is played to them. */
  bridge(left: LegKey, right: LegKey): void;
  /** Ends the bridge of a leg: both sides get silence. */
  unbridge(leg: LegKey): void;
  /** Plays to a leg that is not bridged, instead of what is played now. Resolves at its end; prompts that are missing are passed over. */
  play(leg: LegKey, playlist: Playlist): Promise<'played' | 'stopped'>;
  stopPlay(leg: LegKey): void;
  /** Whether keys of the leg are told. */
  collectDtmf(leg: LegKey, on: boolean): void;
  /** From now on the legs' sound is told, all on one time line; what one says while not bridged is silence. Once a leg. */
  tap(legs: readonly LegKey[]): void;
  /** Whether what a tapped leg says is told although it is not bridged: for a message of the caller. */
  record(leg: LegKey, on: boolean): void;
  stats(leg: LegKey): Promise<LegFigures>;
  /** Closes a leg; its last chunks are told before this resolves. Undefined when the leg is gone. */
  closeLeg(leg: LegKey): Promise<LegFigures | undefined>;
  /** Whether there is such an audio file for the language, or for all. */
  hasPrompt(audio: string, language: string): boolean;
  load(): MediaLoad;
  /** Closes every leg and ends the workers. */
  close(): Promise<void>;
}
