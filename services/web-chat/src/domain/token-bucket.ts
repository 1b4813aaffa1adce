/** How often something may happen. */
export interface Rate {
  /** At once, after a rest. */
  burst: number;
  /** In the long run, a second. */
  perSecond: number;
}

/** What a bucket holds. */
export interface Bucket {
  tokens: number;
  atMs: number;
}

/** A full bucket. */
export function fullBucket(rate: Rate, nowMs: number): Bucket {
  return { tokens: rate.burst, atMs: nowMs };
}

/** Takes one token; 0 when there was one, else the wait in milliseconds until there is. The bucket changes in place. */
export function takeToken(bucket: Bucket, rate: Rate, nowMs: number): number {
  bucket.tokens = Math.min(rate.burst, bucket.tokens + (Math.max(0, nowMs - bucket.atMs) / 1000) * rate.perSecond);
  bucket.atMs = nowMs;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return 0;
  }
  return Math.ceil(((1 - bucket.tokens) / rate.perSecond) * 1000);
}
