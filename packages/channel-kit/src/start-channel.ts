import type { BusConnection } from '@patchbay/bus/connection';
import { Capabilities } from '@patchbay/contracts/channel/v1/capabilities';
import { sleep } from '@patchbay/runtime/clock';
import type { Readiness } from '@patchbay/runtime/health-server';
import type { Clock } from '@patchbay/runtime/clock';
import type { IdSource } from '@patchbay/runtime/ids';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import type { ChannelAdapter, ChannelManifest } from './channel-adapter.ts';
import type { ChannelBus } from './channel-bus.ts';
import { createCommandHandler } from './commands.ts';
import { createContactStore } from './contact-store.ts';
import { createContactWriter } from './contact-writer.ts';
import type { DegradeOptions } from './degrade.ts';
import { openCentre } from './entry-points.ts';
import { channelError } from './errors.ts';
import { createHost } from './host.ts';
import { channelMetrics } from './metrics.ts';
import { createNatsChannelBus } from './nats-channel-bus.ts';
import { createMessageTaking } from './message-taking.ts';
import { createPlatformCalls } from './platform-calls.ts';
import { createReceiver } from './receive.ts';
import { createRoutingReactions, routingTypes } from './routing-reactions.ts';
import { createSecretCache } from './secrets.ts';
import { createSender } from './sender.ts';
import { createSurgeNotices } from './surge-notices.ts';
import { createTellCustomer } from './tell-customer.ts';
import { createThreadTable } from './thread-table.ts';

/** A channel that runs. */
export interface RunningChannel {
  /**
   * Takes no more commands, finishes what is in hand (at most 5 s, then it is left to the next process), stops the
   * adapter, writes snapshots. The connection is the caller's to drain afterwards.
   */
  stop(): Promise<void>;
}

/** What a channel runs on, the bus apart. */
export interface ChannelRuntime {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Address where the customer can fetch an object that the channel cannot show; absent when there is none. */
  readonly linkTo?: DegradeOptions['linkTo'];
}

const finishMs = 5_000;

function checkManifest(manifest: ChannelManifest): void {
  const fault = (field: string) => channelError('CHANNEL_BAD_MANIFEST', { details: { channel: manifest.channel, field } });
  if (!/^[a-z0-9-]{1,63}$/.test(manifest.channel)) throw fault('channel');
  if (manifest.capabilities.channel !== manifest.channel) throw fault('capabilities.channel');
  if (manifest.identityType === '') throw fault('identityType');
  if (manifest.sending.maxAttempts < 1) throw fault('sending.maxAttempts');
  if (manifest.sending.attemptMs < 1) throw fault('sending.attemptMs');
}

/** Starts a channel on a connection. Call `ensureTopology` before. */
export async function startChannel<Raw>(
  adapter: ChannelAdapter<Raw>,
  dependencies: Pick<ChannelRuntime, 'log' | 'metrics' | 'readiness' | 'linkTo'> & { readonly connection: BusConnection },
): Promise<RunningChannel> {
  const { connection } = dependencies;
  return startChannelOn(adapter, await createNatsChannelBus(connection), { ...dependencies, clock: connection.clock, ids: connection.ids });
}

/** Starts a channel on any bus: what `startChannel` and tests with a bus in memory share. */
export async function startChannelOn<Raw>(adapter: ChannelAdapter<Raw>, bus: ChannelBus, runtime: ChannelRuntime): Promise<RunningChannel> {
  const { manifest } = adapter;
  const { metrics, readiness, clock, ids } = runtime;
  checkManifest(manifest);
  const log = runtime.log.with({ channel: manifest.channel });
  const stopping = new AbortController();
  const [store, threads, centre, marks, announced] = await Promise.all([
    createContactStore({ bus, manifest, clock, log }),
    createThreadTable(bus),
    openCentre({ bus, channel: manifest.channel, identityType: manifest.identityType, log }),
    bus.keyValue('channel-dedup'),
    bus.keyValue('channel-capabilities'),
  ]);
  const writer = createContactWriter(store, clock);
  const calls = createPlatformCalls({ adapter, marks, clock, log, metrics });
  const sender = createSender({ manifest, store, writer, threads, centre, calls, clock, metrics, stopping: stopping.signal, linkTo: runtime.linkTo });
  const receiver = createReceiver({ manifest, centre, store, writer, threads, clock, ids });
  const tell = createTellCustomer({ bus, centre, channel: manifest.channel });
  const messages = await createMessageTaking({ manifest, bus, writer, centre, tell, clock, log });
  const secrets = createSecretCache({ bus, centre, clock, log });
  const linkUp = metrics.gauge(channelMetrics.channel_link_up);
  const host = createHost({
    adapter, bus, centre, store, writer, threads, receiver, messages, secrets, log, metrics, clock, ids,
    setHealth: (condition, holds) => {
      readiness.set(`${manifest.channel}: ${condition}`, holds);
      linkUp.set({ channel: manifest.channel, condition }, holds ? 1 : 0);
    },
  });
  const react = createRoutingReactions({ store, writer, bus, tell, messages, surges: createSurgeNotices({ manifest, bus, writer, tell, clock, log }), channel: manifest.channel });

  await announced.put(manifest.channel, Capabilities.encode(manifest.capabilities).finish());
  await adapter.start(host);
  const consumptions = await Promise.all([
    bus.consumeFacts({ consumer: 'channel', domains: ['routing'], types: routingTypes, handle: react }),
    bus.consumeCommands({ channel: manifest.channel, handle: createCommandHandler({ adapter, sender, writer, centre, log, metrics }) }),
  ]);
  await messages.start();
  return {
    async stop() {
      stopping.abort();
      messages.stop();
      const consumed = Promise.all(consumptions.map((consumption) => consumption.stop()));
      await Promise.race([consumed, sleep(clock, finishMs)]);
      await adapter.stop();
      await Promise.race([Promise.all([receiver.idle(), writer.idle()]), sleep(clock, finishMs)]);
      await store.flush();
      await centre.stop();
    },
  };
}
