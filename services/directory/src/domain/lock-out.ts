/** Failed sign-ins of one user name. */
export interface LockOut {
  /** Failures in a row. */
  failures: number;
  /** No try is looked at before this; milliseconds since the Unix epoch. */
  lockedUntilMs: number;
}

/** How lock-outs grow. */
export interface LockOutPolicy {
  /** Failures in a row that lock. */
  failures: number;
  /** First lock, milliseconds; doubles with each failure after it. */
  firstMs: number;
  /** Longest lock, milliseconds. */
  limitMs: number;
  /** Failures are forgotten after this long without one, milliseconds; longer than `limitMs`. */
  forgetMs: number;
}

/** Five tries, then 30 s, doubling to 15 min; forgotten after an hour. */
export const defaultLockOutPolicy: LockOutPolicy = { failures: 5, firstMs: 30_000, limitMs: 900_000, forgetMs: 3_600_000 };

/** The state after one more failure. */
export function afterFailure(state: LockOut | undefined, policy: LockOutPolicy, nowMs: number): LockOut {
  const failures = (state?.failures ?? 0) + 1;
  const over = failures - policy.failures;
  const lockMs = over < 0 ? 0 : Math.min(policy.limitMs, policy.firstMs * 2 ** Math.min(over, 20));
  return { failures, lockedUntilMs: lockMs === 0 ? 0 : nowMs + lockMs };
}

/** Whole seconds until tries are looked at again; 0 when they are. */
export function lockedSeconds(state: LockOut | undefined, nowMs: number): number {
  return Math.max(0, Math.ceil(((state?.lockedUntilMs ?? 0) - nowMs) / 1000));
}
