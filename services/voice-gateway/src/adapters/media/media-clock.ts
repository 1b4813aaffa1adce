/** Time of a media worker. */
export interface MediaClock {
  /** Monotonic milliseconds of this thread, with fractions. */
  nowMs(): number;
  /** Nanoseconds since the Unix epoch, on a clock that does not step. */
  epochNs(): bigint;
}

/** @param epochOffsetNs from `measureEpochOffset`, the same for all threads of a process */
export function createMediaClock(epochOffsetNs: bigint): MediaClock {
  return { nowMs: () => performance.now(), epochNs: () => process.hrtime.bigint() + epochOffsetNs };
}

/** What the process's monotonic clock lacks to the Unix epoch. Taken once a process: later steps of the wall clock do not tear time lines apart. */
export function measureEpochOffset(): bigint {
  return BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();
}
