import type { BusConnection } from '@patchbay/bus/connection';
import { createRpcClient, type CallOptions } from '@patchbay/bus/rpc-client';
import type { CallContext, RpcImplementation } from '@patchbay/bus/rpc-server';
import { AgentServiceDefinition, type EvacuateSiteResponse } from '@patchbay/contracts/agent/v1/agent_service';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { SteeringServiceDefinition } from '@patchbay/contracts/routing/v1/steering_service';
import { SurgeServiceDefinition } from '@patchbay/contracts/routing/v1/surge_service';
import { AppError } from '@patchbay/runtime/app-error';
import { domainOfAgent, domainOfSurgePlan, domainsOf, type Directory } from './directory.ts';
import { mainDomain } from './domain/queue-policy.ts';
import { routingError } from './errors.ts';

/** Under which name of a tenant the writer of another domain than `main` answers: only routing itself calls it. */
export function domainAddress(tenant: string, domain: string): string {
  return `${tenant}--${domain}`;
}

/** What a front works with: it stands with the writer of `main` and answers for the whole tenant. */
export interface FrontParts {
  bus: BusConnection;
  directory: Directory;
  tenant: string;
}

type Local<Request, Response> = (request: Request, context: CallContext) => Promise<Response>;
type Remote<Request, Response> = (request: Request, options: CallOptions) => Promise<Response>;
type LocalStream<Request, Response> = (request: Request, context: CallContext) => AsyncIterable<Response>;
type RemoteStream<Request, Response> = (request: Request, options: CallOptions) => AsyncIterable<Response>;

function createRouter({ directory, tenant }: FrontParts) {
  const options = (domain: string, { actor, signal }: CallContext): CallOptions => ({ tenant: domainAddress(tenant, domain), actor, signal });
  const byDomain =
    <Named>(domainOf: (request: Named) => string) =>
    <Request extends Named, Response>(local: Local<Request, Response>, remote: Remote<Request, Response>): Local<Request, Response> =>
    (request, context) => {
      const domain = domainOf(request);
      return domain === mainDomain ? local(request, context) : remote(request, options(domain, context));
    };
  const others = () => [...domainsOf(directory, tenant)].filter((domain) => domain !== mainDomain).sort();
  return {
    /** To the writer of the agent's domain. */
    byAgent: byDomain(({ agentId }: { agentId: string }) => domainOfAgent(directory, tenant, agentId) ?? mainDomain),
    /** To the writer of the surge plan's domain. */
    bySurgePlan: byDomain(({ plan }: { plan: string }) => domainOfSurgePlan(directory, tenant, plan)),
    /** From every writer, one after the other by name. */
    gather:
      <Request, Response>(local: Local<Request, Response>, remote: Remote<Request, Response>) =>
      (request: Request, context: CallContext): Promise<Response[]> =>
        Promise.all([local(request, context), ...others().map((domain) => remote(request, options(domain, context)))]),
    /** From the first writer that knows the contact or queue. */
    firstKnown:
      <Request, Response>(local: Local<Request, Response>, remote: Remote<Request, Response>, unknown: 'ROUTING_UNKNOWN_CONTACT' | 'ROUTING_UNKNOWN_QUEUE' = 'ROUTING_UNKNOWN_CONTACT'): Local<Request, Response> =>
      async (request, context) => {
        const asked = [() => local(request, context), ...others().map((domain) => () => remote(request, options(domain, context)))];
        for (const [index, ask] of asked.entries()) {
          try {
            return await ask();
          } catch (thrown) {
            const error = AppError.from(thrown);
            if (error.code !== unknown || index === asked.length - 1) throw error;
          }
        }
        throw routingError(unknown);
      },
    /** Streams of every writer as one. */
    merge:
      <Request, Response>(local: LocalStream<Request, Response>, remote: RemoteStream<Request, Response>): LocalStream<Request, Response> =>
      (request, context) =>
        mergeStreams([local(request, context), ...others().map((domain) => remote(request, options(domain, context)))]),
  };
}

/** Gives items of several streams as they come; ends, or fails, with the first that does. */
async function* mergeStreams<Item>(streams: readonly AsyncIterable<Item>[]): AsyncGenerator<Item> {
  const iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
  const next = (iterator: AsyncIterator<Item>) => iterator.next().then((result) => ({ iterator, result }));
  const waiting = new Map(iterators.map((iterator) => [iterator, next(iterator)]));
  try {
    for (;;) {
      const { iterator, result } = await Promise.race(waiting.values());
      if (result.done === true) return;
      waiting.set(iterator, next(iterator));
      yield result.value;
    }
  } finally {
    // Not awaited: a stream that waits for its next change would hold the others open.
    for (const iterator of iterators) void iterator.return?.()?.catch(() => undefined);
  }
}

/** Offers, wrap-up and queues of all routing domains of a tenant. */
export function createRoutingFront(parts: FrontParts, local: RpcImplementation<typeof RoutingServiceDefinition>): RpcImplementation<typeof RoutingServiceDefinition> {
  const remote = createRpcClient(parts.bus, RoutingServiceDefinition);
  const router = createRouter(parts);
  const listQueues = router.gather(local.listQueues, remote.listQueues);
  return {
    acceptOffer: router.byAgent(local.acceptOffer, remote.acceptOffer),
    rejectOffer: router.byAgent(local.rejectOffer, remote.rejectOffer),
    failOffer: router.byAgent(local.failOffer, remote.failOffer),
    extendWrapUp: router.byAgent(local.extendWrapUp, remote.extendWrapUp),
    closeAssignment: router.byAgent(local.closeAssignment, remote.closeAssignment),
    parkContact: router.byAgent(local.parkContact, remote.parkContact),
    resumeContact: router.byAgent(local.resumeContact, remote.resumeContact),
    listQueues: async (request, context) => ({ queues: (await listQueues(request, context)).flatMap(({ queues }) => queues).sort((left, right) => (left.queue < right.queue ? -1 : 1)) }),
    listWaiting: router.firstKnown(local.listWaiting, remote.listWaiting, 'ROUTING_UNKNOWN_QUEUE'),
    listPromises: router.firstKnown(local.listPromises, remote.listPromises, 'ROUTING_UNKNOWN_QUEUE'),
    watchQueues: router.merge(local.watchQueues, remote.watchQueues),
    explainOffer: router.firstKnown(local.explainOffer, remote.explainOffer),
    explainWaiting: router.firstKnown(local.explainWaiting, remote.explainWaiting),
  };
}

/** Surges of all routing domains of a tenant. */
export function createSurgeFront(parts: FrontParts, local: RpcImplementation<typeof SurgeServiceDefinition>): RpcImplementation<typeof SurgeServiceDefinition> {
  const remote = createRpcClient(parts.bus, SurgeServiceDefinition);
  const router = createRouter(parts);
  const listSurges = router.gather(local.listSurges, remote.listSurges);
  return {
    startSurge: router.bySurgePlan(local.startSurge, remote.startSurge),
    stopSurge: router.bySurgePlan(local.stopSurge, remote.stopSurge),
    listSurges: async (request, context) => ({ surges: (await listSurges(request, context)).flatMap(({ surges }) => surges).sort((left, right) => (left.plan < right.plan ? -1 : 1)) }),
  };
}

const sumOf = (parts: readonly EvacuateSiteResponse[]): EvacuateSiteResponse =>
  parts.reduce((sum, one) => ({
    agents: sum.agents + one.agents,
    contactsMoved: sum.contactsMoved + one.contactsMoved,
    contactsReturned: sum.contactsReturned + one.contactsReturned,
    contactsKept: sum.contactsKept + one.contactsKept,
  }));

/** Presence of the agents of all routing domains of a tenant. */
export function createAgentFront(parts: FrontParts, local: RpcImplementation<typeof AgentServiceDefinition>): RpcImplementation<typeof AgentServiceDefinition> {
  const remote = createRpcClient(parts.bus, AgentServiceDefinition);
  const router = createRouter(parts);
  const listAgents = router.gather(local.listAgents, remote.listAgents);
  const evacuate = router.gather(local.evacuateSite, remote.evacuateSite);
  return {
    signIn: router.byAgent(local.signIn, remote.signIn),
    signOut: router.byAgent(local.signOut, remote.signOut),
    setState: router.byAgent(local.setState, remote.setState),
    heartbeat: router.byAgent(local.heartbeat, remote.heartbeat),
    evacuateSite: async (request, context) => sumOf(await evacuate(request, context)),
    listAgents: async (request, context) => ({ agents: (await listAgents(request, context)).flatMap(({ agents }) => agents).sort((left, right) => (left.agentId < right.agentId ? -1 : 1)) }),
    watchAgents: router.merge(local.watchAgents, remote.watchAgents),
  };
}

/** What team leads do in all routing domains of a tenant. */
export function createSteeringFront(parts: FrontParts, local: RpcImplementation<typeof SteeringServiceDefinition>): RpcImplementation<typeof SteeringServiceDefinition> {
  const remote = createRpcClient(parts.bus, SteeringServiceDefinition);
  const router = createRouter(parts);
  return {
    moveContact: router.firstKnown(local.moveContact, remote.moveContact),
    pullContact: router.firstKnown(local.pullContact, remote.pullContact),
    reassignContact: router.firstKnown(local.reassignContact, remote.reassignContact),
    cancelRequest: router.firstKnown(local.cancelRequest, remote.cancelRequest),
    prioritiseContact: router.firstKnown(local.prioritiseContact, remote.prioritiseContact),
    pauseQueue: router.firstKnown(local.pauseQueue, remote.pauseQueue, 'ROUTING_UNKNOWN_QUEUE'),
    resumeQueue: router.firstKnown(local.resumeQueue, remote.resumeQueue, 'ROUTING_UNKNOWN_QUEUE'),
    overrideSkills: router.byAgent(local.overrideSkills, remote.overrideSkills),
    restoreSkills: router.byAgent(local.restoreSkills, remote.restoreSkills),
    forceSignOut: router.byAgent(local.forceSignOut, remote.forceSignOut),
    withdrawSignOut: router.byAgent(local.withdrawSignOut, remote.withdrawSignOut),
  };
}
