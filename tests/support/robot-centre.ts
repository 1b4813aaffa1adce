import type { Actor } from '@patchbay/bus/actor';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import type { AnyFact } from '@patchbay/bus/fact';
import { openKv } from '@patchbay/bus/kv';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { watchFacts } from '@patchbay/bus/watch-facts';
import { AgentState, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import { EndReason, Party, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { ContactConnected, ContactEnded, RoutingRequested, RoutingWithdrawn } from '@patchbay/contracts/contact/v1/contact_event';
import { Agent, Queue, Resource, Role, Tenant, type WrapUp, type WrapUpMode } from '@patchbay/contracts/directory/v1/resource';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';

/** Writes resources as the directory does, without it. */
export async function putResources(bus: BusConnection, tenant: string, resources: readonly Resource[]): Promise<void> {
  const kv = await openKv(bus, 'directory');
  for (const resource of resources) await kv.put(`${tenant}.${resource.kind}.${resource.name}`, Resource.encode(resource).finish());
}

const resource = (kind: string, name: string, spec: NonNullable<Resource['spec']>): Resource => ({ ...Resource.fromPartial({ kind, name }), spec });

export const tenantResource = (name: string): Resource => resource('Tenant', name, { $case: 'tenant', value: Tenant.fromPartial({ timeZone: 'Asia/Shanghai' }) });

export const queueResource = (name: string, fields: Partial<Queue> = {}): Resource => resource('Queue', name, { $case: 'queue', value: { ...Queue.fromPartial({}), ...fields } });

export const agentResource = (name: string, queues: string[], capacity: Record<string, number> = { webchat: 1 }): Resource =>
  resource('Agent', name, { $case: 'agent', value: { ...Agent.fromPartial({ displayName: name }), queues, capacity } });

export const wrapUp = (mode: WrapUpMode, limitSeconds = 0): WrapUp => ({ mode, limitSeconds, extensionSeconds: 0, dispositions: '', hold: 0 });

export function agentActor(agentId: string): Actor {
  return { subject: `user:${agentId}`, kind: 'user', roles: [Role.AGENT], agent: agentId };
}

/** A channel that asks for agents, connects who is assigned, and ends contacts. Writes contact facts only. */
export function createRobotChannel(bus: BusConnection, tenant: string) {
  const event = (contactId: string) => ({ tenant, key: contactId });
  return {
    request: (contactId: string, fields: Partial<RoutingRequested>) =>
      appendFacts(bus, [newFact(RoutingRequested, { ...event(contactId), event: RoutingRequested.fromPartial({ contactId, requestId: `${contactId}-r`, channel: 'webchat', ...fields }) })]),
    withdraw: (contactId: string) =>
      appendFacts(bus, [newFact(RoutingWithdrawn, { ...event(contactId), event: { contactId, requestId: `${contactId}-r`, reason: WithdrawalReason.CUSTOMER_LEFT } })]),
    connect: (contactId: string, assignmentId: string, agentId: string) => appendFacts(bus, [newFact(ContactConnected, { ...event(contactId), event: { contactId, assignmentId, agentId } })]),
    end: (contactId: string, reason: EndReason = EndReason.AGENT_ENDED) => appendFacts(bus, [newFact(ContactEnded, { ...event(contactId), event: { contactId, by: Party.AGENT, reason, code: '' } })]),
  };
}

/** How a robot works. */
export interface RobotOptions {
  tenant: string;
  agentId: string;
  /** Ends contacts on their medium; the robot closes its assignment afterwards. */
  endContact(contactId: string): Promise<unknown>;
}

/**
 * An agent that signs in, beats, takes every offer, ends the contact and closes it. What fails is tried again as long as
 * the agent's slots show that it is still to be done.
 */
export function startRobotAgent(bus: BusConnection, { tenant, agentId, endContact }: RobotOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const agents = createRpcClient(bus, AgentServiceDefinition);
  const routing = createRpcClient(bus, RoutingServiceDefinition);
  const options = { tenant, actor: agentActor(agentId), signal, timeoutMs: 3_000 };
  let sessionId = '';

  async function signIn(): Promise<void> {
    ({ sessionId } = await agents.signIn({ agentId, device: 'web' }, options));
    await agents.setState({ agentId, state: AgentState.READY }, options);
  }

  async function beat(): Promise<void> {
    const { current } = await agents.heartbeat({ agentId, sessionId }, options);
    const [status] = (await agents.listAgents({ signedOut: true }, options)).agents.filter((agent) => agent.agentId === agentId);
    if (!current) await signIn();
    else if (status?.state === AgentState.NOT_READY) await agents.setState({ agentId, state: AgentState.READY }, options);
    for (const slot of status?.slots ?? []) {
      const { contactId, offerId, assignmentId } = slot;
      if (slot.state === SlotState.RESERVED) await routing.acceptOffer({ offerId, agentId, contactId }, options);
      else if (slot.state === SlotState.ENGAGED) await endContact(contactId);
      else await routing.closeAssignment({ assignmentId, agentId, contactId, disposition: 'done' }, options);
    }
  }

  const loop = (async () => {
    while (!signal.aborted) {
      // A call that met no writer is made again in the next round.
      await beat().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  })();
  return {
    async stop() {
      stopping.abort(new Error('stopped'));
      await loop;
    },
  };
}

/** Gathers the facts of a tenant's routing, in stream order. */
export function gatherFacts(bus: BusConnection, tenant: string): { facts: AnyFact[]; stop(): void } {
  const stopping = new AbortController();
  const facts: AnyFact[] = [];
  void (async () => {
    for await (const fact of watchFacts(bus, { tenant, domains: ['routing', 'agent'], fromSequence: 1, signal: stopping.signal })) facts.push(fact);
  })();
  return {
    facts,
    stop() {
      stopping.abort();
    },
  };
}
