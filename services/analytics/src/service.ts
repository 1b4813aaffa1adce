import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { connectBus, type BusConnection } from '@patchbay/bus/connection';
import { mirrorKv } from '@patchbay/bus/kv-mirror';
import { serveRpc } from '@patchbay/bus/rpc-server';
import { ensureTopology } from '@patchbay/bus/topology';
import { AnalyticsServiceDefinition } from '@patchbay/contracts/analytics/v1/analytics_service';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { systemClock } from '@patchbay/runtime/clock';
import type { RunningService, ServiceContext } from '@patchbay/runtime/run-service';
import { createDuckDbWarehouse } from './adapters/duckdb-warehouse.ts';
import { createJetStreamLog } from './adapters/jetstream-log.ts';
import { createKafkaLog } from './adapters/kafka-log.ts';
import type { AnalyticsConfig } from './config.ts';
import { createAnalyticsHandlers } from './handlers.ts';
import { createMeteredStore, reportLogLag } from './figures.ts';
import type { Warehouse } from './ports.ts';

const defaultTimeZone = 'Asia/Shanghai';

/** Keeps the dimensions in step with the directory; gives the time zones of tenants. */
async function followDirectory(bus: BusConnection, warehouse: Warehouse, { log }: ServiceContext): Promise<Map<string, string>> {
  const timeZones = new Map<string, string>();
  const report = (error: unknown) => {
    log.error('dimension was not stored', { error });
  };
  await mirrorKv(bus, {
    bucket: 'directory',
    prefix: '',
    decode: (bytes) => Resource.decode(bytes),
    onChange(key, resource) {
      const tenant = key.slice(0, key.indexOf('.'));
      const { spec, name = '' } = resource ?? {};
      if (spec?.$case === 'tenant') timeZones.set(tenant, spec.value.timeZone || defaultTimeZone);
      if (spec?.$case === 'queue') {
        const { titles, serviceLevel, shortAbandonSeconds } = spec.value;
        const title = titles['zh-CN'] ?? Object.values(titles)[0] ?? name;
        warehouse
          .putQueue({ tenant, queue: name, title, targetSeconds: serviceLevel?.seconds || 20, targetPct: serviceLevel?.pct || 80, shortAbandonSeconds: shortAbandonSeconds || 5 })
          .catch(report);
      }
      if (spec?.$case === 'agent') warehouse.putAgent({ tenant, agentId: name, name: spec.value.displayName, agentNo: spec.value.agentNo, team: spec.value.team }).catch(report);
    },
  });
  return timeZones;
}

/** Starts the relay to Kafka, the feed of the warehouse and the service over it. */
export async function startAnalytics(config: AnalyticsConfig, context: ServiceContext): Promise<RunningService> {
  const { name, log, metrics, readiness } = context;
  await mkdir(dirname(config.warehouseFile), { recursive: true });
  const warehouse = await createDuckDbWarehouse(config.warehouseFile, config.warehouseMemoryMb);
  const bus = await connectBus({
    servers: config.natsUrl,
    name,
    log,
    metrics,
    replicas: config.replicas,
    onConnected: (connected) => {
      readiness.set('bus', connected);
    },
  });
  await ensureTopology(bus);
  const eventLog = config.brokers.length === 0 ? createJetStreamLog(bus) : createKafkaLog({ brokers: config.brokers, replicationFactor: config.replicationFactor, bus, log });
  const timeZones = await followDirectory(bus, warehouse, context);
  const handlers = createAnalyticsHandlers({ warehouse, log: eventLog, clock: systemClock, timeZoneOf: (tenant) => timeZones.get(tenant) ?? defaultTimeZone });
  const rpc = serveRpc(bus, AnalyticsServiceDefinition, handlers);
  const store = createMeteredStore(warehouse, metrics);
  reportLogLag(metrics, { warehouse, log: eventLog });
  let stopping = false;
  // Not awaited: calls are answered from what is there while the brokers come up.
  const feeding = eventLog
    .feed(
      async () => (await warehouse.progress()).offsets,
      store,
    )
    .catch((error: unknown) => {
      if (!stopping) context.fail(error);
    });
  log.info('feeding the warehouse', { from: eventLog.kind });
  return {
    async stop() {
      stopping = true;
      await rpc.stop();
      await eventLog.stop();
      await feeding;
      await bus.drain();
      await warehouse.close();
    },
  };
}
