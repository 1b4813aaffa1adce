import { requireCount, requireRange } from './traffic.ts';

/**
 * 1/B(N) by the recursion 1/B(k) = 1 + (k/a)/B(k−1). The inverse is what grows, so nothing is lost when B is small:
 * beyond the range of numbers it is infinite, and B is 0.
 */
export function inverseBlocking(load: number, lines: number): number {
  let inverse = 1;
  for (let count = 1; count <= lines; count += 1) inverse = 1 + (count / load) * inverse;
  return inverse;
}

/**
 * Erlang B: share of contacts that find all lines taken and are turned away (M/M/N/N).
 * B(0) = 1, B(k) = a·B(k−1) / (k + a·B(k−1)).
 * Source: A. K. Erlang 1917; recursion in ITU-T E.501 and any teletraffic handbook.
 * @param load offered load a, erlang, 0 or more
 * @param lines N, a whole number of 0 or more
 * @returns 0 to 1
 * @throws ERLANG_BAD_INPUT
 */
export function erlangB(load: number, lines: number): number {
  requireRange('load', load, load >= 0 && load < Infinity);
  requireCount('lines', lines, 0);
  if (load === 0) return lines === 0 ? 1 : 0;
  return 1 / inverseBlocking(load, lines);
}

/**
 * Erlang B turned round: the load at which N lines turn this share away. B grows with the load, so halving finds it.
 * @param blocking share turned away, above 0 and below 1
 * @param lines N, a whole number of 1 or more
 * @returns erlang, to the last digits of a double
 * @throws ERLANG_BAD_INPUT
 */
export function loadForBlocking(blocking: number, lines: number): number {
  requireRange('blocking', blocking, blocking > 0 && blocking < 1);
  requireCount('lines', lines, 1);
  // With load N/(1 − B) the lines could not carry what is left: an upper bound.
  let [low, high] = [0, lines / (1 - blocking)];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (erlangB(middle, lines) < blocking) low = middle;
    else high = middle;
  }
}

/**
 * The fewest lines that turn away at most this share.
 * @param load erlang, 0 or more
 * @param blocking above 0 and below 1
 * @throws ERLANG_BAD_INPUT
 */
export function linesForBlocking(load: number, blocking: number): number {
  requireRange('load', load, load >= 0 && load < Infinity);
  requireRange('blocking', blocking, blocking > 0 && blocking < 1);
  if (load === 0) return 1;
  let lines = 0;
  for (let inverse = 1; 1 / inverse > blocking; ) {
    lines += 1;
    inverse = 1 + (lines / load) * inverse;
  }
  return lines;
}
