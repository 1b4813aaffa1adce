import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import type { MsgHdrs, NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { sleep, systemClock, type Clock } from '@patchbay/runtime/clock';
import { createIdSource, type IdSource } from '@patchbay/runtime/ids';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import { createConsumerLag, type ConsumerLag } from './consumer-lag.ts';
import { busMetrics } from './metrics.ts';
import { toBusError } from './nats-errors.ts';

/** What a process gives the bus. */
export interface BusOptions {
  /** `nats://host:port`, several with commas; `nats://user:password@host:port` where the servers ask for a login. */
  servers: string;
  /** Name of the service: source of its facts, name of its consumers. */
  name: string;
  log: Logger;
  metrics: Metrics;
  /** Copies of each stream: 1 on one server, 3 in a cluster. Default 1. */
  replicas?: number;
  clock?: Clock;
  ids?: IdSource;
  /** Told when the connection comes and goes, for readiness. */
  onConnected?: (connected: boolean) => void;
}

/** A message as the server stored it. */
export interface StoredMessage {
  subject: string;
  data: Uint8Array;
  headers?: MsgHdrs | undefined;
  /** Place in its stream. */
  seq: number;
}

/** A connection that reconnects for ever. Every function of the bus takes it first. */
export interface BusConnection {
  readonly name: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly replicas: number;
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** For small reads from stream leaders: gives up soon, since a leader that died swallows the question. */
  readonly leaderReads: JetStreamManager;
  /** Who takes dead letters back in this process, by consumer. */
  readonly redelivery: Map<string, (message: StoredMessage) => Promise<void>>;
  /** Durable consumers of this process, for the figure of what waits for them. */
  readonly consumerLag: ConsumerLag;
  /** Aborted when the connection begins to drain; background work ends with it. */
  readonly closing: AbortSignal;
  /** Delivers what was published, then closes. */
  drain(): Promise<void>;
}

/** Longest wait for an answer of the server, milliseconds. */
export const serverTimeoutMs = 5_000;
const leaderReadMs = 2_000;

async function watchStatus(nc: NatsConnection, options: BusOptions): Promise<void> {
  const connected = options.metrics.gauge(busMetrics.bus_connected);
  const lost = options.metrics.counter(busMetrics.bus_disconnects_total);
  connected.set(1);
  for await (const status of nc.status()) {
    if (status.type === 'disconnect') {
      options.onConnected?.(false);
      connected.set(0);
      lost.inc();
      options.log.warn('bus disconnected');
    } else if (status.type === 'reconnect') {
      options.onConnected?.(true);
      connected.set(1);
      options.log.info('bus connected again');
    } else if (status.type === 'error') options.log.warn('bus error', { error: status.error });
  }
}

/** How often a connection to a cluster asks whether its server still has the others, and how many silences in a row say no. */
const clusterProbe = { everyMs: 1_500, timeoutMs: 1_500, silences: 3 };

/**
 * Leaves a server that the others have lost: it keeps its clients, yet nothing that they ask of a stream reaches a leader.
 * While nobody leads anywhere this moves a client for nothing, which does no harm.
 */
async function leaveCutOffServers(nc: NatsConnection, { log, clock, closing }: { log: Logger; clock: Clock; closing: AbortSignal }): Promise<void> {
  for (let silences = 0; !closing.aborted && !nc.isClosed(); ) {
    await sleep(clock, clusterProbe.everyMs, closing).catch(() => undefined);
    if (closing.aborted || nc.isClosed()) return;
    const isHeard = await nc.request('$JS.API.INFO', '', { timeout: clusterProbe.timeoutMs }).then(
      (answer) => answer.json<{ error?: unknown }>().error === undefined,
      () => false,
    );
    silences = isHeard ? 0 : silences + 1;
    if (silences < clusterProbe.silences) continue;
    silences = 0;
    log.warn('bus server is cut off from its cluster: trying another');
    await nc.reconnect().catch(() => undefined);
  }
}

/**
 * Takes the login out of a list of servers: the NATS client looks for none in an address. Signs that an address cannot
 * hold stand percent-encoded in it; the first login counts for all servers, which are one cluster.
 */
function readServers(list: string): { servers: string[]; user?: string; pass?: string } {
  const parts = list.split(',').map((address) => /^(\w+:\/\/)?(?:([^@:]*)(?::([^@]*))?@)?(.*)$/.exec(address.trim()) ?? []);
  const servers = parts.map(([, scheme = '', , , host = '']) => `${scheme}${host}`);
  const login = parts.find(([, , user]) => user !== undefined);
  return login === undefined ? { servers } : { servers, user: decodeURIComponent(login[2] ?? ''), pass: decodeURIComponent(login[3] ?? '') };
}

/** Connects, waiting for the server as long as it takes the first time, too. */
export async function connectBus(options: BusOptions): Promise<BusConnection> {
  const clock = options.clock ?? systemClock;
  let nc: NatsConnection;
  try {
    nc = await connect({
      ...readServers(options.servers),
      name: options.name,
      waitOnFirstConnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 200,
      reconnectJitter: 300,
      pingInterval: 5_000,
      maxPingOut: 2,
      timeout: serverTimeoutMs,
    });
  } catch (error) {
    throw toBusError(error);
  }
  options.onConnected?.(true);
  void watchStatus(nc, options).catch((error: unknown) => {
    options.log.error('bus status ended', { error });
  });
  const closing = new AbortController();
  if (readServers(options.servers).servers.length > 1) void leaveCutOffServers(nc, { log: options.log, clock, closing: closing.signal });
  const jsm = await jetstreamManager(nc, { timeout: serverTimeoutMs, checkAPI: false });
  return {
    name: options.name,
    log: options.log,
    metrics: options.metrics,
    clock,
    ids: options.ids ?? createIdSource(clock),
    replicas: options.replicas ?? 1,
    nc,
    js: jetstream(nc, { timeout: serverTimeoutMs }),
    jsm,
    leaderReads: await jetstreamManager(nc, { timeout: leaderReadMs, checkAPI: false }),
    redelivery: new Map(),
    consumerLag: createConsumerLag(jsm, options.metrics),
    closing: closing.signal,
    async drain() {
      closing.abort();
      if (!nc.isClosed()) await nc.drain();
    },
  };
}
