import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchNats, type NatsServer } from '@patchbay/local/servers/nats';
import { launchNatsCluster, type NatsCluster } from '@patchbay/local/servers/nats-cluster';

/** A real NATS server of one test file, with its own folder. */
export interface TestNats extends Omit<NatsServer, 'stop'> {
  /** Ends the server as in a crash and starts it again on the same port and data. */
  crashAndRestart(): Promise<void>;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a real server on a free port. */
export async function startNats(): Promise<TestNats> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-nats-'));
  let server = await launchNats({ dataDir: join(folder, 'data') });
  return {
    ...server,
    async crashAndRestart() {
      await server.kill();
      server = await launchNats({ dataDir: join(folder, 'data'), port: server.port, monitorPort: server.monitorPort });
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a real cluster of three, each under a group of its own when asked. */
export async function startNatsCluster(options: { gidOf?: (index: number) => number } = {}): Promise<NatsCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-cluster-'));
  const cluster = await launchNatsCluster(3, { dataDir: folder, ...options });
  return {
    ...cluster,
    async stop() {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
