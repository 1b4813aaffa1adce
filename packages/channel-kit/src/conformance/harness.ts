import { newFact } from '@patchbay/bus/append-facts';
import type { AnyFact } from '@patchbay/bus/fact';
import { SendMessage } from '@patchbay/contracts/channel/v1/channel_command';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { MessageReceived } from '@patchbay/contracts/message/v1/message_event';
import { ContactAssigned } from '@patchbay/contracts/routing/v1/routing_event';
import { systemClock, type Clock } from '@patchbay/runtime/clock';
import { createReadiness } from '@patchbay/runtime/health-server';
import { createIdSource } from '@patchbay/runtime/ids';
import type { LogFields, Logger } from '@patchbay/runtime/logger';
import { createMetrics, type Metrics } from '@patchbay/runtime/metrics';
import type { ChannelAdapter, ChannelHost } from '../channel-adapter.ts';
import { startChannelOn, type RunningChannel } from '../start-channel.ts';
import { createMemoryBus, type FaultPlan, type MemoryBus, type MemoryConnection } from '../testing/memory-bus.ts';
import type { AdapterUnderTest, PlatformUnderTest, SampleText } from './adapter-under-test.ts';

/** One replica of the adapter under test. */
export interface ReplicaUnderTest<Raw> {
  readonly connection: MemoryConnection;
  readonly channel: RunningChannel;
  readonly platform: PlatformUnderTest;
  readonly adapter: ChannelAdapter<Raw>;
  deliver(raw: Raw): Promise<unknown>;
}

/** A small centre around the adapter: a bus in memory, one tenant, one entry point. */
export interface ConformanceHarness<Raw> {
  readonly bus: MemoryBus;
  readonly metrics: Metrics;
  /** Everything logged, the fields under `personal` left out. */
  readonly logged: readonly string[];
  /** Starts a replica of its own; the platform is the newest replica's. */
  start(plan?: FaultPlan): Promise<ReplicaUnderTest<Raw>>;
  text(sample: SampleText): Raw | Promise<Raw>;
  received(): readonly MessageReceived[];
  /** Facts of a contact by short name. */
  story(contactId: string): readonly string[];
  /** Contacts in the order they began. */
  contacts(): readonly string[];
  assign(contactId: string): Promise<void>;
  /** Sends a text command; gives its id. */
  send(contactId: string, text: string, more?: Partial<SendMessage>): string;
  dispose(): Promise<void>;
}

const tenant = 'conformance';

/** Short name of a fact. */
export const nameOf = (fact: AnyFact) => fact.type.slice(fact.type.lastIndexOf('.') + 1);

function recordingLogger(lines: string[], fields: LogFields = {}): Logger {
  const write = (message: string, more: LogFields = {}) => {
    const kept = Object.entries({ ...fields, ...more }).filter(([name]) => name !== 'personal');
    lines.push(JSON.stringify({ message, ...Object.fromEntries(kept) }, (_, value: unknown) => (value instanceof Error ? `${value.name}: ${value.message} ${String(value.cause)}` : typeof value === 'bigint' ? String(value) : value)));
  };
  return { debug: write, info: write, warn: write, error: write, with: (more) => recordingLogger(lines, { ...fields, ...more }) };
}

/** Makes the centre. */
export function createHarness<Raw>(subject: AdapterUnderTest<Raw>, clock: Clock = systemClock): ConformanceHarness<Raw> {
  const bus = createMemoryBus();
  const metrics = createMetrics('conformance');
  const logged: string[] = [];
  const ids = createIdSource(clock);
  const disposals: (() => Promise<unknown>)[] = [];
  let channelName: string | undefined;

  function applyEntryPoint(channel: string): void {
    if (channelName !== undefined) return;
    channelName = channel;
    const { address, settings = {}, secrets = {} } = subject.entryPoint;
    bus.setSecrets('under-test', { ...secrets });
    bus.apply(
      tenant,
      Resource.fromPartial({
        kind: 'EntryPoint',
        name: 'under-test',
        revision: 1n,
        spec: { $case: 'entryPoint', value: { channel, address, queue: 'support', settings: { ...settings }, secretNames: Object.keys(secrets) } },
      }),
    );
  }

  const contacts = () => bus.facts({ type: 'patchbay.contact.v1.ContactStarted' }).map((fact) => fact.key);
  return {
    bus,
    metrics,
    logged,
    async start(plan) {
      const { adapter, platform, dispose } = await subject.create();
      applyEntryPoint(adapter.manifest.channel);
      const connection = bus.connect(plan);
      let host: ChannelHost<Raw> | undefined;
      const observed: ChannelAdapter<Raw> = {
        ...adapter,
        start(given) {
          host = given;
          return adapter.start(given);
        },
      };
      const channel = await startChannelOn(observed, connection, { log: recordingLogger(logged), metrics, readiness: createReadiness(), clock, ids });
      disposals.push(() => channel.stop(), dispose ?? (() => Promise.resolve()));
      const deliver = subject.deliver ?? ((to: ChannelHost<Raw>, raw: Raw) => to.deliver(raw));
      return { connection, channel, platform, adapter, deliver: (raw) => (host === undefined ? Promise.reject(new Error('not started')) : deliver(host, raw)) };
    },
    text: (sample) => subject.samples.text(sample),
    received: () => bus.facts({ type: 'patchbay.message.v1.MessageReceived' }).flatMap((fact) => (fact.type === 'patchbay.message.v1.MessageReceived' ? [fact.event] : [])),
    story: (contactId) => bus.facts({ key: contactId }).map(nameOf),
    contacts,
    async assign(contactId) {
      const request = bus.facts({ key: contactId }).findLast((fact) => fact.type === 'patchbay.contact.v1.RoutingRequested');
      const requestId = request?.type === 'patchbay.contact.v1.RoutingRequested' ? request.event.requestId : '';
      const event = ContactAssigned.fromPartial({ contactId, assignmentId: ids.next(), agentId: 'agent', requestId });
      bus.publish(newFact(ContactAssigned, { tenant, key: contactId, event }));
      await bus.settle();
    },
    send(contactId, text, more = {}) {
      const commandId = ids.next();
      const content = [{ part: { $case: 'text' as const, value: { text } } }];
      const command = SendMessage.fromPartial({ contactId, commandId, content, by: Party.AGENT, agentId: 'agent', degrade: true, ...more });
      bus.send(tenant, channelName ?? '', { name: 'SendMessage', command });
      return more.commandId ?? commandId;
    },
    async dispose() {
      for (const disposal of disposals) await disposal().catch(() => undefined);
    },
  };
}
