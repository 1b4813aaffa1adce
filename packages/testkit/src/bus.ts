import { connectBus, type BusConnection } from '@patchbay/bus/connection';
import { ensureTopology } from '@patchbay/bus/topology';
import type { Clock } from '@patchbay/runtime/clock';
import { silentLogger, type Logger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';

/** Connects a service of a test to a real server and makes the streams and buckets. */
export async function connectTestBus(servers: string, name = 'test', options: { replicas?: number; log?: Logger; clock?: Clock } = {}): Promise<BusConnection> {
  const connection = await connectBus({ servers, name, log: silentLogger, metrics: createMetrics(name), ...options });
  await ensureTopology(connection);
  return connection;
}
