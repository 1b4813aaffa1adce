import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import type { AnyFact } from '@patchbay/bus/fact';
import { readFacts } from '@patchbay/bus/read-facts';
import { serveRpc } from '@patchbay/bus/rpc-server';
import { ContactAssigned, ContactOffered, ContactQueued, ContactRefused, OfferCancelled, OfferFailed, OfferRejected, QueueCause, RoutingExpired } from '@patchbay/contracts/routing/v1/routing_event';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { errorsOf } from '@patchbay/runtime/app-error';
import { eventually } from '@patchbay/testkit/eventually';

const fail = errorsOf({ ROUTING_OFFER_GONE: { status: 'failed_precondition', meaning: 'gone', remedy: 'none' } });

/** Routing as a puppet: writes what the test says, and notes what it is asked. */
export interface ScriptedRouting {
  /** `accept <offer>`, `reject <offer> <reason>`, `fail <offer> <code>`, in order. */
  readonly asked: string[];
  /** What `AcceptOffer` does: assigns by default. */
  acceptWith: 'assign' | 'gone' | 'assign-silently';
  /** The contact's facts of voice and contact, in stream order. */
  story(contactId: string): Promise<readonly AnyFact[]>;
  /** Fact names in short. */
  names(contactId: string): Promise<string[]>;
  /** The open request of a contact. */
  request(contactId: string): Promise<{ requestId: string; queue: string; priority: number }>;
  offer(contactId: string, options: { offerId: string; agentId: string; epoch?: bigint; ringS?: number }): Promise<void>;
  cancel(contactId: string, offerId: string, agentId: string): Promise<void>;
  assign(contactId: string, offerId: string, agentId: string): Promise<void>;
  refuse(contactId: string, reason: string): Promise<void>;
  expire(contactId: string): Promise<void>;
  /** Writes any fact of routing. */
  write(codec: Parameters<typeof newFact>[0], contactId: string, event: object): Promise<void>;
  requeue(contactId: string, epoch: bigint): Promise<void>;
  stop(): Promise<void>;
}

/** @param bus connected under the name `routing` */
export function startScriptedRouting(bus: BusConnection, tenant: string): ScriptedRouting {
  const asked: string[] = [];
  const append = (codec: Parameters<typeof newFact>[0], key: string, event: unknown) => appendFacts(bus, [newFact(codec, { tenant, key, event } as never)]);
  const requests = new Map<string, string>();

  const routing: ScriptedRouting = {
    asked,
    acceptWith: 'assign',
    story: (contactId) => readFacts(bus, { tenant, key: contactId, domains: ['contact', 'voice', 'routing'] }),
    names: async (contactId) => (await routing.story(contactId)).map(({ type }) => type.split('.').at(-1) ?? ''),
    async request(contactId) {
      const found = await eventually('an agent is asked for', async () => (await routing.story(contactId)).findLast((fact) => fact.type === 'patchbay.contact.v1.RoutingRequested'));
      if (found.type !== 'patchbay.contact.v1.RoutingRequested') throw new Error('unreachable');
      requests.set(contactId, found.event.requestId);
      return found.event;
    },
    async offer(contactId, { offerId, agentId, epoch = 1n, ringS = 30 }) {
      const { requestId, queue } = await routing.request(contactId);
      await append(ContactOffered, contactId, { contactId, requestId, offerId, agentId, channel: 'voice', expiresAt: new Date(Date.now() + ringS * 1_000), epoch, queue });
    },
    cancel: async (contactId, offerId, agentId) => void (await append(OfferCancelled, contactId, { contactId, offerId, agentId, reason: 'withdrawn' })),
    assign: async (contactId, offerId, agentId) =>
      void (await append(ContactAssigned, contactId, { contactId, assignmentId: `${offerId}-assignment`, offerId, requestId: requests.get(contactId) ?? '', agentId, queue: 'billing', epoch: 1n, waitedMs: 5n })),
    refuse: async (contactId, reason) => void (await append(ContactRefused, contactId, { contactId, requestId: (await routing.request(contactId)).requestId, reason, queue: 'billing' })),
    expire: async (contactId) => void (await append(RoutingExpired, contactId, { contactId, requestId: (await routing.request(contactId)).requestId, queue: 'billing', waitedMs: 5n })),
    write: async (codec, contactId, event) => void (await append(codec, contactId, { contactId, ...event })),
    requeue: async (contactId, epoch) =>
      void (await append(ContactQueued, contactId, ContactQueued.fromPartial({ contactId, requestId: (await routing.request(contactId)).requestId, queue: 'billing', cause: QueueCause.AGENT_LOST, channel: 'voice', epoch }))),
    stop: () => server.stop(),
  };
  const server = serveRpc(bus, RoutingServiceDefinition, {
    async acceptOffer({ contactId, offerId, agentId }: { contactId: string; offerId: string; agentId: string }) {
      asked.push(`accept ${offerId}`);
      if (routing.acceptWith === 'gone') throw fail('ROUTING_OFFER_GONE');
      await routing.assign(contactId, offerId, agentId);
      return { assignmentId: `${offerId}-assignment`, epoch: 1n };
    },
    async rejectOffer({ contactId, offerId, agentId, reason }: { contactId: string; offerId: string; agentId: string; reason: string }) {
      asked.push(`reject ${offerId} ${reason}`);
      await append(OfferRejected, contactId, OfferRejected.fromPartial({ contactId, offerId, agentId, reason }));
      return {};
    },
    async failOffer({ contactId, offerId, agentId, code }: { contactId: string; offerId: string; agentId: string; code: string }) {
      asked.push(`fail ${offerId} ${code}`);
      await append(OfferFailed, contactId, OfferFailed.fromPartial({ contactId, offerId, agentId, code }));
      return {};
    },
  } as never);
  return routing;
}
