import type { BusConnection } from '@patchbay/bus/connection';
import { serviceActor, type Actor } from '@patchbay/bus/actor';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import type { CallContext, RpcImplementation } from '@patchbay/bus/rpc-server';
import { DirectoryServiceDefinition, type ResourceFile } from '@patchbay/contracts/directory/v1/directory_service';
import { Resource, Role } from '@patchbay/contracts/directory/v1/resource';
import { LabScenario, ReplayResult, SimulateResult, WhatIfResult, type RoutingLabServiceDefinition, type SimulateRequest, type WhatIfRequest } from '@patchbay/contracts/routing/v1/routing_lab_service';
import { domainOfQueue, referredKinds, type Directory } from './directory.ts';
import { mainDomain } from './domain/queue-policy.ts';
import type { RoutingRules } from './domain/state.ts';
import { routingError } from './errors.ts';
import { createFixedDirectory } from './lab/fixed-directory.ts';
import type { LabThread } from './lab/lab-thread.ts';
import { findScenarioFaults } from './lab/scenario-faults.ts';

/** What the lab's methods work with. */
export interface LabParts {
  readonly bus: BusConnection;
  readonly natsUrl: string;
  readonly directory: Directory;
  readonly rules: RoutingRules;
  readonly thread: LabThread;
}

const planners: readonly Role[] = [Role.TEAM_LEAD, Role.MANAGER, Role.ADMIN];

function requirePlanner(actor: Actor): void {
  if (actor.kind !== 'service' && !actor.roles.some((role) => planners.includes(role))) throw routingError('ROUTING_FORBIDDEN');
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** As long as facts are kept. */
const longestSpanMs = 7 * dayMs;
const usualIntervalMinutes = 30;
const usualWarmUpMinutes = 60;

function refuse(field: string): never {
  throw routingError('ROUTING_LAB_BAD_REQUEST', { details: { field } });
}

function measureOf(intervalMinutes: number, warmUpMinutes: number) {
  if (intervalMinutes < 0 || intervalMinutes > 1_440) refuse('interval_minutes');
  if (warmUpMinutes < 0 || warmUpMinutes > 1_440) refuse('warm_up_minutes');
  return { intervalMs: (intervalMinutes || usualIntervalMinutes) * minuteMs, warmUpMs: warmUpMinutes * minuteMs };
}

function spanOf({ from, to, intervalMinutes, warmUpMinutes = usualWarmUpMinutes }: WhatIfRequest) {
  if (from === undefined) refuse('from');
  if (to === undefined || to <= from || to.getTime() - from.getTime() > longestSpanMs) refuse('to');
  return { fromMs: from.getTime(), toMs: to.getTime(), ...measureOf(intervalMinutes, warmUpMinutes) };
}

/** The scenario of a question with what is wrong in it: it may name what is there, and what is proposed. */
function readScenario({ scenario: asked, domain }: SimulateRequest, tenant: string, resources: readonly Resource[]) {
  const scenario = asked ?? LabScenario.fromPartial({});
  const layered = createFixedDirectory(resources, tenant);
  const faults = findScenarioFaults(scenario, {
    hasQueue: (name) => layered.get(tenant, 'Queue', name) !== undefined && domainOfQueue(layered, tenant, name) === (domain || mainDomain),
    hasAgent: (name) => layered.get(tenant, 'Agent', name) !== undefined,
  });
  return { scenario, faults: faults.map((fault) => ({ ...fault, file: '', line: 0, resource: 'scenario' })) };
}

const usedKinds = [...referredKinds, 'Queue', 'Agent'];

/** Questions to the past. They change nothing; asking twice costs twice. */
export function createLabHandlers({ bus, natsUrl, directory, rules, thread }: LabParts): RpcImplementation<typeof RoutingLabServiceDefinition> {
  const directoryClient = createRpcClient(bus, DirectoryServiceDefinition);
  const encode = (resource: Resource) => Resource.encode(resource).finish();
  const listUsed = (tenant: string) => usedKinds.flatMap((kind) => directory.list(tenant, kind));
  const base = (tenant: string, domain: string) => ({
    natsUrl,
    tenant,
    domain: domain || mainDomain,
    rules,
    resources: listUsed(tenant).map(encode),
  });

  /** Has the directory check files as if they were to be applied. */
  async function readPolicy(files: readonly ResourceFile[], { tenant, signal }: CallContext) {
    if (files.length === 0) return { faults: [], resources: [] };
    return directoryClient.applyResources({ files: [...files], dryRun: true, reportFaults: true }, { tenant, actor: serviceActor(bus.name), signal });
  }

  return {
    async *replay(request, { tenant, actor, signal }) {
      requirePlanner(actor);
      yield { progress: 0, result: undefined };
      for await (const message of thread.run({ kind: 'replay', ...base(tenant, request.domain) }, signal)) {
        if (message.kind === 'progress') yield { progress: message.share, result: undefined };
        else yield { progress: 1, result: ReplayResult.decode(message.bytes) };
      }
    },
    async *whatIf(request, context) {
      const { tenant, actor, signal } = context;
      requirePlanner(actor);
      const span = spanOf(request);
      yield { progress: 0, faults: [], result: undefined };
      const { faults, resources } = await readPolicy(request.files, context);
      if (faults.length > 0) {
        yield { progress: 0, faults, result: undefined };
        return;
      }
      const job = { kind: 'whatIf', ...base(tenant, request.domain), ...span, proposed: resources.map(encode), seed: request.seed } as const;
      for await (const message of thread.run(job, signal)) {
        if (message.kind === 'progress') yield { progress: message.share, faults: [], result: undefined };
        else yield { progress: 1, faults: [], result: WhatIfResult.decode(message.bytes) };
      }
    },
    async *simulate(request, context) {
      const { tenant, actor, signal } = context;
      requirePlanner(actor);
      const measure = measureOf(request.intervalMinutes, request.warmUpMinutes);
      yield { progress: 0, faults: [], result: undefined };
      const policy = await readPolicy(request.files, context);
      const read = readScenario(request, tenant, [...listUsed(tenant), ...policy.resources]);
      const faults = policy.faults.length > 0 ? policy.faults : read.faults;
      if (faults.length > 0) {
        yield { progress: 0, faults, result: undefined };
        return;
      }
      const job = { kind: 'simulate', ...base(tenant, request.domain), ...measure, proposed: policy.resources.map(encode), scenario: LabScenario.encode(read.scenario).finish(), seed: request.seed } as const;
      for await (const message of thread.run(job, signal)) {
        if (message.kind === 'progress') yield { progress: message.share, faults: [], result: undefined };
        else yield { progress: 1, faults: [], result: SimulateResult.decode(message.bytes) };
      }
    },
  };
}
