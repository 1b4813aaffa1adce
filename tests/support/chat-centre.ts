import type { BusConnection } from '@patchbay/bus/connection';
import { createRpcClient, type RpcClient } from '@patchbay/bus/rpc-client';
import { SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { AgentServiceDefinition, type AgentStatus } from '@patchbay/contracts/agent/v1/agent_service';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { startRouting } from '@patchbay/routing/service';
import { createConfigReader } from '@patchbay/runtime/config-reader';
import { createReadiness } from '@patchbay/runtime/health-server';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats } from '@patchbay/testkit/real-nats';
import { readWebChatConfig } from '@patchbay/web-chat/config';
import { startWebChat } from '@patchbay/web-chat/service';
import { agentActor, agentResource, putResources, queueResource, tenantResource } from './robot-centre.ts';

/** Web chat and routing on a real bus, with the queue `support` and the agent `anna`. */
export interface ChatCentre {
  readonly tenant: string;
  readonly bus: BusConnection;
  readonly agents: RpcClient<typeof AgentServiceDefinition>;
  readonly routing: RpcClient<typeof RoutingServiceDefinition>;
  readonly chatPort: number;
  /** What calls of anna carry. */
  readonly anna: { tenant: string; actor: ReturnType<typeof agentActor> };
  statusOfAnna(): Promise<AgentStatus | undefined>;
  /** Accepts the offer that rings at anna, once it does. */
  acceptNext(): Promise<{ contactId: string; assignmentId: string }>;
  restartRouting(): Promise<void>;
  stop(): Promise<void>;
}

/** @param resources besides those of the centre */
export async function startChatCentre(resources: readonly Resource[] = []): Promise<ChatCentre> {
  const tenant = 'demo';
  const anna = { tenant, actor: agentActor('anna') };
  const processOf = (name: string) => ({ name, log: silentLogger, metrics: createMetrics(name), readiness: createReadiness() });
  const nats = await startNats();
  const bus = await connectTestBus(nats.url, 'test');
  const agents = createRpcClient(bus, AgentServiceDefinition);
  const routing = createRpcClient(bus, RoutingServiceDefinition);
  const widget = Resource.fromPartial({ kind: 'EntryPoint', name: 'web', revision: 1n, spec: { $case: 'entryPoint', value: { channel: 'webchat', address: 'W1', queue: 'support', settings: { origins: '*' } } } });
  await putResources(bus, tenant, [queueResource('support'), agentResource('anna', ['support']), widget, ...resources, tenantResource(tenant)]);
  const settings = { natsUrl: nats.url, replicas: 1, writerLeaseMs: 2_000, agentLeaseMs: 60_000, lostGraceMs: 60_000, snapshotEveryMs: 500 };
  let running = await startRouting(settings, processOf('routing'));
  const chat = await startWebChat(readWebChatConfig(createConfigReader({ NATS_URL: nats.url, WEBCHAT_PORT: '0' })), processOf('web-chat'));
  const statusOfAnna = async () => (await agents.listAgents({ signedOut: true }, anna)).agents[0];
  return {
    tenant,
    bus,
    agents,
    routing,
    chatPort: chat.port,
    anna,
    statusOfAnna,
    async acceptNext() {
      const { contactId, offerId } = await eventually('an offer at anna', async () => (await statusOfAnna())?.slots.find(({ state }) => state === SlotState.RESERVED));
      const { assignmentId } = await routing.acceptOffer({ contactId, offerId, agentId: 'anna' }, anna);
      return { contactId, assignmentId };
    },
    async restartRouting() {
      await running.stop();
      running = await startRouting(settings, processOf('routing'));
    },
    async stop() {
      for (const stop of [() => chat.stop(), () => running.stop(), () => bus.drain(), () => nats.stop()]) await stop();
    },
  };
}
