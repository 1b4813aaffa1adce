import { useSyncExternalStore } from 'react';
import { useDesk } from './desk.ts';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
const tickMs = 250;

/** One timer for every clock on the page. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const one of [...listeners]) one();
  }, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The server's time to the second: components that show it draw once a second. */
export function useNowSecond(): number {
  const { clock } = useDesk();
  return useSyncExternalStore(subscribe, () => Math.floor(clock.nowMs() / 1000)) * 1000;
}

/** A value that follows the server's time; draws only when the value is another one. */
export function useTimed<Value extends string | number | boolean>(compute: (nowMs: number) => Value): Value {
  const { clock } = useDesk();
  return useSyncExternalStore(subscribe, () => compute(clock.nowMs()));
}
