import { createFixedDirectory } from './fixed-directory.ts';
import { toReport } from './report.ts';
import { runLab } from './run-lab.ts';
import { drawWorkload, type Traffic } from './scenario.ts';
import { compareWithTheory, gateStartMs, lineActs, lineResources, lineTraffic, type TheoryRow } from './testing/erlang-gate.ts';
import { theoryRows } from './testing/theory-rows.ts';
import { erlangA } from '@patchbay/erlang/erlang-a';

const hourMs = 3_600_000;
const round = (value: number, digits = 4) => Number(value.toFixed(digits));

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Every row of theory, 200 replications, all figures within their 99 % interval. */
function benchTheory(emit: (row: Record<string, unknown>) => void): void {
  for (const row of theoryRows) {
    const before = cpuSeconds();
    const compared = compareWithTheory(row, { replications: 200, contacts: 500, seed: 1 });
    const worst = Math.max(...compared.map(({ theory, simulated, halfWidth }) => Math.abs(simulated - theory) / halfWidth));
    const figures = Object.fromEntries(compared.map(({ figure, theory, simulated, halfWidth }) => [figure, [round(theory), round(simulated), round(halfWidth)]]));
    const isInside = compared.every((one) => one.isInside);
    emit({ measure: 'theory', ...row, patienceSeconds: row.patienceSeconds === Infinity ? 'endless' : row.patienceSeconds, isInside, worstOfHalfWidth: round(worst, 2), theorySimulatedHalfWidth: figures, cpuSeconds: round(cpuSeconds() - before, 1) });
  }
}

/** One long run: the service level of a million contacts. */
function benchMillion(emit: (row: Record<string, unknown>) => void): void {
  const row: TheoryRow = { arrivalsPerHour: 2_880, handlingSeconds: 60, agents: 50, patienceSeconds: 120, seconds: 20 };
  const toMs = gateStartMs + (1_000_000 / row.arrivalsPerHour) * hourMs;
  const workload = { ...drawWorkload({ seed: 1, traffic: [lineTraffic(row, gateStartMs, toMs)], agents: [] }), acts: lineActs(row.agents) };
  const [before, beganMs] = [cpuSeconds(), performance.now()];
  const { meter } = runLab({ directory: createFixedDirectory(lineResources(row.agents)), workload, startMs: gateStartMs, measureToMs: toMs, targetMs: () => row.seconds * 1_000, intervalMs: 24 * hourMs });
  const { total } = toReport(meter);
  const level = total.serviceLevels.answered_of_offered ?? 0;
  emit({ measure: 'a million contacts', offered: total.offered, serviceLevel: round(level, 5), theory: round(erlangA(row).serviceLevel(row.seconds), 5), offPoints: round(100 * Math.abs(level - erlangA(row).serviceLevel(row.seconds)), 3), cpuSeconds: round(cpuSeconds() - before, 1), wallSeconds: round((performance.now() - beganMs) / 1_000, 1) });
}

const dayAgents = 500;
/** Contacts an hour, from midnight, as a share of the busiest hour. */
const dayProfile = [8, 5, 4, 4, 5, 8, 20, 45, 75, 95, 100, 92, 70, 80, 92, 95, 90, 80, 65, 55, 45, 35, 22, 13];

/** A whole day: three shifts of log-normal calls with patience, breaks and wrap-up; the log summed up, twice. */
function benchDay(emit: (row: Record<string, unknown>) => void): void {
  const busiest = 4_200;
  const traffic: Traffic = {
    queue: 'line',
    channel: 'voice',
    rates: dayProfile.map((pct, hour) => ({ fromMs: gateStartMs + hour * hourMs, toMs: gateStartMs + (hour + 1) * hourMs, perHour: (busiest * pct) / 100 })),
    talk: { kind: 'logNormal', meanMs: 240_000, variation: 0.9 },
    patience: { kind: 'exponential', meanMs: 180_000 },
  };
  const shiftOf = (number: number) => [0, 7, 8, 9, 12, 14][number % 6] ?? 0;
  const agents = Array.from({ length: dayAgents }, (_, number) => {
    const fromMs = gateStartMs + shiftOf(number) * hourMs + (number % 4) * 900_000;
    return { agentId: `a${String(number)}`, shifts: [{ fromMs, toMs: fromMs + 9 * hourMs, breaks: [{ fromMs: fromMs + (3 + (number % 3)) * hourMs, toMs: fromMs + (4 + (number % 3)) * hourMs }] }] };
  });
  const logs = [1, 2].map(() => {
    const [before, beganMs] = [cpuSeconds(), performance.now()];
    const workload = drawWorkload({ seed: 1, traffic: [traffic], agents });
    const { meter, log } = runLab({ directory: createFixedDirectory(lineResources(dayAgents)), workload, startMs: gateStartMs, measureToMs: gateStartMs + 24 * hourMs, isLogged: true });
    const wallSeconds = (performance.now() - beganMs) / 1_000;
    const { total, occupancy } = toReport(meter);
    emit({
      measure: 'a day of 24 hours, the fact log summed up',
      agents: dayAgents,
      contacts: workload.contacts.length,
      facts: log?.count,
      serviceLevel: round(total.serviceLevels.answered_of_offered ?? 0),
      abandonRate: round(total.abandonRate ?? 0),
      occupancy: round(occupancy ?? 0),
      cpuSeconds: round(cpuSeconds() - before, 1),
      wallSeconds: round(wallSeconds, 1),
      isUnderAMinute: wallSeconds < 60,
    });
    return log?.sha256;
  });
  emit({ measure: 'the same seed, the same log', isSame: logs[0] === logs[1], sha256: logs[0] });
}

/** The simulator: against theory, on a million contacts, and a whole day. */
export function bench(emit: (row: Record<string, unknown>) => void): void {
  benchDay(emit);
  benchMillion(emit);
  benchTheory(emit);
}
