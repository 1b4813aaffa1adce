import type { AnyFact } from '@patchbay/bus/fact';
import { Agent, Queue, Resource, WrapUpMode } from '@patchbay/contracts/directory/v1/resource';
import { createEmptyState } from '../../build-writer.ts';
import { mainDomain } from '../../domain/queue-policy.ts';
import type { RoutingFact } from '../../domain/facts.ts';
import { defaultRules } from '../../domain/state.ts';
import { createFixedDirectory, labTenant } from '../fixed-directory.ts';
import type { RecordedFact } from '../recorded-fact.ts';
import { drawWorkload, type Scenario } from '../scenario.ts';
import { labRules, runWorkload } from '../virtual-centre.ts';
import { gateStartMs } from './erlang-gate.ts';

export const hour = 3_600_000;
export const minute = 60_000;
export const place = { tenant: labTenant, domain: mainDomain };
/** So many hours into the recorded day. */
export const at = (hours: number) => gateStartMs + hours * hour;

export function centreResources(queues: Record<string, Partial<Queue>>, agents: Record<string, string[]>): Resource[] {
  const wrapUp = { mode: WrapUpMode.OPTIONAL, limitSeconds: 600, extensionSeconds: 0, dispositions: '' };
  return [
    ...Object.entries(queues).map(([name, fields]) => Resource.fromPartial({ kind: 'Queue', name, spec: { $case: 'queue', value: Queue.fromPartial({ wrapUp, ...fields }) } })),
    ...Object.entries(agents).map(([name, of]) => Resource.fromPartial({ kind: 'Agent', name, spec: { $case: 'agent', value: Agent.fromPartial({ queues: of, capacity: { voice: 1 } }) } })),
  ];
}

/** Two agents for each of two queues. */
export const narrowResources = centreResources({ sales: {}, service: {} }, { ann: ['sales'], bo: ['sales'], cy: ['service'], di: ['service'] });

const scenario: Scenario = {
  seed: 4,
  traffic: ['sales', 'service'].map((queue, index) => ({
    queue,
    channel: 'voice',
    rates: [{ fromMs: at(0), toMs: at(6), perHour: 20 + 6 * index }],
    talk: { kind: 'logNormal' as const, meanMs: 3 * minute, variation: 0.8 },
    wrapUp: { kind: 'exponential' as const, meanMs: 30_000 },
    patience: { kind: 'exponential' as const, meanMs: 3 * minute },
    answer: { kind: 'fixed' as const, meanMs: 3_000 },
  })),
  agents: ['ann', 'bo', 'cy', 'di'].map((agentId, index) => ({
    agentId,
    shifts: [{ fromMs: at(0), toMs: at(6), breaks: [{ fromMs: at(2 + index / 2), toMs: at(2.5 + index / 2) }] }],
  })),
};

/** A day as the stream would have it: what channels asked and what routing wrote. */
export function record(): AnyFact[] {
  const workload = drawWorkload(scenario);
  const facts: RecordedFact[] = workload.contacts.map(({ atMs, request }) => ({ type: 'patchbay.contact.v1.RoutingRequested', key: request.contactId, timeMs: atMs, event: request }));
  const state = createEmptyState({ place, directory: createFixedDirectory(narrowResources), rules: labRules(defaultRules), nowMs: () => at(0) });
  const written: RoutingFact[] = [];
  runWorkload({ state, workload, startMs: at(0), endMs: at(30), onFacts: (some) => written.push(...some) });
  return [...facts, ...written].sort((left, right) => left.timeMs - right.timeMs).map((fact) => ({ ...fact, domain: fact.type.split('.')[1] }) as AnyFact);
}
