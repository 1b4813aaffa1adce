import { useTimed } from '../connection/now.ts';
import { formatDuration, secondsLeft } from '../format.ts';

/** Time since a moment, as words that count up. */
export function useSince(ms: number): string {
  return useTimed((nowMs) => formatDuration(nowMs - ms));
}

/** Time until a moment, as words that count down to nothing. */
export function useUntil(ms: number): string {
  return useTimed((nowMs) => formatDuration(secondsLeft(ms, nowMs) * 1000));
}

/** Time since a moment, counting up. */
export function Since({ ms }: { ms: number }) {
  return <span className="tabular">{useSince(ms)}</span>;
}

/** Time until a moment, counting down to nothing. */
export function Until({ ms }: { ms: number }) {
  return <span className="tabular">{useUntil(ms)}</span>;
}
