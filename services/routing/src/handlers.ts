import type { RpcImplementation } from '@patchbay/bus/rpc-server';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import type { AgentServiceDefinition, AgentStatus } from '@patchbay/contracts/agent/v1/agent_service';
import type { QueueStatus, RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { actingAs, actorOf, changedBy, closedBy, evacuatedBy, requireLead, requireOwnTeam, requireStaff, type Teams } from './authorise.ts';
import type { Desk } from './desk.ts';
import { evacuationReach } from './domain/decide-evacuation.ts';
import type { RoutingInput } from './domain/inputs.ts';
import type { Explainer } from './explainer.ts';
import { agentStatus, queueStatus } from './domain/views.ts';
import type { RoutingState } from './domain/state.ts';
import { listPressing } from './domain/pressing-promises.ts';
import { listWaiting, readWaitingRequest } from './domain/waiting-list.ts';
import { routingError } from './errors.ts';
import { streamChanges } from './stream-changes.ts';

/** A queue's figures are pushed at most so often. */
const queuePushMs = 500;
/** An agent's state is pushed at most so often; the first change goes at once, so that an offer shows. */
const agentPushMs = 200;

const present = <Value>(values: readonly (Value | undefined)[]): Value[] => values.filter((value) => value !== undefined);

function queueStatuses(state: RoutingState, nowMs: number, names: Iterable<string> = state.centre.queues.keys()): QueueStatus[] {
  return present([...names].sort().map((name) => queueStatus(state, name, nowMs)));
}

function agentStatuses(state: RoutingState, nowMs: number, ids: Iterable<string> = state.centre.agents.keys()): AgentStatus[] {
  return present([...ids].sort().map((id) => agentStatus(state, id, nowMs)));
}

/**
 * Offers, wrap-up and queues. A call that comes twice: accepting gives the same assignment, closing what one closed is
 * answered the same; refusing or failing an offer that is over is refused with ROUTING_OFFER_GONE.
 */
export function createRoutingHandlers(desk: Desk, explainer: Explainer): RpcImplementation<typeof RoutingServiceDefinition> {
  return {
    async acceptOffer(request, { actor, signal }) {
      actingAs(actor, request.agentId);
      const outcome = await desk.input({ kind: 'AcceptOffer', request }, { signal });
      return outcome.kind === 'accepted' ? { assignmentId: outcome.assignmentId, epoch: outcome.epoch } : { assignmentId: '', epoch: 0n };
    },
    async rejectOffer(request, { actor, signal }) {
      actingAs(actor, request.agentId);
      await desk.input({ kind: 'RejectOffer', request }, { signal });
      return {};
    },
    async failOffer(request, { actor, signal }) {
      actingAs(actor, request.agentId);
      await desk.input({ kind: 'FailOffer', request }, { signal });
      return {};
    },
    async extendWrapUp(request, { actor, signal }) {
      actingAs(actor, request.agentId);
      const outcome = await desk.input({ kind: 'ExtendWrapUp', request }, { signal });
      return { endsAt: outcome.kind === 'extended' ? new Date(outcome.endsAtMs) : undefined };
    },
    async closeAssignment(request, { actor, signal }) {
      await desk.input({ kind: 'CloseAssignment', request, by: closedBy(actor, request.agentId) }, { signal });
      return {};
    },
    async parkContact(request, { actor, signal }) {
      actingAs(actor, request.agentId);
      const outcome = await desk.input({ kind: 'ParkContact', request }, { signal });
      return { until: outcome.kind === 'parked' ? new Date(outcome.untilMs) : undefined };
    },
    async resumeContact(request, { actor, signal }) {
      actingAs(actor, request.agentId);
      const outcome = await desk.input({ kind: 'ResumeContact', request }, { signal });
      return outcome.kind === 'accepted' ? { assignmentId: outcome.assignmentId, epoch: outcome.epoch } : { assignmentId: '', epoch: 0n };
    },
    async listQueues(_request, { actor, signal }) {
      requireStaff(actor);
      return { queues: await desk.look((state, nowMs) => queueStatuses(state, nowMs), signal) };
    },
    async listWaiting(request, { actor, signal }) {
      requireLead(actor);
      const asked = readWaitingRequest(request);
      if (asked === undefined) throw routingError('ROUTING_BAD_PAGE_TOKEN');
      const page = await desk.look((state, nowMs) => listWaiting(state, asked, nowMs), signal);
      if (page === undefined) throw routingError('ROUTING_UNKNOWN_QUEUE');
      return page;
    },
    async listPromises(request, { actor, signal }) {
      requireLead(actor);
      const page = await desk.look((state, nowMs) => listPressing(state, request, nowMs), signal);
      if (page === undefined) throw routingError('ROUTING_UNKNOWN_QUEUE');
      return page;
    },
    async *watchQueues(_request, { actor, signal }) {
      requireStaff(actor);
      const options = { desk, kind: 'queues', everyMs: queuePushMs, signal } as const;
      for await (const queues of streamChanges(options, queueStatuses)) yield { queues };
    },
    async explainOffer(request, { actor, signal }) {
      requireLead(actor);
      return explainer.offer(request, signal);
    },
    async explainWaiting(request, { actor, signal }) {
      requireLead(actor);
      return explainer.waiting(request, signal);
    },
  };
}

/** Gives an input again until nothing is left for it to do. */
async function countAll(desk: Desk, input: RoutingInput, signal: AbortSignal): Promise<number> {
  for (let sum = 0; ; ) {
    const outcome = await desk.input(input, { signal });
    const count = outcome.kind === 'counted' ? outcome.count : 0;
    if (count === 0) return sum;
    sum += count;
  }
}

/** Presence of agents. Signing in twice takes over from the older session; the rest may be asked again without harm. */
export function createAgentHandlers(desk: Desk, teams: Teams): RpcImplementation<typeof AgentServiceDefinition> {
  const status = (agentId: string, signal: AbortSignal) => desk.look((state, nowMs) => agentStatus(state, agentId, nowMs), signal);
  return {
    async signIn(request, { actor, signal }) {
      actingAs(actor, request.agentId);
      const outcome = await desk.input({ kind: 'SignIn', request }, { signal });
      return { sessionId: outcome.kind === 'signedIn' ? outcome.sessionId : '', leaseMs: BigInt(desk.agentLeaseMs) };
    },
    async signOut(request, { actor, signal }) {
      requireOwnTeam(actor, request.agentId, teams);
      const by = changedBy(actor, request.agentId);
      await desk.input({ kind: 'SignOut', request, by, actor: actorOf(actor, request.agentId) }, { signal });
      return {};
    },
    async setState(request, { actor, signal }) {
      requireOwnTeam(actor, request.agentId, teams);
      await desk.input({ kind: 'SetState', request, by: changedBy(actor, request.agentId), actor: actorOf(actor, request.agentId) }, { signal });
      return { agent: await status(request.agentId, signal) };
    },
    async heartbeat(request, { actor, signal }) {
      actingAs(actor, request.agentId);
      return { current: await desk.beat(request.agentId, request.sessionId, signal) };
    },
    async evacuateSite({ site, lookOnly }, { actor, signal }) {
      const by = evacuatedBy(actor);
      const reach = await desk.look((state) => evacuationReach(state, site), signal);
      if (lookOnly) return { ...reach, contactsMoved: 0 };
      const agents = await countAll(desk, { kind: 'EvacuateSite', site, by, actor: actor.subject }, signal);
      return { ...reach, agents, contactsMoved: agents === 0 ? 0 : await countAll(desk, { kind: 'MoveStranded' }, signal) };
    },
    async listAgents(request, { actor, signal }) {
      requireStaff(actor);
      const agents = await desk.look((state, nowMs) => agentStatuses(state, nowMs), signal);
      return { agents: request.signedOut ? agents : agents.filter((agent) => agent.state !== AgentState.SIGNED_OUT) };
    },
    async *watchAgents(request, { actor, signal }) {
      requireStaff(actor);
      const only = request.agentId;
      const options = { desk, kind: 'agents', everyMs: agentPushMs, signal } as const;
      const look = (state: RoutingState, nowMs: number, ids?: ReadonlySet<string>) =>
        only === '' ? agentStatuses(state, nowMs, ids) : agentStatuses(state, nowMs, ids === undefined || ids.has(only) ? [only] : []);
      for await (const agents of streamChanges(options, look)) yield { agents };
    },
  };
}
