import { join } from 'node:path';
import { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import { AnalyticsServiceDefinition } from '@patchbay/contracts/analytics/v1/analytics_service';
import { ContactServiceDefinition } from '@patchbay/contracts/crm/v1/contact_service';
import { IdentityServiceDefinition } from '@patchbay/contracts/directory/v1/identity_service';
import { QualityServiceDefinition } from '@patchbay/contracts/quality/v1/quality_service';
import { RecordingServiceDefinition } from '@patchbay/contracts/recording/v1/recording_service';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { SteeringServiceDefinition } from '@patchbay/contracts/routing/v1/steering_service';
import { systemClock, type Clock } from '@patchbay/runtime/clock';
import { createIdSource } from '@patchbay/runtime/ids';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { startDesk, type Desk } from '../desk.ts';
import type { Backend, Preferences } from '../ports.ts';
import { demoChannels, demoResources } from './demo-resources.ts';
import { createFakeCentre } from './fake-centre.ts';
import { createFakeIdentity } from './fake-identity.ts';
import { createFakeServices } from './fake-services.ts';
import { createFakeSteering } from './fake-steering.ts';
import { localClient } from './local-client.ts';
import { createMemoryLog } from './memory-log.ts';

/** A desk over a centre in memory, on a free port unless told otherwise. */
export async function startFakeDesk(options: { clock?: Clock; port?: number; webFolder?: string } = {}) {
  const clock = options.clock ?? systemClock;
  const ids = createIdSource(clock);
  const tenant = 'demo';
  const resources = demoResources();
  const log = createMemoryLog();
  const centre = createFakeCentre({ tenant, sink: log, clock, ids });
  for (const resource of resources) {
    if (resource.spec?.$case === 'agent') centre.addAgent({ agentId: resource.name, name: resource.spec.value.displayName, agentNo: resource.spec.value.agentNo, team: resource.spec.value.team, queues: resource.spec.value.queues });
    if (resource.spec?.$case === 'queue') centre.setQueue({ queue: resource.name, titles: resource.spec.value.titles, targetSeconds: 20, targetPct: 80 });
  }
  const services = createFakeServices(centre, clock);
  const identity = await createFakeIdentity({ tenant, resources, clock });
  const preferences = new Map<string, Preferences>();
  const directoryListeners = new Set<(tenant: string | undefined) => void>();
  const backend: Backend = {
    services: {
      identity: localClient(IdentityServiceDefinition, identity as never),
      agents: localClient(AgentServiceDefinition, services.agents),
      routing: localClient(RoutingServiceDefinition, services.routing),
      steering: localClient(SteeringServiceDefinition, createFakeSteering(centre, services.switches)),
      contacts: localClient(ContactServiceDefinition, services.contacts),
      recordings: localClient(RecordingServiceDefinition, services.recordings),
      quality: localClient(QualityServiceDefinition, services.quality),
      analytics: localClient(AnalyticsServiceDefinition, services.analytics),
    },
    facts: log,
    directory: {
      resources: (asked) => (asked === tenant ? resources : []),
      resource: (asked, kind, name) => (asked === tenant ? resources.find((resource) => resource.kind === kind && resource.name === name) : undefined),
      channels: () => demoChannels(),
      onChange(listener) {
        directoryListeners.add(listener);
        return () => void directoryListeners.delete(listener);
      },
    },
    preferences: {
      read: (asked, user) => Promise.resolve(preferences.get(`${asked}/${user}`) ?? { language: '', theme: '' }),
      write: (asked, user, value) => Promise.resolve(void preferences.set(`${asked}/${user}`, value)),
    },
    attachments: { read: () => Promise.reject(new Error('the fake keeps no files')) },
  };
  const parts = {
    config: { host: '127.0.0.1', port: options.port ?? 0, origins: [], secureCookies: false, tenant },
    webFolder: options.webFolder ?? join(import.meta.dirname, '../../dist'),
    backend,
    instance: ids.next(),
    clock,
    log: silentLogger,
    metrics: createMetrics('desk'),
  };
  let desk: Desk = await startDesk(parts);
  return {
    url: `http://127.0.0.1:${desk.port}`,
    port: desk.port,
    centre,
    log,
    resources,
    services: services.switches,
    /** A resource changed: everybody is told. */
    directoryChanged: () => {
      for (const listener of directoryListeners) listener(tenant);
    },
    /** Stops the desk and starts it again on the same port, with nothing of its memory. */
    async restart(): Promise<void> {
      await desk.stop();
      desk = await startDesk({ ...parts, config: { ...parts.config, port: desk.port }, instance: ids.next(), metrics: createMetrics('desk') });
    },
    stop: () => desk.stop(),
  };
}

export type FakeDesk = Awaited<ReturnType<typeof startFakeDesk>>;
