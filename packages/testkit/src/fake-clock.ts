import type { Clock } from '@patchbay/runtime/clock';

/** A clock that moves only when told to. */
export interface FakeClock extends Clock {
  /** Moves both clocks on, firing timers in order of their due times; callbacks see the time they were due at. */
  advance(byMs: number): void;
  /** As `advance`, letting promises settle after each timer. */
  advanceAsync(byMs: number): Promise<void>;
  /** Jumps the wall clock without moving the monotonic one: a wrong NTP step. */
  jump(byMs: number): void;
  /** Timers that wait. */
  pendingTimers(): number;
}

interface Timer {
  dueMs: number;
  order: number;
  callback: () => void;
}

/** @param startMs wall clock at the start, milliseconds since the Unix epoch */
export function createFakeClock(startMs = Date.UTC(2026, 0, 5, 1, 0, 0)): FakeClock {
  let monotonicMs = 0;
  let offsetMs = startMs;
  let order = 0;
  const timers = new Set<Timer>();

  function nextDue(untilMs: number): Timer | undefined {
    let found: Timer | undefined;
    for (const timer of timers) {
      if (timer.dueMs > untilMs) continue;
      if (found === undefined || timer.dueMs < found.dueMs || (timer.dueMs === found.dueMs && timer.order < found.order)) found = timer;
    }
    return found;
  }

  function fireNext(untilMs: number): boolean {
    const timer = nextDue(untilMs);
    if (timer === undefined) return false;
    timers.delete(timer);
    monotonicMs = Math.max(monotonicMs, timer.dueMs);
    timer.callback();
    return true;
  }

  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    nowMs: () => Math.floor(offsetMs + monotonicMs),
    monotonicMs: () => monotonicMs,
    setTimer(delayMs, callback) {
      const timer = { dueMs: monotonicMs + Math.max(0, delayMs), order: (order += 1), callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(byMs) {
      const untilMs = monotonicMs + byMs;
      while (fireNext(untilMs));
      monotonicMs = untilMs;
    },
    async advanceAsync(byMs) {
      const untilMs = monotonicMs + byMs;
      await settle();
      while (fireNext(untilMs)) await settle();
      monotonicMs = untilMs;
      await settle();
    },
    jump: (byMs) => void (offsetMs += byMs),
    pendingTimers: () => timers.size,
  };
}
