import type { BusConnection } from '@patchbay/bus/connection';
import { serviceActor, type Actor } from '@patchbay/bus/actor';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import type { CallContext, RpcImplementation } from '@patchbay/bus/rpc-server';
import { DirectoryServiceDefinition } from '@patchbay/contracts/directory/v1/directory_service';
import { Resource, Role } from '@patchbay/contracts/directory/v1/resource';
import { ReplayResult, WhatIfResult, type RoutingLabServiceDefinition, type WhatIfRequest } from '@patchbay/contracts/routing/v1/routing_lab_service';
import { referredKinds, type Directory } from './directory.ts';
import { mainDomain } from './domain/queue-policy.ts';
import type { RoutingRules } from './domain/state.ts';
import { routingError } from './errors.ts';
import type { LabThread } from './lab/lab-thread.ts';

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

function spanOf({ from, to, intervalMinutes, warmUpMinutes = usualWarmUpMinutes }: WhatIfRequest) {
  if (from === undefined) refuse('from');
  if (to === undefined || to <= from || to.getTime() - from.getTime() > longestSpanMs) refuse('to');
  if (intervalMinutes < 0 || intervalMinutes > 1_440) refuse('interval_minutes');
  if (warmUpMinutes < 0 || warmUpMinutes > 1_440) refuse('warm_up_minutes');
  return { fromMs: from.getTime(), toMs: to.getTime(), intervalMs: (intervalMinutes || usualIntervalMinutes) * minuteMs, warmUpMs: warmUpMinutes * minuteMs };
}

const usedKinds = [...referredKinds, 'Queue', 'Agent'];

/** Questions to the past. They change nothing; asking twice costs twice. */
export function createLabHandlers({ bus, natsUrl, directory, rules, thread }: LabParts): RpcImplementation<typeof RoutingLabServiceDefinition> {
  const directoryClient = createRpcClient(bus, DirectoryServiceDefinition);
  const encode = (resource: Resource) => Resource.encode(resource).finish();
  const base = (tenant: string, domain: string) => ({
    natsUrl,
    tenant,
    domain: domain || mainDomain,
    rules,
    resources: usedKinds.flatMap((kind) => directory.list(tenant, kind)).map(encode),
  });

  /** Has the directory check files as if they were to be applied. */
  async function readPolicy(files: WhatIfRequest['files'], { tenant, signal }: CallContext) {
    if (files.length === 0) return { faults: [], resources: [] };
    return directoryClient.applyResources({ files, dryRun: true, reportFaults: true }, { tenant, actor: serviceActor(bus.name), signal });
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
  };
}
