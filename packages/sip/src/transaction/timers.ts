/** The base values of all transaction timers (RFC 3261 section 17.1.1.1 and table 4), milliseconds. */
export interface SipTimers {
  /** Estimate of the round trip; Timer A, E and G begin with it, B, F, H, J, L and M are 64 times it. */
  readonly t1Ms: number;
  /** Longest interval between repeats of non-INVITE requests and INVITE responses. */
  readonly t2Ms: number;
  /** Longest time a message stays in the network; Timer I and K. */
  readonly t4Ms: number;
  /** Timer D: how long answers to a refused INVITE may still come over an unreliable transport, at least 32 s. */
  readonly dMs: number;
}

/** The standard's values. */
export const defaultTimers: SipTimers = { t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000, dMs: 32_000 };
