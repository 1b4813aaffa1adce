import { parentPort, workerData } from 'node:worker_threads';
import { connectBus, type BusConnection } from '@patchbay/bus/connection';
import { replayFacts } from '@patchbay/bus/replay-facts';
import { streams } from '@patchbay/bus/topology';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { LabScenario, ReplayResult, SimulateResult, WhatIfResult } from '@patchbay/contracts/routing/v1/routing_lab_service';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { createBusSnapshotStore } from '../adapters/bus-snapshot-store.ts';
import { createEmptyState } from '../build-writer.ts';
import { domainOfQueue, type Directory } from '../directory.ts';
import { createFixedDirectory } from './fixed-directory.ts';
import type { LabJob, LabMessage, ReplayJob, SimulateJob, WhatIfJob } from './lab-job.ts';
import { checkReplay } from './replay.ts';
import { toReportMessage } from './report-message.ts';
import { runSimulation } from './simulate.ts';
import { runWhatIf } from './what-if.ts';

const say = (message: LabMessage) => parentPort?.postMessage(message);
const onProgress = (share: number) => say({ kind: 'progress', share });

function openDirectory(tenant: string, ...layers: (readonly Uint8Array[])[]): Directory {
  return createFixedDirectory(layers.flat().map((bytes) => Resource.decode(bytes)), tenant);
}

async function answerReplay(bus: BusConnection, job: ReplayJob): Promise<Uint8Array> {
  const { tenant, domain, rules } = job;
  const place = { tenant, domain };
  const directory = openDirectory(tenant, job.resources);
  const stored = await (await createBusSnapshotStore(bus, place)).load();
  const { state } = await bus.jsm.streams.info(streams.events.name);
  const isComplete = state.first_seq <= 1;
  const { lastSequence, facts, checks } = await checkReplay({
    createState: () => createEmptyState({ place, directory, rules, nowMs: () => Date.now() }),
    read: (fromSequence) => replayFacts(bus, { tenant, domains: ['routing', 'agent', 'queue'], fromSequence }),
    stored,
    isComplete,
    onProgress,
  });
  const rows = checks.map(({ name, sequence, left, right }) => ({ name, sequence: BigInt(sequence), leftSha256: left, rightSha256: right, same: left === right }));
  return ReplayResult.encode({ same: rows.every((row) => row.same), lastSequence: BigInt(lastSequence), facts: BigInt(facts), complete: isComplete, checks: rows }).finish();
}

const usualTargetMs = 20_000;

/** The target that a queue has now: the same for every run, or they could not be compared. */
function targetsOf(current: Directory, tenant: string) {
  return (queue: string) => {
    const spec = current.get(tenant, 'Queue', queue)?.spec;
    return (spec?.$case === 'queue' ? (spec.value.serviceLevel?.seconds ?? 0) : 0) * 1_000 || usualTargetMs;
  };
}

async function answerWhatIf(bus: BusConnection, job: WhatIfJob): Promise<Uint8Array> {
  const { tenant, domain, rules, fromMs, toMs, warmUpMs, intervalMs, seed } = job;
  const current = openDirectory(tenant, job.resources);
  const proposed = openDirectory(tenant, job.resources, job.proposed);
  const facts = replayFacts(bus, { tenant, domains: ['contact', 'routing', 'agent', 'queue'] });
  const outcome = await runWhatIf(
    { place: { tenant, domain }, current, proposed, rules, fromMs, toMs, warmUpMs, intervalMs, seed, targetMs: targetsOf(current, tenant), onProgress },
    facts,
    (queue) => domainOfQueue(current, tenant, queue) === domain,
  );
  return WhatIfResult.encode({
    recorded: toReportMessage(outcome.recorded),
    current: toReportMessage(outcome.current),
    proposed: toReportMessage(outcome.proposed),
    requests: BigInt(outcome.requests),
    replayed: outcome.replayed,
  }).finish();
}

function answerSimulation(job: SimulateJob): Uint8Array {
  const { tenant, domain, rules, warmUpMs, intervalMs, seed } = job;
  const current = openDirectory(tenant, job.resources);
  const proposed = job.proposed.length === 0 ? undefined : openDirectory(tenant, job.resources, job.proposed);
  const scenario = LabScenario.decode(job.scenario);
  const outcome = runSimulation({ place: { tenant, domain }, current, proposed, rules, scenario, warmUpMs, intervalMs, seed, targetMs: targetsOf(current, tenant), onProgress });
  return SimulateResult.encode({
    current: toReportMessage(outcome.current),
    proposed: outcome.proposed === undefined ? undefined : toReportMessage(outcome.proposed),
    requests: BigInt(outcome.requests),
  }).finish();
}

async function answer(job: LabJob): Promise<Uint8Array> {
  if (job.kind === 'simulate') return answerSimulation(job);
  const bus = await connectBus({ servers: job.natsUrl, name: 'routing-lab', log: silentLogger, metrics: createMetrics('routing-lab') });
  try {
    return await (job.kind === 'replay' ? answerReplay(bus, job) : answerWhatIf(bus, job));
  } finally {
    await bus.drain();
  }
}

// One question a thread: it has a connection of its own, so that neither reading nor running touches the writer's loop.
say({ kind: 'result', bytes: await answer(workerData as LabJob) });
