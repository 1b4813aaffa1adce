import { connectBus } from '@patchbay/bus/connection';
import { consumeFacts } from '@patchbay/bus/consume-facts';
import { openObjects } from '@patchbay/bus/objects';
import { serveRpc } from '@patchbay/bus/rpc-server';
import { ensureTopology } from '@patchbay/bus/topology';
import { RecordingServiceDefinition } from '@patchbay/contracts/recording/v1/recording_service';
import type { RunningService, ServiceContext } from '@patchbay/runtime/run-service';
import { createBusFactLog } from './adapters/bus-fact-log.ts';
import { createBusSound } from './adapters/bus-sound.ts';
import { createKvKeptIndex } from './adapters/kv-kept-index.ts';
import { createMirroredCentres } from './adapters/mirrored-centres.ts';
import type { RecordingConfig } from './config.ts';
import { createFactHandler, handledTypes } from './handlers.ts';
import { startRetentionSweep } from './retention-sweep.ts';
import { createRecordingService } from './rpc-handlers.ts';

export async function startRecording(config: RecordingConfig, { name, log, metrics, readiness }: Pick<ServiceContext, 'name' | 'log' | 'metrics' | 'readiness'>): Promise<RunningService> {
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
  const centres = await createMirroredCentres(bus);
  const index = await createKvKeptIndex(bus);
  const ports = {
    facts: createBusFactLog(bus),
    sound: createBusSound(bus),
    files: await openObjects(bus, 'recordings'),
    centres,
    index,
    clock: bus.clock,
    log,
    metrics,
    limits: { lastChunkWaitMs: config.lastChunkWaitMs, longestMs: config.longestMs },
  };
  const rpc = serveRpc(bus, RecordingServiceDefinition, createRecordingService(ports));
  const handle = createFactHandler(ports);
  // Apart, so that it is not handed what everybody else writes of a contact.
  const consumptions = await Promise.all([
    consumeFacts(bus, { domains: ['contact'], types: handledTypes, handle }),
    consumeFacts(bus, { consumer: 'own', domains: ['recording'], types: handledTypes, handle }),
  ]);
  const sweep = startRetentionSweep(ports, config.sweepEveryMs);
  return {
    async stop() {
      await sweep.stop();
      await Promise.all(consumptions.map((consumption) => consumption.stop()));
      await rpc.stop();
      centres.stop();
      await bus.drain();
    },
  };
}
