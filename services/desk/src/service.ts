import { join } from 'node:path';
import { connectBus } from '@patchbay/bus/connection';
import { ensureTopology } from '@patchbay/bus/topology';
import { systemClock } from '@patchbay/runtime/clock';
import { createIdSource } from '@patchbay/runtime/ids';
import type { RunningService, ServiceContext } from '@patchbay/runtime/run-service';
import { createBusBackend } from './adapters/bus-backend.ts';
import type { DeskConfig } from './config.ts';
import { startDesk } from './desk.ts';

const webFolder = join(import.meta.dirname, '../dist');

/** A running desk and where it listens. */
export interface RunningDesk extends RunningService {
  port: number;
}

/** Connects, builds and listens. */
export async function startDeskService(config: DeskConfig, { name, log, metrics, readiness }: Omit<ServiceContext, 'fail'>): Promise<RunningDesk> {
  let connected = false;
  const connection = await connectBus({
    servers: config.natsUrl,
    replicas: config.replicas,
    name,
    log,
    metrics,
    onConnected(now) {
      connected = now;
      readiness.set('nats', now);
    },
  });
  await ensureTopology(connection);
  const backend = await createBusBackend(connection, () => connected);
  const desk = await startDesk({ config, webFolder, backend, instance: createIdSource().next(), clock: systemClock, log, metrics });
  log.info('desk listens', { host: config.host, port: desk.port });
  return {
    port: desk.port,
    async stop() {
      await desk.stop();
      backend.stop();
      await connection.drain();
    },
  };
}
