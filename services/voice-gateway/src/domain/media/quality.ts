/** What the score is worked out from. */
export interface QualityInputs {
  /** Share of packets lost, 0 to 1. */
  readonly lossRatio: number;
  readonly jitterMs: number;
  /** Round trip of the network in milliseconds; 0 when not known. */
  readonly roundTripMs: number;
}

/** R with all parameters at their defaults (ITU-T G.107 (06/2015) table 3, rounded as clause 7.7 gives it). */
const defaultRating = 93.2;
/** G.711 without loss concealment (ITU-T G.113 appendix I, table I.4: Ie 0, Bpl 4.3). */
const equipmentImpairment = 0;
const lossRobustness = 4.3;
const packetMs = 20;

/**
 * Mean opinion score by the E-model with default values (ITU-T G.107 annex B for the score, clause 7.3's common
 * simplification for delay), 1 to 4.5. The receiver's buffer is taken as twice the jitter.
 */
export function estimateMos({ lossRatio, jitterMs, roundTripMs }: QualityInputs): number {
  const delayMs = roundTripMs / 2 + packetMs + 2 * jitterMs;
  const delayImpairment = 0.024 * delayMs + (delayMs > 177.3 ? 0.11 * (delayMs - 177.3) : 0);
  const lossPct = Math.min(1, Math.max(0, lossRatio)) * 100;
  const effectiveImpairment = equipmentImpairment + (95 - equipmentImpairment) * (lossPct / (lossPct + lossRobustness));
  const rating = defaultRating - delayImpairment - effectiveImpairment;
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}
