import { newFact } from '@patchbay/bus/append-facts';
import type { AnyFact } from '@patchbay/bus/fact';
import { EndContact, SendMessage } from '@patchbay/contracts/channel/v1/channel_command';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { ContactAssigned, ContactOverflowed, ContactQueued, ContactRefused, RoutingExpired } from '@patchbay/contracts/routing/v1/routing_event';
import { systemClock, type Clock } from '@patchbay/runtime/clock';
import { createReadiness } from '@patchbay/runtime/health-server';
import { createIdSource } from '@patchbay/runtime/ids';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { startChannelOn, type ChannelRuntime, type RunningChannel } from '../start-channel.ts';
import { createPagerAdapter, createPagerPlatform, type Page, type PagerOptions } from './demo-channel.ts';
import { createMemoryBus, type FaultPlan, type MemoryConnection } from './memory-bus.ts';

/** One replica of the demo channel. */
export interface PagerReplica {
  readonly connection: MemoryConnection;
  readonly channel: RunningChannel;
  readonly adapter: ReturnType<typeof createPagerAdapter>;
  readonly runtime: ChannelRuntime;
  /** Delivers a page with a right signature. */
  deliver(page: Record<string, unknown>): ReturnType<ReturnType<ReturnType<typeof createPagerAdapter>['host']>['deliver']>;
}

/** A centre with one pager entry point, for tests. */
export interface PagerCentre {
  readonly bus: ReturnType<typeof createMemoryBus>;
  readonly platform: ReturnType<typeof createPagerPlatform>;
  start(plan?: FaultPlan): Promise<PagerReplica>;
  page(page: Record<string, unknown>): Page;
  /** Facts of all contacts as `Name` or `Name(detail)`, in order. */
  story(contactId?: string): string[];
  assign(contactId: string, assignmentId?: string): void;
  refuse(contactId: string, reason: string): void;
  /** The contact waits at this place in line. */
  queue(contactId: string, enqueuedAt: Date): void;
  expire(contactId: string): void;
  /** The plan lets the contact go on to another queue, or out of the queues. */
  overflow(contactId: string, to: { toQueue?: string; action?: string }): void;
  send(contactId: string, commandId: string, text: string, more?: Partial<SendMessage>): void;
  end(contactId: string, commandId: string, more?: Partial<EndContact>): void;
  stop(): Promise<void>;
}

const tenant = 'demo';

/** Builds the centre; replicas start over the same bus and platform. */
export function createPagerCentre(options: PagerOptions = {}, clock: Clock = systemClock): PagerCentre {
  const bus = createMemoryBus(clock);
  const platform = createPagerPlatform();
  const replicas: PagerReplica[] = [];
  const ids = createIdSource(clock);
  bus.apply(
    tenant,
    Resource.fromPartial({
      kind: 'EntryPoint',
      name: 'pager-main',
      revision: 1n,
      spec: { $case: 'entryPoint', value: { channel: 'pager', address: 'P1', queue: 'support', settings: { 'text.expired': 'sorry', ...options.settings } } },
    }),
  );
  const requestOf = (contactId: string) => bus.facts({ key: contactId }).findLast((fact) => fact.type === 'patchbay.contact.v1.RoutingRequested')?.event.requestId ?? '';
  const page = (content: Record<string, unknown>): Page => {
    const body = Buffer.from(JSON.stringify({ account: 'P1', from: '555', ...content }));
    return { body, signature: platform.sign(body) };
  };
  return {
    bus,
    platform,
    page,
    async start(plan) {
      const connection = bus.connect(plan);
      const adapter = createPagerAdapter(platform, options);
      const runtime: ChannelRuntime = { log: silentLogger, metrics: createMetrics('pager'), readiness: createReadiness(), clock, ids };
      const channel = await startChannelOn(adapter, connection, runtime);
      const replica = { connection, channel, adapter, runtime, deliver: (content: Record<string, unknown>) => adapter.host().deliver(page(content)) };
      replicas.push(replica);
      return replica;
    },
    story: (contactId) => bus.facts(contactId === undefined ? {} : { key: contactId }).map(describeFact),
    assign(contactId, assignmentId = ids.next()) {
      const event = ContactAssigned.fromPartial({ contactId, assignmentId, agentId: 'anna', requestId: requestOf(contactId) });
      bus.publish(newFact(ContactAssigned, { tenant, key: contactId, event }));
    },
    refuse(contactId, reason) {
      bus.publish(newFact(ContactRefused, { tenant, key: contactId, event: { contactId, requestId: requestOf(contactId), reason, queue: 'support' } }));
    },
    queue(contactId, enqueuedAt) {
      const event = ContactQueued.fromPartial({ contactId, requestId: requestOf(contactId), queue: 'support', enqueuedAt });
      bus.publish(newFact(ContactQueued, { tenant, key: contactId, event }));
    },
    expire(contactId) {
      bus.publish(newFact(RoutingExpired, { tenant, key: contactId, event: { contactId, requestId: requestOf(contactId), queue: 'support', waitedMs: 1n } }));
    },
    overflow(contactId, to) {
      const event = ContactOverflowed.fromPartial({ contactId, requestId: requestOf(contactId), fromQueue: 'support', reason: 'wait', ...to });
      bus.publish(newFact(ContactOverflowed, { tenant, key: contactId, event }));
    },
    send(contactId, commandId, text, more = {}) {
      const content = [{ part: { $case: 'text' as const, value: { text } } }];
      const command = SendMessage.fromPartial({ contactId, commandId, content, by: Party.AGENT, agentId: 'anna', degrade: true, ...more });
      bus.send(tenant, 'pager', { name: 'SendMessage', command });
    },
    end(contactId, commandId, more = {}) {
      bus.send(tenant, 'pager', { name: 'EndContact', command: EndContact.fromPartial({ contactId, commandId, by: Party.AGENT, agentId: 'anna', reason: 2, ...more }) });
    },
    async stop() {
      for (const replica of replicas) await replica.channel.stop().catch(() => undefined);
    },
  };
}

function describeFact(fact: AnyFact): string {
  const name = fact.type.slice(fact.type.lastIndexOf('.') + 1);
  switch (fact.type) {
    case 'patchbay.message.v1.MessageReceived':
      return `${name}(${fact.event.sequence} ${fact.event.platformMessageId})`;
    case 'patchbay.message.v1.MessageSent':
      return `${name}(${fact.event.sequence} ${fact.event.content.map(({ part }) => (part?.$case === 'text' ? part.value.text : '')).join('|')})`;
    case 'patchbay.message.v1.MessageFailed':
    case 'patchbay.message.v1.MessageExpired':
    case 'patchbay.message.v1.MessageOutcomeUnknown':
      return `${name}(${fact.event.code})`;
    default:
      return name;
  }
}
