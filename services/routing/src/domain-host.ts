import type { BusConnection } from '@patchbay/bus/connection';
import { consumeFacts } from '@patchbay/bus/consume-facts';
import type { HandlerContext } from '@patchbay/bus/handle-message';
import type { AnyFact } from '@patchbay/bus/fact';
import { acquireLease, type Lease } from '@patchbay/bus/lease';
import type { RpcServer } from '@patchbay/bus/rpc-server';
import { AppError } from '@patchbay/runtime/app-error';
import { backoffMs } from '@patchbay/runtime/backoff';
import { sleep } from '@patchbay/runtime/clock';
import { abortable } from '@patchbay/runtime/deadline';
import type { Logger } from '@patchbay/runtime/logger';
import { buildWriter, type Place } from './build-writer.ts';
import { createChangeFeed, type ChangeFeed } from './change-feed.ts';
import { applyDirectoryChange, movesAgents } from './centre-changes.ts';
import { contactInputTypes, recallStory, toRoutingInput } from './contact-inputs.ts';
import { createDesk, type Desk } from './desk.ts';
import { domainOfRequest, type Directory, type DirectoryChange } from './directory.ts';
import { routingFigures } from './domain/figures.ts';
import { takeInput } from './domain/perform.ts';
import type { RoutingRules } from './domain/state.ts';
import { routingError } from './errors.ts';
import type { RoutingMetrics } from './metrics.ts';
import { runPeriodically } from './periodic.ts';
import type { Journal, SnapshotStore } from './ports.ts';
import { createStandby, type Standby } from './standby.ts';
import { createSteadyClock } from './steady-clock.ts';
import { createAuditTask, createSnapshotTask, createWitnessTask } from './upkeep.ts';
import { createWriterSlot, type WriterSlot } from './writer-slot.ts';

/** What a host of a routing domain works with. */
export interface HostParts {
  bus: BusConnection;
  place: Place;
  directory: Directory;
  journal: Journal;
  snapshots: SnapshotStore;
  rules: RoutingRules;
  metrics: RoutingMetrics;
  writerLeaseMs: number;
  snapshotEveryMs: number;
  /** Begins to serve callers while the domain is held under this epoch. */
  serve(desk: Desk, epoch: bigint): RpcServer[];
}

/** A routing domain for which this process writes, or stands by. */
export interface DomainHost {
  /** Gives the domain up: finishes what is in hand, saves the state, releases the lease. */
  stop(): Promise<void>;
}

/** Little at a time: what is read back in one go makes contacts wait. */
const witnessEveryMs = 2_000;
const auditEveryMs = 30_000;
const retryBackoff = { firstMs: 200, limitMs: 5_000 };
/** A request older than this, or delivered before, may be known to the stream though forgotten here. */
const freshMs = 30_000;

/** Waits for the lease of the domain, writes for it while it is held, and waits again when it was lost. */
export function hostDomain(parts: HostParts): DomainHost {
  const stopping = new AbortController();
  const log = parts.bus.log.with({ tenant: parts.place.tenant, routingDomain: parts.place.domain });
  const loop = (async () => {
    for (let attempt = 1; !stopping.signal.aborted; attempt += 1) {
      try {
        await holdOnce(parts, log, stopping.signal);
        attempt = 0;
      } catch (thrown) {
        if (stopping.signal.aborted) return;
        log.warn('routing domain was given up', { error: AppError.from(thrown) });
        await sleep(parts.bus.clock, backoffMs(retryBackoff, attempt), stopping.signal).catch(() => undefined);
      }
    }
  })();
  return {
    async stop() {
      stopping.abort(routingError('ROUTING_NOT_WRITER'));
      await loop;
    },
  };
}

/** Holds the domain from one lease to its end. */
async function holdOnce(parts: HostParts, log: Logger, stopping: AbortSignal): Promise<void> {
  const { bus, place } = parts;
  const lost = new AbortController();
  const waiting = AbortSignal.any([stopping, bus.closing]);
  const standby = createStandby({ ...parts, nowMs: () => bus.clock.nowMs(), signal: AbortSignal.any([waiting, lost.signal]), clock: bus.clock, log });
  const lease = await acquireLease(bus, {
    name: `routing.${place.tenant}.${place.domain}`,
    ttlMs: parts.writerLeaseMs,
    onLost: (error) => {
      lost.abort(routingError('ROUTING_NOT_WRITER', { cause: error }));
    },
    signal: waiting,
  }).catch(async (error: unknown) => {
    await standby.take();
    throw error;
  });
  log.info('routing domain taken over', { epoch: String(lease.epoch) });
  parts.metrics.held(place, true);
  try {
    await write(parts, log, { lease, lost, stopping, standby });
  } finally {
    parts.metrics.held(place, false);
    lost.abort(routingError('ROUTING_NOT_WRITER'));
    await lease.release();
  }
}

/** Domains whose facts are inputs; each with a consumer of its own, so that routing is not handed what it writes itself. */
const inputDomains = [
  { domain: 'contact', suffix: '' },
  { domain: 'message', suffix: '-messages' },
] as const;

/** Facts of a partition in hand at once: what comes together is stored together. */
const factsInFlight = 32;

interface Holding {
  lease: Lease;
  lost: AbortController;
  stopping: AbortSignal;
  standby: Standby;
}

/** Builds the writer of the domain, behind a slot that builds it again when it breaks. */
function createSlot(parts: HostParts, log: Logger, held: { lease: Lease; signal: AbortSignal; feed: ChangeFeed; standby: Standby }): WriterSlot {
  const { bus, directory, place, journal, snapshots, metrics, rules } = parts;
  const { lease, signal, feed } = held;
  let standby: Standby | undefined = held.standby;
  const nowMs = createSteadyClock(bus.clock);
  return createWriterSlot({
    clock: bus.clock,
    log,
    signal,
    onRebuild: (because) => {
      log.warn('routing state is built again', { because });
      metrics.rebuilt();
    },
    async build(onBroken) {
      const startedMs = bus.clock.monotonicMs();
      const warm = await standby?.take();
      standby = undefined;
      const { writer, replayed } = await buildWriter(
        { place, directory, rules, journal, snapshots, nowMs, signal },
        {
          epoch: lease.epoch,
          isHeld: () => lease.isHeld(),
          setTimer: (delayMs, callback) => bus.clock.setTimer(delayMs, callback),
          newId: () => bus.ids.next(),
          onBroken,
          onCommitted(changes, facts) {
            feed.publish(changes);
            metrics.committed(place, facts);
          },
        },
        warm,
      );
      log.info('routing state built', { warm: warm !== undefined, facts: replayed, ms: Math.round(bus.clock.monotonicMs() - startedMs) });
      return writer;
    },
  });
}

/** Resolves when one of the signals aborts. */
function anyAborted(...signals: readonly AbortSignal[]): Promise<void> {
  const any = AbortSignal.any([...signals]);
  return new Promise((resolve) => {
    if (any.aborted) resolve();
    else any.addEventListener('abort', () => void resolve(), { once: true });
  });
}

/** Writes for the domain until the lease is lost or the process stops. */
async function write(parts: HostParts, log: Logger, { lease, lost, stopping, standby }: Holding): Promise<void> {
  const { bus, directory, place, journal, snapshots } = parts;
  const { signal } = lost;
  const feed = createChangeFeed();
  const slot = createSlot(parts, log, { lease, signal, feed, standby });
  const desk = createDesk({ current: () => slot.current(), feed, clock: bus.clock, agentLeaseMs: parts.rules.leaseMs });
  const upkeep = { slot, lease, journal, snapshots, desk, signal };
  const saveSnapshot = createSnapshotTask(upkeep);
  const closers: (() => Promise<unknown> | void)[] = [];
  try {
    closers.push(
      directory.onChange((change) => {
        followDirectory({ change, directory, place, desk, slot, log, signal });
      }),
    );
    await abortable(slot.current(), AbortSignal.any([signal, stopping]));
    closers.push(parts.metrics.follow(place, () => desk.look(routingFigures, signal)));
    const consumptions = await Promise.all(
      inputDomains.map(({ domain, suffix }) =>
        consumeFacts(bus, {
          consumer: `${place.tenant}-${place.domain}${suffix}`,
          tenant: place.tenant,
          domains: [domain],
          types: contactInputTypes,
          signal,
          seize: true,
          inFlight: factsInFlight,
          handle: (fact, context) => takeContactFact({ place, directory, journal, desk }, fact, context),
        }),
      ),
    );
    closers.push(() => Promise.all(consumptions.map((consumption) => consumption.stop())));
    const servers = parts.serve(desk, lease.epoch);
    closers.push(() => Promise.all(servers.map((server) => server.stop())));
    const periodic = { clock: bus.clock, log, signal };
    const tasks = [
      runPeriodically({ ...periodic, name: 'snapshot', everyMs: parts.snapshotEveryMs, run: saveSnapshot }),
      runPeriodically({ ...periodic, name: 'witness', everyMs: witnessEveryMs, run: createWitnessTask(upkeep) }),
      runPeriodically({ ...periodic, name: 'audit', everyMs: auditEveryMs, run: createAuditTask(upkeep) }),
    ];
    await anyAborted(signal, stopping);
    // Callers first, then facts: what was taken is finished while the lease is still held.
    for (const close of closers.splice(1).reverse()) await close();
    await slot.close();
    if (!signal.aborted) await saveSnapshot();
    lost.abort(routingError('ROUTING_NOT_WRITER'));
    await Promise.all(tasks);
  } finally {
    lost.abort(routingError('ROUTING_NOT_WRITER'));
    for (const close of closers.reverse()) await close();
    await slot.close();
  }
}

function followDirectory({ change, directory, place, desk, slot, log, signal }: { change: DirectoryChange; directory: Directory; place: Place; desk: Desk; slot: WriterSlot; log: Logger; signal: AbortSignal }): void {
  if (change.tenant !== place.tenant || signal.aborted) return;
  desk
    .work((state, context) => {
      const moves = movesAgents(state, directory, place, change);
      return { facts: applyDirectoryChange(state, { directory, place, change }, context), answer: moves };
    }, { signal })
    .then((moves) => {
      if (moves) slot.rebuild('agents came from another routing domain');
    })
    .catch((error: unknown) => {
      // The state is built again, with the resources as they are then.
      if (!signal.aborted) log.warn('change of the centre was not taken', { error: AppError.from(error), kind: change.kind });
    });
}

/**
 * Takes one fact of a contact. It may come again: the core knows requests that are open or over, and everything else
 * changes nothing twice; a request that may be older than the core's memory is looked up in the stream first.
 */
async function takeContactFact(parts: { place: Place; directory: Directory; journal: Journal; desk: Desk }, fact: AnyFact, { signal, deliveries }: HandlerContext): Promise<void> {
  const { place, directory, journal, desk } = parts;
  const input = toRoutingInput(fact);
  if (input === undefined) return;
  const options = { signal, causationId: fact.id };
  if (input.kind !== 'RoutingRequested') {
    await desk.input(input, options);
    return;
  }
  const { event } = input;
  if (domainOfRequest(directory, place.tenant, event) !== place.domain) {
    await desk.input({ kind: 'MovedAway', event }, options);
    return;
  }
  const mayBeKnown = deliveries > 1 || event.firstEnqueuedAt !== undefined || fact.timeMs < desk.clock.nowMs() - freshMs;
  const story = mayBeKnown ? await journal.history(fact.key) : [];
  await desk.work((state, context, sequences) => {
    const lastSequence = recallStory(state, fact.key, story);
    const subject = `contact:${fact.key}`;
    if (lastSequence > sequences.of(subject)) sequences.set(subject, lastSequence);
    return { facts: takeInput(state, input, context).facts, answer: undefined };
  }, options);
}
