import type { Codec } from '../../domain/media/g711.ts';
import type { TappedChunk } from '../../domain/media/tap-timeline.ts';
import type { AgreedMedia, DigitMethod, LegFigures, LegKey } from '../../media-plane.ts';

/** What a worker is started with. */
export interface WorkerSetup {
  /** Address that RTP and RTCP are bound to. */
  readonly host: string;
  /** Port range of this worker, ends included; 0 to 0 asks the system for free ports. */
  readonly ports: { readonly min: number; readonly max: number };
  /** Added to the monotonic nanoseconds of the process to give time since the Unix epoch; the same for all workers. */
  readonly epochOffsetNs: bigint;
  /** A leg that hears nothing for this long is told as silent; 0 for never. */
  readonly silenceLimitMs: number;
  readonly prompts: ReadonlyMap<string, SharedPrompt>;
}

/** One prompt in both laws, whole frames of 160 bytes, shared by all threads. */
export interface SharedPrompt {
  readonly frames: number;
  readonly PCMU: SharedArrayBuffer;
  readonly PCMA: SharedArrayBuffer;
}

/** What the gateway tells a worker. Requests with an id are answered with the same id. */
export type ToWorker =
  | { readonly kind: 'create'; readonly id: number; readonly leg: LegKey }
  | { readonly kind: 'configure'; readonly leg: LegKey; readonly media: AgreedMedia }
  | { readonly kind: 'bridge'; readonly left: LegKey; readonly right: LegKey }
  | { readonly kind: 'unbridge'; readonly leg: LegKey }
  | { readonly kind: 'play'; readonly id: number; readonly leg: LegKey; readonly prompts: readonly string[]; readonly loop: boolean }
  | { readonly kind: 'stopPlay'; readonly leg: LegKey }
  | { readonly kind: 'collect'; readonly leg: LegKey; readonly on: boolean }
  | { readonly kind: 'tap'; readonly legs: readonly LegKey[] }
  | { readonly kind: 'record'; readonly leg: LegKey; readonly on: boolean }
  | { readonly kind: 'stats'; readonly id: number; readonly leg: LegKey }
  | { readonly kind: 'close'; readonly id: number; readonly leg: LegKey }
  | { readonly kind: 'end' };

/** What a worker tells the gateway. */
export type FromWorker =
  | { readonly kind: 'created'; readonly id: number; readonly port: number | undefined }
  | { readonly kind: 'played'; readonly id: number; readonly how: 'played' | 'stopped' }
  | { readonly kind: 'figures'; readonly id: number; readonly figures: LegFigures | undefined }
  | { readonly kind: 'digit'; readonly leg: LegKey; readonly digit: string; readonly method: DigitMethod }
  | { readonly kind: 'audio'; readonly leg: LegKey; readonly chunk: TappedChunk; readonly codec: Codec }
  | { readonly kind: 'silent'; readonly leg: LegKey }
  | { readonly kind: 'report'; readonly report: WorkerReport };

/** How a worker is doing, once a second. */
export interface WorkerReport {
  readonly legs: number;
  /** Worst delay of a tick since the last report, milliseconds. */
  readonly lateMs: number;
  /** Frames left out because the worker was stalled too long. */
  readonly skippedFrames: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  /** Packets that were no RTP, or of a payload type that was not agreed. */
  readonly badPackets: number;
  /** Packets from somewhere else than the leg's source. */
  readonly foreignPackets: number;
  /** Errors of sockets, mostly ICMP "port unreachable". */
  readonly socketErrors: number;
}
