import { serviceActor } from '@patchbay/bus/actor';
import type { BusConnection } from '@patchbay/bus/connection';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import type { RoutingDesk } from '../../ports.ts';

const outcomeTimeoutMs = 3_000;

/** Routing's service over the bus, asked in the name of this service. */
export function createBusRoutingDesk(bus: BusConnection): RoutingDesk {
  const client = createRpcClient(bus, RoutingServiceDefinition);
  const actor = serviceActor(bus.name);
  return {
    async accept({ tenant, ...offer }, timeoutMs, signal) {
      const { assignmentId } = await client.acceptOffer(offer, { tenant, actor, timeoutMs, signal });
      return { assignmentId };
    },
    async reject({ tenant, ...offer }, reason) {
      await client.rejectOffer({ ...offer, reason }, { tenant, actor, timeoutMs: outcomeTimeoutMs });
    },
    async fail({ tenant, ...offer }, code) {
      await client.failOffer({ ...offer, code }, { tenant, actor, timeoutMs: outcomeTimeoutMs });
    },
  };
}
