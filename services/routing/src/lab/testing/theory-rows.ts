import type { TheoryRow } from './erlang-gate.ts';

const patient = (arrivalsPerHour: number, handlingSeconds: number, agents: number, seconds = 20): TheoryRow => ({ arrivalsPerHour, handlingSeconds, agents, seconds, patienceSeconds: Infinity });
const impatient = (arrivalsPerHour: number, handlingSeconds: number, agents: number, patienceSeconds: number, seconds = 20): TheoryRow => ({ arrivalsPerHour, handlingSeconds, agents, seconds, patienceSeconds });

/** Published and closed-form examples of Erlang C and A, from two agents to 850; packages/erlang has their digits. */
export const theoryRows: readonly TheoryRow[] = [
  patient(200, 180, 14),
  patient(200, 180, 11),
  patient(200, 180, 12),
  patient(200, 180, 13),
  patient(720, 240, 55, 15),
  patient(2_880, 60, 50),
  patient(12, 300, 2),
  patient(60, 300, 7),
  patient(60, 300, 8),
  patient(200, 360, 25),
  patient(30, 240, 4),
  patient(600, 240, 45),
  patient(2_000, 240, 140),
  patient(10_000, 300, 850),
  impatient(2_880, 60, 50, 120),
  impatient(1_200, 300, 100, 300),
  impatient(1_800, 300, 100, 300),
  impatient(200, 180, 14, 180),
  impatient(200, 180, 11, 60),
  impatient(200, 180, 10, 120),
  // λ = 102, μ = θ = 1, T = 0.1 in units of 100 s: the clock counts milliseconds.
  impatient(3_672, 100, 100, 100, 10),
];
