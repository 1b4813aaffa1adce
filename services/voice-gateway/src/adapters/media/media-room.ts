import { TickSchedule } from '../../domain/media/tick-schedule.ts';
import type { LegKey } from '../../media-plane.ts';
import type { MediaClock } from './media-clock.ts';
import type { FromWorker, ToWorker, WorkerReport, WorkerSetup } from './media-protocol.ts';
import { RtpLeg, type LegHooks } from './rtp-leg.ts';
import { createPortPool, type PortPool } from './socket-pair.ts';

const reportEveryMs = 1_000;

/** The legs of one worker, driven by one tick. */
export class MediaRoom {
  private readonly legs = new Map<LegKey, RtpLeg>();
  private readonly setup: WorkerSetup;
  private readonly clock: MediaClock;
  private readonly tell: (message: FromWorker) => void;
  private readonly ports: PortPool;
  private readonly hooks: LegHooks;
  private readonly schedule: TickSchedule;
  private timer: NodeJS.Timeout | undefined;
  private reportAtMs: number;
  private readonly silent = new Set<LegKey>();
  private lateMs = 0;
  private skippedFrames = 0;
  /** Counts of legs that are closed. */
  private readonly past = { in: 0, out: 0, bad: 0, foreign: 0, errors: 0 };

  constructor(setup: WorkerSetup, clock: MediaClock, tell: (message: FromWorker) => void) {
    this.setup = setup;
    this.clock = clock;
    this.tell = tell;
    this.ports = createPortPool(setup.host, setup.ports);
    this.hooks = {
      clock,
      digit: (leg, digit, method) => {
        tell({ kind: 'digit', leg, digit, method });
      },
      audio: (leg, chunk, codec) => {
        tell({ kind: 'audio', leg, chunk, codec });
      },
    };
    this.schedule = new TickSchedule(clock.nowMs());
    this.reportAtMs = clock.nowMs() + reportEveryMs;
  }

  start(): void {
    this.timer = setTimeout(() => {
      this.tick();
      this.start();
    }, this.schedule.waitMs(this.clock.nowMs()));
  }

  private tick(): void {
    const nowMs = this.clock.nowMs();
    const due = this.schedule.due(nowMs);
    this.lateMs = Math.max(this.lateMs, due.lateMs);
    if (due.skipped > 0) {
      this.skippedFrames += due.skipped;
      for (const leg of this.legs.values()) leg.skipped();
    }
    for (let run = 0; run < due.run; run += 1) for (const leg of this.legs.values()) leg.tick(nowMs);
    if (nowMs >= this.reportAtMs) {
      this.reportAtMs = nowMs + reportEveryMs;
      this.report(nowMs);
    }
  }

  private report(nowMs: number): void {
    const sum = { ...this.past };
    for (const leg of this.legs.values()) {
      for (const name of ['in', 'out', 'bad', 'foreign'] as const) sum[name] += leg.counts[name];
      sum.errors += leg.socketErrors();
      this.checkSilence(leg, nowMs);
    }
    const report: WorkerReport = {
      legs: this.legs.size,
      lateMs: Math.round(this.lateMs),
      skippedFrames: this.skippedFrames,
      packetsIn: sum.in,
      packetsOut: sum.out,
      badPackets: sum.bad,
      foreignPackets: sum.foreign,
      socketErrors: sum.errors,
    };
    this.lateMs = 0;
    this.tell({ kind: 'report', report });
  }

  private checkSilence(leg: RtpLeg, nowMs: number): void {
    const sinceMs = leg.silentSinceMs();
    const { silenceLimitMs } = this.setup;
    if (silenceLimitMs === 0 || sinceMs === undefined || nowMs - sinceMs < silenceLimitMs || this.silent.has(leg.key)) return;
    this.silent.add(leg.key);
    this.tell({ kind: 'silent', leg: leg.key });
  }

  /** Carries out one command. */
  async handle(message: ToWorker): Promise<void> {
    switch (message.kind) {
      case 'create':
        await this.create(message.id, message.leg);
        break;
      case 'configure':
        this.legs.get(message.leg)?.configure(message.media);
        break;
      case 'bridge':
        this.bridge(message.left, message.right);
        break;
      case 'unbridge':
        this.unbridge(message.leg);
        break;
      case 'play':
        this.play(message);
        break;
      case 'stopPlay':
        this.legs.get(message.leg)?.stopPlay('stopped');
        break;
      case 'collect':
        this.legs.get(message.leg)?.collect(message.on);
        break;
      case 'tap': {
        const start = { monotonicMs: this.clock.nowMs(), epochNs: this.clock.epochNs() };
        for (const key of message.legs) this.legs.get(key)?.tap(start);
        break;
      }
      case 'record':
        this.legs.get(message.leg)?.record(message.on);
        break;
      case 'stats':
        this.tell({ kind: 'figures', id: message.id, figures: this.legs.get(message.leg)?.figures() });
        break;
      case 'close':
        this.close(message.id, message.leg);
        break;
      case 'end':
        this.end();
    }
  }

  private async create(id: number, key: LegKey): Promise<void> {
    const sockets = await this.ports.open();
    if (sockets !== undefined) this.legs.set(key, new RtpLeg(key, sockets, this.hooks));
    this.tell({ kind: 'created', id, port: sockets?.port });
  }

  private bridge(leftKey: LegKey, rightKey: LegKey): void {
    const left = this.legs.get(leftKey);
    const right = this.legs.get(rightKey);
    if (left === undefined || right === undefined || left === right) return;
    for (const leg of [left, right]) if (leg.bridgedTo() !== undefined) this.unbridge(leg.key);
    left.bridgeTo(right);
    right.bridgeTo(left);
  }

  private unbridge(key: LegKey): void {
    const leg = this.legs.get(key);
    leg?.bridgedTo()?.bridgeTo(undefined);
    leg?.bridgeTo(undefined);
  }

  private play(message: Extract<ToWorker, { kind: 'play' }>): void {
    const prompts = message.prompts.flatMap((name) => this.setup.prompts.get(name) ?? []);
    const done = (how: 'played' | 'stopped') => {
      this.tell({ kind: 'played', id: message.id, how });
    };
    const leg = this.legs.get(message.leg);
    if (leg === undefined) done('stopped');
    else leg.play(prompts, message.loop, done);
  }

  private close(id: number, key: LegKey): void {
    const leg = this.legs.get(key);
    if (leg !== undefined) {
      this.unbridge(key);
      this.legs.delete(key);
      this.silent.delete(key);
    }
    const figures = leg?.close();
    if (leg !== undefined) {
      for (const name of ['in', 'out', 'bad', 'foreign'] as const) this.past[name] += leg.counts[name];
      this.past.errors += leg.socketErrors();
    }
    this.tell({ kind: 'figures', id, figures });
  }

  private end(): void {
    clearTimeout(this.timer);
    for (const leg of this.legs.values()) leg.close();
    this.legs.clear();
  }
}
