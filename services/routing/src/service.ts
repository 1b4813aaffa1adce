import { connectBus } from '@patchbay/bus/connection';
import { serveRpc } from '@patchbay/bus/rpc-server';
import { ensureTopology } from '@patchbay/bus/topology';
import { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import { SurgeServiceDefinition } from '@patchbay/contracts/routing/v1/surge_service';
import { RoutingLabServiceDefinition } from '@patchbay/contracts/routing/v1/routing_lab_service';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { SteeringServiceDefinition } from '@patchbay/contracts/routing/v1/steering_service';
import type { RunningService, ServiceContext } from '@patchbay/runtime/run-service';
import { createBusJournal } from './adapters/bus-journal.ts';
import { createBusSnapshotStore } from './adapters/bus-snapshot-store.ts';
import { createKvDirectory } from './adapters/kv-directory.ts';
import type { RoutingConfig } from './config.ts';
import type { Teams } from './authorise.ts';
import { domainsOf, teamOfAgent, teamsLedBy } from './directory.ts';
import { hostDomain, type DomainHost } from './domain-host.ts';
import { mainDomain } from './domain/queue-policy.ts';
import { defaultRules } from './domain/state.ts';
import { createExplainer } from './explainer.ts';
import { createAgentFront, createRoutingFront, createSteeringFront, createSurgeFront, domainAddress } from './front.ts';
import { createAgentHandlers, createRoutingHandlers } from './handlers.ts';
import { createSteeringHandlers } from './steering-handlers.ts';
import { createLabThread } from './lab/lab-thread.ts';
import { createSurgeHandlers } from './surge-handlers.ts';
import { createLabHandlers } from './lab-handlers.ts';
import { createRoutingMetrics } from './metrics.ts';

export async function startRouting(config: RoutingConfig, { name, log, metrics, readiness }: Pick<ServiceContext, 'name' | 'log' | 'metrics' | 'readiness'>): Promise<RunningService> {
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
  const directory = await createKvDirectory(bus);
  const routingMetrics = createRoutingMetrics(metrics);
  const rules = { ...defaultRules, leaseMs: config.agentLeaseMs, lostGraceMs: config.lostGraceMs };
  const lab = createLabHandlers({ bus, natsUrl: config.natsUrl, directory, rules, thread: createLabThread() });
  const hosts = new Map<string, Promise<DomainHost>>();

  async function host(tenant: string, domain: string): Promise<DomainHost> {
    const place = { tenant, domain };
    const journal = createBusJournal(bus, { tenant });
    const snapshots = await createBusSnapshotStore(bus, place);
    return hostDomain({
      bus,
      place,
      directory,
      journal,
      snapshots,
      rules,
      metrics: routingMetrics,
      writerLeaseMs: config.writerLeaseMs,
      snapshotEveryMs: config.snapshotEveryMs,
      serve(desk, epoch) {
        const term = String(epoch);
        const explainer = createExplainer(desk, { place, directory, rules, journal, snapshots, nowMs: () => bus.clock.nowMs() });
        const teams: Teams = { ofAgent: (agentId) => teamOfAgent(directory, tenant, agentId), ledBy: (actor) => teamsLedBy(directory, tenant, actor) };
        const routing = createRoutingHandlers(desk, explainer);
        const agents = createAgentHandlers(desk, teams);
        const steering = createSteeringHandlers(desk, teams);
        const surges = createSurgeHandlers(desk);
        if (domain !== mainDomain) {
          const options = { tenants: [domainAddress(tenant, domain)], term };
          return [
            serveRpc(bus, RoutingServiceDefinition, routing, options),
            serveRpc(bus, AgentServiceDefinition, agents, options),
            serveRpc(bus, SteeringServiceDefinition, steering, options),
            serveRpc(bus, SurgeServiceDefinition, surges, options),
          ];
        }
        const front = { bus, directory, tenant };
        const options = { tenants: [tenant], term };
        return [
          serveRpc(bus, RoutingServiceDefinition, createRoutingFront(front, routing), options),
          serveRpc(bus, AgentServiceDefinition, createAgentFront(front, agents), options),
          serveRpc(bus, SteeringServiceDefinition, createSteeringFront(front, steering), options),
          serveRpc(bus, SurgeServiceDefinition, createSurgeFront(front, surges), options),
          serveRpc(bus, RoutingLabServiceDefinition, lab, options),
        ];
      },
    });
  }

  /** Hosts every routing domain that the directory names; one that is not named any more stays until the next start. */
  function hostAll(): void {
    for (const tenant of directory.tenants()) {
      for (const domain of domainsOf(directory, tenant)) {
        const key = `${tenant}.${domain}`;
        if (hosts.has(key)) continue;
        const started = host(tenant, domain);
        hosts.set(key, started);
        started.catch((error: unknown) => {
          log.error('routing domain cannot be hosted', { error, tenant, routingDomain: domain });
          hosts.delete(key);
        });
      }
    }
  }

  const stopListening = directory.onChange(hostAll);
  hostAll();
  return {
    async stop() {
      stopListening();
      const running = await Promise.allSettled(hosts.values());
      await Promise.all(running.map(async (result) => (result.status === 'fulfilled' ? result.value.stop() : undefined)));
      directory.stop();
      await bus.drain();
    },
  };
}
