import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import type { AnyFact } from '@patchbay/bus/fact';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { watchFacts } from '@patchbay/bus/watch-facts';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { ContactEnded, RoutingRequested } from '@patchbay/contracts/contact/v1/contact_event';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { AppError } from '@patchbay/runtime/app-error';
import { agentActor } from '../robot-centre.ts';

/** How a crowd of robots works. */
export interface CrowdOptions {
  tenant: string;
  agents: readonly string[];
  /**
   * Contacts that come, a second on average, each whatever became of those before (a Poisson stream), while fewer than
   * `mostOpen` have not ended: no more than the machine can bear.
   */
  perSecond: number;
  mostOpen: number;
}

/** Customers, a channel and agents, all robots; whatever fails is tried again under the same name until it is done. */
export interface Crowd {
  /** Requests of which the channel was told that they are stored, with the place. */
  readonly acknowledged: { contactId: string; sequence: number }[];
  /** How long customers came so far, the time in which they were held back apart, and how many were turned away meanwhile. */
  arrivals(): { seconds: number; turnedAway: number };
  /** Contacts that ended in routing, as the stream tells it. */
  ended(): number;
  /** Offers seen so far. */
  offered(): number;
  /** Milliseconds from when the customer was due to come to the first offer, of those whose offer was seen since the last call. */
  takeWaits(): number[];
  /** Lets contacts come, or holds them back for a while. */
  hold(isHeld: boolean): void;
  /** No more contacts come; resolves when the channel was told of all that came. */
  close(): Promise<void>;
  stop(): Promise<void>;
}

const endings = new Set(['AssignmentClosed', 'ContactAbandoned', 'RoutingClosed', 'RoutingExpired', 'ContactRefused']);
/** Tries to store a fact go on this long at a time. */
const patienceMs = 30_000;
const heartbeatMs = 2_500;
/** How often it is looked whether customers come. */
const tickMs = 5;
/** Every so many customers one leaves before anybody answers. */
const impatientEvery = 10;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export function startCrowd(bus: BusConnection, options: CrowdOptions): Crowd {
  const { tenant } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const agents = createRpcClient(bus, AgentServiceDefinition);
  const routing = createRpcClient(bus, RoutingServiceDefinition);
  const acknowledged: Crowd['acknowledged'] = [];
  const ended = new Set<string>();
  const openOffers = new Set<string>();
  const askedMs = new Map<string, number>();
  let waits: number[] = [];
  let offers = 0;
  let isOpen = true;
  let asking = 0;
  let isHeld = false;
  const arrivals = { seconds: 0, turnedAway: 0 };
  const working = new Set<Promise<void>>();
  const run = (work: Promise<void>) => {
    const one = work.catch(() => undefined).finally(() => working.delete(one));
    working.add(one);
  };

  /** Does something until it is done; the same thing each time. */
  async function untilDone<Value>(attempt: () => Promise<Value>, isWanted: () => boolean = () => true): Promise<Value | undefined> {
    while (!signal.aborted && isWanted()) {
      try {
        return await attempt();
      } catch (thrown) {
        if (!AppError.from(thrown).retryable && AppError.from(thrown).status !== 'deadline_exceeded') return undefined;
        await pause(50);
      }
    }
    return undefined;
  }

  const end = (contactId: string, reason: EndReason) => {
    const id = bus.ids.next();
    const event = { contactId, by: Party.AGENT, reason, code: '' };
    return untilDone(() => appendFacts(bus, [newFact(ContactEnded, { tenant, key: contactId, id, event })], { timeoutMs: patienceMs }));
  };

  async function customer(number: number, dueMs: number): Promise<void> {
    const contactId = bus.ids.next();
    const id = bus.ids.next();
    const event = RoutingRequested.fromPartial({ contactId, requestId: `${contactId}-r`, queue: 'sales', channel: 'webchat' });
    askedMs.set(contactId, dueMs);
    asking += 1;
    const stored = await untilDone(() => appendFacts(bus, [newFact(RoutingRequested, { tenant, key: contactId, id, event })], { timeoutMs: patienceMs }));
    if (stored?.[0] !== undefined) acknowledged.push({ contactId, sequence: stored[0].sequence });
    asking -= 1;
    if (number % impatientEvery === 0) await end(contactId, EndReason.CUSTOMER_LEFT);
  }

  async function accept(offerId: string, agentId: string, contactId: string): Promise<void> {
    const as = { tenant, actor: agentActor(agentId), signal, timeoutMs: 1_500 };
    await untilDone(
      () => routing.acceptOffer({ offerId, agentId, contactId }, as),
      () => openOffers.has(offerId),
    );
  }

  function see(fact: AnyFact): void {
    switch (fact.type) {
      case 'patchbay.routing.v1.ContactOffered': {
        const { offerId, agentId, contactId } = fact.event;
        offers += 1;
        openOffers.add(offerId);
        const sinceMs = askedMs.get(contactId);
        if (sinceMs !== undefined) waits.push(performance.now() - sinceMs);
        askedMs.delete(contactId);
        return run(accept(offerId, agentId, contactId));
      }
      case 'patchbay.routing.v1.ContactAssigned':
        openOffers.delete(fact.event.offerId);
        return run(end(fact.key, EndReason.AGENT_ENDED).then(() => undefined));
      case 'patchbay.routing.v1.OfferMissed':
      case 'patchbay.routing.v1.OfferCancelled':
      case 'patchbay.routing.v1.OfferRejected':
      case 'patchbay.routing.v1.OfferFailed':
        openOffers.delete(fact.event.offerId);
        return;
      default:
        if (endings.has(fact.type.split('.').at(-1) ?? '')) ended.add(fact.key);
    }
  }

  async function work(agentId: string): Promise<void> {
    const as = { tenant, actor: agentActor(agentId), signal, timeoutMs: 1_500 };
    let sessionId = '';
    while (!signal.aborted) {
      try {
        if (sessionId === '' || !(await agents.heartbeat({ agentId, sessionId }, as)).current) {
          ({ sessionId } = await agents.signIn({ agentId, device: 'web' }, as));
          await agents.setState({ agentId, state: AgentState.READY }, as);
        }
        await pause(heartbeatMs);
      } catch {
        await pause(200);
      }
    }
  }

  const seeing = (async () => {
    for await (const fact of watchFacts(bus, { tenant, domains: ['routing'], fromSequence: 1, signal })) see(fact);
  })();
  for (const agentId of options.agents) run(work(agentId));
  const arriving = (async () => {
    let [number, dueMs] = [0, performance.now()];
    let lookedMs = dueMs;
    while (isOpen) {
      const nowMs = performance.now();
      if (!isHeld) arrivals.seconds += (nowMs - lookedMs) / 1_000;
      lookedMs = nowMs;
      let free = isHeld ? 0 : options.mostOpen - asking - (acknowledged.length - ended.size);
      for (; dueMs <= nowMs; dueMs += (-Math.log(1 - Math.random()) / options.perSecond) * 1_000) {
        // What the machine cannot bear does not come later.
        if ((free -= 1) >= 0) run(customer((number += 1), dueMs));
        else if (!isHeld) arrivals.turnedAway += 1;
      }
      await pause(tickMs);
    }
  })();
  return {
    acknowledged,
    arrivals: () => ({ ...arrivals }),
    ended: () => ended.size,
    offered: () => offers,
    takeWaits() {
      const taken = waits;
      waits = [];
      return taken.sort((left, right) => left - right);
    },
    hold: (held) => void (isHeld = held),
    async close() {
      isOpen = false;
      await arriving;
      while (asking > 0) await pause(20);
    },
    async stop() {
      isOpen = false;
      stopping.abort(new Error('stopped'));
      await Promise.allSettled([arriving, seeing, ...working]);
    },
  };
}
