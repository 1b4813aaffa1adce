import type { AnyFact } from '@patchbay/bus/fact';
import { SurgeActionKind } from '@patchbay/contracts/directory/v1/resource';
import type { SurgeStatus } from '@patchbay/contracts/routing/v1/surge_service';
import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import type { ChannelManifest } from './channel-adapter.ts';
import type { ChannelBus } from './channel-bus.ts';
import type { ContactWriter } from './contact-writer.ts';
import type { TellCustomer } from './tell-customer.ts';

/** Tells customers that far more are writing than usual (来话量超常增多). */
export interface SurgeNotices {
  /** A contact of this channel waits in a queue: tells its customer of the surge there that is announced, once for each surge. */
  queued(fact: Extract<AnyFact, { type: 'patchbay.routing.v1.ContactQueued' }>): Promise<void>;
}

/** What notices stand on. */
export interface SurgeNoticeDependencies {
  readonly manifest: Pick<ChannelManifest, 'isLetter'>;
  readonly bus: Pick<ChannelBus, 'listSurges'>;
  readonly writer: ContactWriter;
  readonly tell: TellCustomer;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How long what routing said holds. A surge lasts minutes; who comes in its first seconds may not be told. */
const freshMs = 5_000;

/** Creates them. Routing is asked when somebody waits, at most every five seconds for each tenant; without an answer nothing is told. */
export function createSurgeNotices(dependencies: SurgeNoticeDependencies): SurgeNotices {
  const { manifest, bus, writer, tell, clock, log } = dependencies;
  const known = new Map<string, { askedMs: number; surges: Promise<readonly SurgeStatus[]> }>();

  function surgesOf(tenant: string): Promise<readonly SurgeStatus[]> {
    const last = known.get(tenant);
    if (last !== undefined && clock.monotonicMs() - last.askedMs < freshMs) return last.surges;
    const surges = bus.listSurges(tenant).catch((error: unknown): readonly SurgeStatus[] => {
      log.warn('routing did not tell of surges', { error: AppError.from(error), tenantId: tenant });
      return [];
    });
    known.set(tenant, { askedMs: clock.monotonicMs(), surges });
    return surges;
  }

  return {
    async queued({ tenant, key, event }) {
      // Whoever wrote a letter or left a message does not wait on the line.
      if (event.leftMessage || manifest.isLetter === true) return;
      const surges = await surgesOf(tenant);
      const announced = surges.find(({ active, queues, actions }) => active && queues.includes(event.queue) && actions.some(({ kind }) => kind === SurgeActionKind.ANNOUNCEMENT));
      if (announced === undefined) return;
      const contact = await writer.change({ tenant, contactId: key }, () => []);
      const waits = contact.request?.requestId === event.requestId && contact.request.open && contact.ended === undefined;
      if (waits) await tell(contact, 'text.surge', `surge ${announced.plan} ${announced.since?.getTime() ?? 0}`);
    },
  };
}
