import { LabDistribution, type LabDuration, type LabScenario } from '@patchbay/contracts/routing/v1/routing_lab_service';
import type { Duration, Scenario } from './scenario.ts';

const minuteMs = 60_000;

function toDuration({ distribution, meanSeconds, variation }: LabDuration): Duration {
  const meanMs = meanSeconds * 1_000;
  switch (distribution) {
    case LabDistribution.EXPONENTIAL:
      return { kind: 'exponential', meanMs };
    case LabDistribution.LOG_NORMAL:
      return { kind: 'logNormal', meanMs, variation };
    default:
      return { kind: 'fixed', meanMs: Math.round(meanMs) };
  }
}

const optional = (duration: LabDuration | undefined) => (duration === undefined ? undefined : toDuration(duration));

/** A scenario without faults, as the simulator draws from it. */
export function toScenario({ start, traffic, shifts }: LabScenario, seed: number): Scenario {
  const startMs = start?.getTime() ?? 0;
  const span = ({ fromMinute, toMinute }: { fromMinute: number; toMinute: number }) => ({ fromMs: startMs + fromMinute * minuteMs, toMs: startMs + toMinute * minuteMs });
  return {
    seed,
    traffic: traffic.map(({ queue, channel, rates, talk, wrapUp, patience, answer, priority, skills }) => ({
      queue,
      channel,
      rates: rates.map((rate) => ({ ...span(rate), perHour: rate.perHour })),
      talk: optional(talk) ?? { kind: 'fixed', meanMs: 0 },
      wrapUp: optional(wrapUp),
      patience: optional(patience),
      answer: optional(answer),
      priority,
      skills,
    })),
    agents: shifts.flatMap((shift) => shift.agents.map((agentId) => ({ agentId, shifts: [{ ...span(shift), breaks: shift.breaks.map(span) }] }))),
  };
}
