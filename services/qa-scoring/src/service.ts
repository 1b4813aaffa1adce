import { connectBus } from '@patchbay/bus/connection';
import { consumeFacts } from '@patchbay/bus/consume-facts';
import { openObjects } from '@patchbay/bus/objects';
import { serveRpc } from '@patchbay/bus/rpc-server';
import { ensureTopology } from '@patchbay/bus/topology';
import { QualityServiceDefinition } from '@patchbay/contracts/quality/v1/quality_service';
import type { RunningService, ServiceContext } from '@patchbay/runtime/run-service';
import { createBusFactLog } from './adapters/bus-fact-log.ts';
import { createMirroredCentres } from './adapters/mirrored-centres.ts';
import { createObjectSources } from './adapters/object-sources.ts';
import type { QaConfig } from './config.ts';
import { createFactHandler, createListScores } from './handlers.ts';

export async function startQaScoring(config: QaConfig, { name, log, metrics, readiness }: Pick<ServiceContext, 'name' | 'log' | 'metrics' | 'readiness'>): Promise<RunningService> {
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
  const facts = createBusFactLog(bus);
  const sources = createObjectSources(await openObjects(bus, 'recordings'));
  const rpc = serveRpc(bus, QualityServiceDefinition, { listScores: createListScores({ facts }) });
  const consumption = await consumeFacts(bus, {
    domains: ['recording'],
    types: ['patchbay.recording.v1.RecordingReady', 'patchbay.recording.v1.TranscriptReady'],
    handle: createFactHandler({ facts, sources, centres, log, metrics }),
  });
  return {
    async stop() {
      await consumption.stop();
      await rpc.stop();
      centres.stop();
      await bus.drain();
    },
  };
}
