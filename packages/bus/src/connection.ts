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
import { factsStream } from './subjects.ts';

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
  /** Told of each reconnection. @returns what ends it */
  onReconnect(listener: () => void): () => void;
  /** Aborted when the connection begins to drain; background work ends with it. */
  readonly closing: AbortSignal;
  /** Delivers what was published, then closes. */
  drain(): Promise<void>;
}

/** Longest wait for an answer of the server, milliseconds. */
export const serverTimeoutMs = 5_000;
const leaderReadMs = 2_000;

async function watchStatus(nc: NatsConnection, options: BusOptions, reconnected: ReadonlySet<() => void>): Promise<void> {
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
      for (const listener of reconnected) listener();
    } else if (status.type === 'error') options.log.warn('bus error', { error: status.error });
  }
}

/**
 * How often a connection to a cluster asks whether its server still has the others; how long a leader may not have heard of its
 * peers; and how long nobody may lead before another server is tried: longer than an election, which takes up to nine seconds
 * (nats-server `raft.go`, `maxElectionTimeout`), since leaving during one only interrupts.
 */
const clusterProbe = { everyMs: 1_000, timeoutMs: 1_000, peerSilenceMs: 3_000, unledMs: 12_000 };

/** What is looked at of a stream's state (JetStream API, `StreamInfo.cluster`). */
interface PeersAnswer {
  error?: { code?: number };
  cluster?: { replicas?: { /** Nanoseconds since it was heard of. */ active: number }[] };
}

/**
 * Who leads the facts as this server sees it: somebody, nobody that answers, or a leader without a majority, which is one that
 * is cut off: it leads on for ten seconds and stores nothing.
 */
async function leadershipSeen(nc: NatsConnection): Promise<'led' | 'unled' | 'alone'> {
  try {
    const { error, cluster } = (await nc.request(`$JS.API.STREAM.INFO.${factsStream}`, '', { timeout: clusterProbe.timeoutMs })).json<PeersAnswer>();
    // Before there are facts a leader of the whole cluster says that there are none.
    if (error !== undefined) return error.code === 404 ? 'led' : 'unled';
    const peers = cluster?.replicas ?? [];
    const heard = peers.filter(({ active }) => active / 1_000_000 < clusterProbe.peerSilenceMs).length;
    return heard + 1 > (peers.length + 1) / 2 ? 'led' : 'alone';
  } catch {
    return 'unled';
  }
}

/** Leaves a server that the others have lost: it keeps its clients, yet nothing that they ask of a stream is stored. */
async function leaveCutOffServers(nc: NatsConnection, { log, clock, closing }: { log: Logger; clock: Clock; closing: AbortSignal }): Promise<void> {
  for (let ledMs = clock.monotonicMs(); !closing.aborted && !nc.isClosed(); ) {
    await sleep(clock, clusterProbe.everyMs, closing).catch(() => undefined);
    if (closing.aborted || nc.isClosed()) return;
    const seen = await leadershipSeen(nc);
    if (seen === 'led') ledMs = clock.monotonicMs();
    if (seen !== 'alone' && clock.monotonicMs() - ledMs < clusterProbe.unledMs) continue;
    ledMs = clock.monotonicMs();
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
      pingInterval: 2_500,
      maxPingOut: 2,
      timeout: serverTimeoutMs,
    });
  } catch (error) {
    throw toBusError(error);
  }
  options.onConnected?.(true);
  const reconnected = new Set<() => void>();
  void watchStatus(nc, options, reconnected).catch((error: unknown) => {
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
    onReconnect(listener) {
      reconnected.add(listener);
      return () => void reconnected.delete(listener);
    },
    async drain() {
      closing.abort();
      if (!nc.isClosed()) await nc.drain();
    },
  };
}
