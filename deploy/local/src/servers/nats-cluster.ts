import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { localError } from '../errors.ts';
import type { FetchOptions } from './cache.ts';
import { freePorts } from './free-port.ts';
import { findNatsBinary } from './nats-binary.ts';
import { launchNats, type NatsServer } from './nats.ts';

/** Several NATS servers that are one JetStream cluster. */
export interface NatsCluster {
  /** Members in order; a killed one can be started again with `restart`. */
  readonly members: readonly NatsServer[];
  /** All client addresses, comma-separated, as clients take them. */
  readonly url: string;
  /** Ports on which members listen for each other, in their order. */
  readonly routePorts: readonly number[];
  /** Starts a member that ended again, on the same ports and data. */
  restart(index: number): Promise<NatsServer>;
  stop(): Promise<void>;
}

const electionTimeoutMs = 30_000;

/** Starts a cluster on the loopback, one folder below `dataDir` for each member; resolves when it has elected a leader. */
export async function launchNatsCluster(size: number, options: FetchOptions & { dataDir: string; gidOf?: (index: number) => number }): Promise<NatsCluster> {
  const binary = (await findNatsBinary(options)).path;
  const ports = await freePorts(size * 3);
  const routes = ports.slice(0, size).map((port) => `nats://127.0.0.1:${port}`);
  const start = (index: number) =>
    launchNats({
      binary,
      dataDir: join(options.dataDir, `nats-${index + 1}`),
      ...(options.gidOf === undefined ? {} : { gid: options.gidOf(index) }),
      port: ports[size + index] as number,
      monitorPort: ports[2 * size + index] as number,
      member: { name: `nats-${index + 1}`, cluster: 'patchbay', port: ports[index] as number, routes },
    });
  const started = await Promise.allSettled(ports.slice(0, size).map((_, index) => start(index)));
  const members = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async () => void (await Promise.all(members.map((member) => member.stop())));
  const failed = started.find((result) => result.status === 'rejected');
  try {
    if (failed !== undefined) throw failed.reason;
    await untilLed(members);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    members,
    url: members.map((member) => member.url).join(','),
    routePorts: ports.slice(0, size),
    async restart(index) {
      const member = await start(index);
      members[index] = member;
      return member;
    },
    stop,
  };
}

async function untilLed(members: readonly NatsServer[]): Promise<void> {
  const deadlineMs = performance.now() + electionTimeoutMs;
  while (performance.now() < deadlineMs) {
    const leaders = await Promise.all(members.map((member) => leaderSeenBy(member, members.length)));
    if (leaders[0] !== undefined && leaders.every((leader) => leader === leaders[0])) return;
    await delay(100);
  }
  throw localError('LOCAL_SERVER_FAILED', { details: { server: 'nats cluster', reason: 'no leader was elected in time', log: members[0]?.log ?? '' } });
}

/** Name of the leader of JetStream's meta group as this member knows it, once every peer has joined. */
async function leaderSeenBy(member: NatsServer, size: number): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${member.monitorPort}/jsz`, { signal: AbortSignal.timeout(2000) });
    const page = (await answer.json()) as { meta_cluster?: { leader?: string; cluster_size?: number } };
    // A member that counts fewer peers than there are would vote by another majority when one of them is lost.
    return page.meta_cluster?.cluster_size === size ? page.meta_cluster.leader || undefined : undefined;
  } catch {
    // Still starting.
    return undefined;
  }
}
