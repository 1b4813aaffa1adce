import { serviceActor } from '@patchbay/bus/actor';
import type { BusConnection } from '@patchbay/bus/connection';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { SurgeActionKind } from '@patchbay/contracts/directory/v1/resource';
import { SurgeServiceDefinition, type SurgeStatus } from '@patchbay/contracts/routing/v1/surge_service';
import { AppError } from '@patchbay/runtime/app-error';
import type { SurgeView } from '../../ports.ts';

/** Routing looks every five seconds; callers who wait hear of it that soon. */
const goodForMs = 5_000;
const timeoutMs = 1_500;

/** Surges as routing tells them, asked only while somebody waits, and for all who wait at once. */
export function createBusSurges(bus: BusConnection): SurgeView {
  const client = createRpcClient(bus, SurgeServiceDefinition);
  const actor = serviceActor(bus.name);
  const asked = new Map<string, { readonly atMs: number; readonly surges: Promise<readonly SurgeStatus[]> }>();

  async function ask(tenant: string): Promise<readonly SurgeStatus[]> {
    try {
      return (await client.listSurges({}, { tenant, actor, timeoutMs })).surges.filter(({ active }) => active);
    } catch (thrown) {
      bus.log.warn('surges are not known', { error: AppError.from(thrown) });
      return [];
    }
  }

  function surgesOf(tenant: string): Promise<readonly SurgeStatus[]> {
    const known = asked.get(tenant);
    const nowMs = bus.clock.monotonicMs();
    if (known !== undefined && nowMs - known.atMs < goodForMs) return known.surges;
    const surges = ask(tenant);
    asked.set(tenant, { atMs: nowMs, surges });
    return surges;
  }

  return {
    async wordsFor(tenant, queue) {
      const actions = (await surgesOf(tenant)).filter(({ queues }) => queues.includes(queue)).flatMap((surge) => surge.actions);
      return {
        announcements: actions.filter(({ kind }) => kind === SurgeActionKind.ANNOUNCEMENT).map(({ name }) => name),
        offersCallBack: actions.some(({ kind }) => kind === SurgeActionKind.OFFER_CALL_BACK),
      };
    },
  };
}
