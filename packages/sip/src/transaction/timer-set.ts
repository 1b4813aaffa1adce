import type { CancelTimer, Clock } from '@patchbay/runtime/clock';

/** The running timers of one transaction or session, by name. */
export interface TimerSet<Name extends string> {
  /** Starts a timer, stopping the one of the same name. */
  start(name: Name, delayMs: number, fire: () => void): void;
  stop(...names: Name[]): void;
  stopAll(): void;
}

/** Timers on a clock. */
export function createTimerSet<Name extends string>(clock: Clock): TimerSet<Name> {
  const running = new Map<Name, CancelTimer>();
  function stop(name: Name): void {
    running.get(name)?.();
    running.delete(name);
  }
  return {
    start(name, delayMs, fire) {
      stop(name);
      running.set(
        name,
        clock.setTimer(delayMs, () => {
          running.delete(name);
          fire();
        }),
      );
    },
    stop(...names) {
      names.forEach(stop);
    },
    stopAll() {
      for (const cancel of running.values()) cancel();
      running.clear();
    },
  };
}
