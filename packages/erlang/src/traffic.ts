import { erlangError } from './errors.ts';

/** What arrives, and how long each contact keeps an agent. */
export interface Traffic {
  /** Contacts an hour, 0 or more. */
  readonly arrivalsPerHour: number;
  /** Mean handling time, wrap-up included, seconds, above 0. */
  readonly handlingSeconds: number;
}

/** Traffic that meets agents. */
export interface StaffedTraffic extends Traffic {
  /** Agents who serve it, a whole number of 1 or more. */
  readonly agents: number;
}

/** A number outside its range is named, so that the caller need not guess. */
export function requireRange(name: string, value: number, isGood: boolean): void {
  if (!isGood || Number.isNaN(value)) throw erlangError('ERLANG_BAD_INPUT', { details: { [name]: String(value) } });
}

/** @throws ERLANG_BAD_INPUT unless it is a whole number of `least` or more */
export function requireCount(name: string, value: number, least: number): void {
  requireRange(name, value, Number.isInteger(value) && value >= least);
}

/**
 * Offered load a = λ · AHT.
 * @returns erlang: the agents that would be busy if nobody had to wait
 * @throws ERLANG_BAD_INPUT
 */
export function offeredLoad({ arrivalsPerHour, handlingSeconds }: Traffic): number {
  requireRange('arrivalsPerHour', arrivalsPerHour, arrivalsPerHour >= 0 && arrivalsPerHour < Infinity);
  requireRange('handlingSeconds', handlingSeconds, handlingSeconds > 0 && handlingSeconds < Infinity);
  return (arrivalsPerHour * handlingSeconds) / 3_600;
}
