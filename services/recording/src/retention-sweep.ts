import { newFact } from '@patchbay/bus/append-facts';
import { RecordingErased } from '@patchbay/contracts/recording/v1/recording_event';
import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import { deterministicId } from '@patchbay/runtime/ids';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import { erasedItem, withItem, type KeptItem } from './domain/kept-contact.ts';
import { tellRecordingStory } from './domain/recording-story.ts';
import { isPastRetention } from './domain/retention.ts';
import type { Centres, FactLog, Files, IndexEntry, KeptIndex } from './ports.ts';
import { recordingMetrics } from './metrics.ts';

/** What erasing needs. */
export interface SweepPorts {
  facts: FactLog;
  files: Files;
  index: KeptIndex;
  centres: Centres;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
}

/**
 * Looks once through everything that is kept and erases what is past its retention class and not under legal hold.
 * Repeats are harmless, so two replicas at once do no harm; what fails is left for the next time.
 * @param signal stops between two contacts
 * @returns items erased
 */
export async function sweepRetention(ports: SweepPorts, signal: AbortSignal): Promise<number> {
  let erased = 0;
  for (const { tenant, contactId } of await ports.index.keys()) {
    if (signal.aborted) break;
    try {
      erased += await sweepContact(ports, tenant, contactId);
    } catch (error) {
      ports.log.warn('erasing is left for the next time', { error: AppError.from(error), contactId, tenantId: tenant });
    }
  }
  if (erased > 0) ports.log.info('erased what was past its retention class', { items: erased });
  return erased;
}

async function sweepContact(ports: SweepPorts, tenant: string, contactId: string): Promise<number> {
  const { index, centres, clock } = ports;
  let erased = 0;
  let entry = await index.get(tenant, contactId);
  for (const { id } of entry?.kept.items ?? []) {
    const item = entry?.kept.items.find((one) => one.id === id);
    if (entry === undefined || item === undefined || !isPastRetention(item, centres.retentionDays(tenant, item.retentionClass), clock.nowMs())) continue;
    entry = await erase(ports, { tenant, entry, item });
    erased += 1;
  }
  return erased;
}

/**
 * Mark, files, fact, entry. The mark is written over exactly the entry that was judged, so a legal hold that came in
 * between wins. Whoever dies after the mark is followed by the next sweep, which does the rest again.
 */
async function erase(ports: SweepPorts, { tenant, entry, item }: { tenant: string; entry: IndexEntry; item: KeptItem }): Promise<IndexEntry | undefined> {
  const { index, files, facts, metrics } = ports;
  const { contactId } = entry.kept;
  if (item.status !== 'erasing') await index.update(tenant, withItem(entry.kept, { ...item, status: 'erasing' }), entry.revision);
  for (const object of [item.object, item.peaks]) if (object !== undefined) await files.delete(object.object);
  const story = tellRecordingStory(await facts.read(tenant, contactId));
  if (!story.erased.some((one) => one.recordingId === item.id)) {
    await facts.append([
      newFact(RecordingErased, {
        tenant,
        key: contactId,
        id: deterministicId(item.readyMs ?? item.startedMs, 'erased', item.id),
        expectedSequence: story.lastSequence,
        event: { contactId, recordingId: item.id, reason: 'retention' },
      }),
    ]);
  }
  metrics.counter(recordingMetrics.recordings_erased_total).inc({ kind: item.kind });
  const marked = await index.get(tenant, contactId);
  if (marked === undefined) return undefined;
  await index.update(tenant, withItem(marked.kept, erasedItem(item)), marked.revision);
  return index.get(tenant, contactId);
}

/** The sweep as it runs in a service. */
export interface RetentionSweep {
  /** Resolves when the sweep in hand has stopped. */
  stop(): Promise<void>;
}

/** Sweeps once soon after the start and then every so often, one sweep at a time. */
export function startRetentionSweep(ports: SweepPorts, everyMs: number): RetentionSweep {
  const stopping = new AbortController();
  let cancel = () => {};
  let running: Promise<unknown> = Promise.resolve();
  const schedule = (delayMs: number) => {
    cancel = ports.clock.setTimer(delayMs, () => {
      running = sweepRetention(ports, stopping.signal)
        .catch((error: unknown) => {
          ports.log.warn('retention sweep failed', { error: AppError.from(error) });
        })
        .finally(() => {
          if (!stopping.signal.aborted) schedule(everyMs);
        });
    });
  };
  schedule(Math.min(everyMs, 30_000));
  return {
    async stop() {
      stopping.abort();
      cancel();
      await running;
    },
  };
}
