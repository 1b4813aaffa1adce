import type { RpcImplementation } from '@patchbay/bus/rpc-server';
import type { SurgeServiceDefinition } from '@patchbay/contracts/routing/v1/surge_service';
import { leadOf, requireStaff } from './authorise.ts';
import type { Desk } from './desk.ts';
import { listSurges, surgeStatus } from './domain/surge-views.ts';

/** Surges by hand, and what holds now. A call that comes twice changes nothing more. */
export function createSurgeHandlers(desk: Desk): RpcImplementation<typeof SurgeServiceDefinition> {
  const status = async (plan: string, signal: AbortSignal) => ({ surge: await desk.look((state) => surgeStatus(state, plan), signal) });
  return {
    async startSurge({ plan, reason }, { actor, signal }) {
      const lead = leadOf(actor, reason);
      await desk.input({ kind: 'StartSurge', plan, by: lead.actor, note: lead.reason }, { signal });
      return status(plan, signal);
    },
    async stopSurge({ plan, reason }, { actor, signal }) {
      const lead = leadOf(actor, reason);
      await desk.input({ kind: 'StopSurge', plan, by: lead.actor, note: lead.reason }, { signal });
      return status(plan, signal);
    },
    async listSurges(_request, { actor, signal }) {
      requireStaff(actor);
      return { surges: await desk.look(listSurges, signal) };
    },
  };
}
