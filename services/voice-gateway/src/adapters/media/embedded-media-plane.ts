import { Worker } from 'node:worker_threads';
import { backoffMs } from '@patchbay/runtime/backoff';
import type { Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import { voiceError } from '../../errors.ts';
import type { LegFigures, LegKey, MediaListener, MediaLoad, MediaPlane } from '../../media-plane.ts';
import { measureEpochOffset } from './media-clock.ts';
import type { FromWorker, SharedPrompt, ToWorker, WorkerReport, WorkerSetup } from './media-protocol.ts';
import { observeReport } from './media-metrics.ts';
import { findPrompt } from './prompt-library.ts';

/** How the embedded plane is set up. */
export interface EmbeddedMediaOptions {
  /** Address that RTP is bound to. */
  readonly host: string;
  /** Address that is written into SDP; the bound one by default. */
  readonly advertisedHost?: string | undefined;
  /** Range of ports over all workers, ends included; 0 to 0 asks the system. */
  readonly ports: { readonly min: number; readonly max: number };
  readonly workers: number;
  /** Legs that one worker may hold. */
  readonly legsPerWorker: number;
  readonly silenceLimitMs: number;
  readonly prompts: ReadonlyMap<string, SharedPrompt>;
  readonly listener: MediaListener;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

type Answer = Extract<FromWorker, { id: number }>;

interface WorkerSeat {
  readonly index: number;
  worker: Worker;
  readonly legs: Set<LegKey>;
  readonly waiting: Map<number, (answer: Answer | undefined) => void>;
  report: WorkerReport | undefined;
  crashes: number;
  alive: boolean;
}

const answerLimitMs = 5_000;
const restartBackoff = { firstMs: 200, limitMs: 10_000 };

/** Even share of the range for one worker, on a pair boundary. */
export function shareOfPorts(ports: { min: number; max: number }, workers: number, index: number): { min: number; max: number } {
  if (ports.max === 0) return { min: 0, max: 0 };
  const pairs = Math.floor((ports.max - ports.min + 1) / 2 / workers);
  const min = ports.min + (ports.min % 2) + index * pairs * 2;
  return { min, max: Math.min(ports.max, min + pairs * 2 - 1) };
}

/** Media in worker threads of this process. Resolves when all threads are up. */
export async function startEmbeddedMedia(options: EmbeddedMediaOptions): Promise<MediaPlane> {
  const plane = new EmbeddedMediaPlane(options);
  await plane.start();
  return plane;
}

class EmbeddedMediaPlane implements MediaPlane {
  private readonly options: EmbeddedMediaOptions;
  private readonly seats: WorkerSeat[];
  private readonly seatOf = new Map<LegKey, WorkerSeat>();
  private readonly epochOffsetNs = measureEpochOffset();
  private lastId = 0;
  private closing = false;

  constructor(options: EmbeddedMediaOptions) {
    this.options = options;
    this.seats = Array.from({ length: options.workers }, (_, index) => ({
      index,
      worker: this.spawn(index),
      legs: new Set<LegKey>(),
      waiting: new Map(),
      report: undefined,
      crashes: 0,
      alive: false,
    }));
  }

  private spawn(index: number): Worker {
    const setup: WorkerSetup = {
      host: this.options.host,
      ports: shareOfPorts(this.options.ports, this.options.workers, index),
      epochOffsetNs: this.epochOffsetNs,
      silenceLimitMs: this.options.silenceLimitMs,
      prompts: this.options.prompts,
    };
    // An empty list keeps flags of the parent (jest's, a debugger's) out of the thread.
    return new Worker(new URL('./media-worker.ts', import.meta.url), { workerData: setup, name: `media-${index}`, execArgv: ['--disable-warning=ExperimentalWarning'] });
  }

  async start(): Promise<void> {
    await Promise.all(
      this.seats.map(async (seat) => {
        this.listen(seat);
        await new Promise<void>((resolve, reject) => {
          seat.worker.once('online', resolve);
          seat.worker.once('error', reject);
        });
      }),
    );
  }

  private listen(seat: WorkerSeat): void {
    const { worker } = seat;
    seat.alive = true;
    worker.on('message', (message: FromWorker) => {
      this.heard(seat, message);
    });
    worker.on('error', (error) => {
      this.options.log.error('media worker failed', { error, worker: seat.index });
    });
    worker.once('exit', () => {
      if (seat.worker === worker) this.lost(seat);
    });
  }

  private heard(seat: WorkerSeat, message: FromWorker): void {
    const { listener } = this.options;
    switch (message.kind) {
      case 'digit':
        listener.onDigit(message.leg, message.digit, message.method);
        break;
      case 'audio':
        listener.onAudio(message.leg, message.chunk, message.codec);
        break;
      case 'silent':
        listener.onLegLost(message.leg, 'silent');
        break;
      case 'report':
        observeReport(this.options.metrics, message.report, seat.report);
        seat.report = message.report;
        break;
      default:
        seat.waiting.get(message.id)?.(message);
    }
  }

  /** The thread is gone: its legs with it; the others go on, and a new thread takes its place. */
  private lost(seat: WorkerSeat): void {
    seat.alive = false;
    seat.report = undefined;
    for (const settle of [...seat.waiting.values()]) settle(undefined);
    const legs = [...seat.legs];
    seat.legs.clear();
    for (const leg of legs) this.seatOf.delete(leg);
    if (this.closing) return;
    seat.crashes += 1;
    this.options.log.error('media worker ended', { worker: seat.index, legs: legs.length, crashes: seat.crashes });
    for (const leg of legs) this.options.listener.onLegLost(leg, 'worker_lost');
    this.options.clock.setTimer(backoffMs(restartBackoff, seat.crashes), () => {
      if (this.closing) return;
      seat.worker = this.spawn(seat.index);
      this.listen(seat);
    });
  }

  private post(leg: LegKey, message: ToWorker): void {
    this.seatOf.get(leg)?.worker.postMessage(message);
  }

  /** Asks a worker; undefined when it is gone or does not answer in time. */
  private ask(seat: WorkerSeat, build: (id: number) => ToWorker, limitMs: number | 'none' = answerLimitMs): Promise<Answer | undefined> {
    const id = (this.lastId += 1);
    return new Promise((resolve) => {
      const settle = (answer: Answer | undefined) => {
        cancel?.();
        seat.waiting.delete(id);
        resolve(answer);
      };
      const cancel = limitMs === 'none' ? undefined : this.options.clock.setTimer(limitMs, () => {
        settle(undefined);
      });
      seat.waiting.set(id, settle);
      seat.worker.postMessage(build(id));
    });
  }

  private chooseSeat(near: LegKey | undefined): WorkerSeat | undefined {
    const kept = near === undefined ? undefined : this.seatOf.get(near);
    return kept ?? this.seats.filter((seat) => seat.alive).toSorted((left, right) => left.legs.size - right.legs.size)[0];
  }

  async createLeg(leg: LegKey, { near }: { near?: LegKey } = {}): Promise<{ address: string; port: number }> {
    const seat = this.chooseSeat(near);
    if (seat === undefined) throw voiceError('VOICE_MEDIA_LOST');
    seat.legs.add(leg);
    this.seatOf.set(leg, seat);
    const answer = await this.ask(seat, (id) => ({ kind: 'create', id, leg }));
    const port = answer?.kind === 'created' ? answer.port : undefined;
    if (port !== undefined && this.seatOf.get(leg) === seat) return { address: this.options.advertisedHost ?? this.options.host, port };
    this.forget(leg);
    throw voiceError(answer === undefined ? 'VOICE_MEDIA_LOST' : 'VOICE_NO_MEDIA_PORT');
  }

  private forget(leg: LegKey): void {
    this.seatOf.get(leg)?.legs.delete(leg);
    this.seatOf.delete(leg);
  }

  configure(leg: LegKey, media: Parameters<MediaPlane['configure']>[1]): void {
    this.post(leg, { kind: 'configure', leg, media });
  }

  bridge(left: LegKey, right: LegKey): void {
    if (this.seatOf.get(left) !== this.seatOf.get(right)) this.options.log.error('legs of two workers cannot be bridged', { left, right });
    else this.post(left, { kind: 'bridge', left, right });
  }

  unbridge(leg: LegKey): void {
    this.post(leg, { kind: 'unbridge', leg });
  }

  async play(leg: LegKey, playlist: Parameters<MediaPlane['play']>[1]): Promise<'played' | 'stopped'> {
    const seat = this.seatOf.get(leg);
    if (seat === undefined) return 'stopped';
    const prompts = playlist.prompts.flatMap(({ audio, language }) => {
      const key = findPrompt(this.options.prompts, audio, language);
      if (key === undefined) this.options.log.warn('prompt is missing', { audio, language });
      return key ?? [];
    });
    // As long as it sounds: ended by the worker, by stopPlay, or with the leg.
    const answer = await this.ask(seat, (id) => ({ kind: 'play', id, leg, prompts, loop: playlist.loop }), 'none');
    return answer?.kind === 'played' ? answer.how : 'stopped';
  }

  stopPlay(leg: LegKey): void {
    this.post(leg, { kind: 'stopPlay', leg });
  }

  collectDtmf(leg: LegKey, on: boolean): void {
    this.post(leg, { kind: 'collect', leg, on });
  }

  tap(legs: readonly LegKey[]): void {
    const [first] = legs;
    if (first !== undefined) this.post(first, { kind: 'tap', legs });
  }

  record(leg: LegKey, on: boolean): void {
    this.post(leg, { kind: 'record', leg, on });
  }

  async stats(leg: LegKey): Promise<LegFigures> {
    const seat = this.seatOf.get(leg);
    const answer = seat === undefined ? undefined : await this.ask(seat, (id) => ({ kind: 'stats', id, leg }));
    if (answer?.kind !== 'figures' || answer.figures === undefined) throw voiceError('VOICE_MEDIA_LOST');
    return answer.figures;
  }

  async closeLeg(leg: LegKey): Promise<LegFigures | undefined> {
    const seat = this.seatOf.get(leg);
    if (seat === undefined) return undefined;
    const answer = await this.ask(seat, (id) => ({ kind: 'close', id, leg }));
    this.forget(leg);
    return answer?.kind === 'figures' ? answer.figures : undefined;
  }

  hasPrompt(audio: string, language: string): boolean {
    return findPrompt(this.options.prompts, audio, language) !== undefined;
  }

  load(): MediaLoad {
    const alive = this.seats.filter((seat) => seat.alive);
    return {
      legs: alive.reduce((sum, seat) => sum + seat.legs.size, 0),
      capacity: alive.length * this.options.legsPerWorker,
      lateMs: Math.max(0, ...alive.map((seat) => seat.report?.lateMs ?? 0)),
    };
  }

  async close(): Promise<void> {
    this.closing = true;
    await Promise.all(
      this.seats.map(async (seat) => {
        if (!seat.alive) return;
        const ended = new Promise((resolve) => seat.worker.once('exit', resolve));
        seat.worker.postMessage({ kind: 'end' } satisfies ToWorker);
        const cancel = this.options.clock.setTimer(answerLimitMs, () => void seat.worker.terminate());
        await ended;
        cancel();
      }),
    );
  }
}
