import { text } from 'node:stream/consumers';
import type { BusConnection } from '@patchbay/bus/connection';
import { streams } from '@patchbay/bus/topology';
import { WrapUpMode } from '@patchbay/contracts/directory/v1/resource';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNatsCluster } from '@patchbay/testkit/real-nats';
import { checkHistory } from '../check-history.ts';
import type { Verdict } from '../history-check.ts';
import { agentResource, putResources, queueResource, tenantResource, wrapUp } from '../robot-centre.ts';
import { createPacketFilter, groups, type PacketFilter } from './packet-filter.ts';
import { startReplica, type Replica } from './replica.ts';
import { startCrowd, type Crowd } from './robot-crowd.ts';

/*
 * A program of its own, so that it can run in a network namespace where a packet filter harms nobody: a cluster of three,
 * two replicas of routing, robots, one fault after the other, then the checker. Takes its settings as JSON from the
 * standard input and prints what happened as JSON.
 */

export type FaultName =
  | 'kill the writer'
  | 'stop the writer'
  | 'kill the standby'
  | 'stop the standby'
  | 'kill the leader of the facts'
  | 'kill a follower of the facts'
  | 'stop the leader of the facts'
  | 'cut the writer off'
  | 'cut a follower off'
  | 'cut the leader off';

/** What to do. */
export interface FaultRunInput {
  readonly faults: readonly FaultName[];
  readonly contactsPerSecond: number;
  readonly agents: number;
  readonly slotsPerAgent: number;
  /** Whether this is a network namespace of its own. */
  readonly isApart: boolean;
  /** How long a stopped process sleeps and a line is cut, milliseconds. */
  readonly lastsMs: number;
}

/** What one fault did. */
export interface FaultOutcome {
  readonly fault: FaultName;
  /** From the fault to the next offer that was stored after it. */
  readonly nextOfferMs: number;
  /** Whether offers went on before the fault was mended. */
  readonly wentOn: boolean;
  /** When it began, milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Whether another epoch writes afterwards. */
  readonly changedWriter: boolean;
  readonly epochBefore: number;
  readonly epochAfter: number;
  /** From the fault to the new writer's taking over the lease; absent when the writer stayed. */
  readonly tookOverMs?: number;
}

/** What a run tells. */
export interface FaultRunOutput {
  readonly outcomes: readonly FaultOutcome[];
  readonly acknowledged: number;
  /** How long customers came, and how many of them were turned away because too many were there. */
  readonly seconds: number;
  readonly turnedAway: number;
  /** Milliseconds from request to offer over the quiet time before the first fault. */
  readonly quietWaits: { readonly p50: number; readonly p99: number };
  readonly verdict: Verdict & { readonly exitCode: number };
}

const tenant = 'faults';
const recoveryMs = 60_000;
/** A fault after which nothing goes on is mended after so long. */
const longestHarmMs = 25_000;
/** Contacts of so many seconds may be open: an outage does not keep customers away. */
const openSeconds = 20;

interface Run {
  readonly input: FaultRunInput;
  readonly bus: BusConnection;
  readonly cluster: Awaited<ReturnType<typeof startNatsCluster>>;
  readonly replicas: Replica[];
  readonly crowd: Crowd;
  readonly filter: PacketFilter | undefined;
  start(index: number): Replica;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const writerOf = ({ replicas }: Run) => (replicas[0]!.epoch() > replicas[1]!.epoch() ? 0 : 1);

async function leaderOf({ bus, cluster }: Run): Promise<number> {
  return eventually('a leader of the facts', async () => {
    const { cluster: group } = await bus.jsm.streams.info(streams.events.name);
    const number = Number(/\d+$/.exec(group?.leader ?? '')?.[0] ?? 0);
    return number > 0 && { index: (number - 1) % cluster.members.length };
  }).then(({ index }) => index);
}

/** Waits until every copy of the facts is there and as far as the leader's. */
async function untilWhole({ bus }: Run): Promise<void> {
  await eventually(
    'a whole cluster',
    async () => {
      const { cluster: group } = await bus.jsm.streams.info(streams.events.name);
      return group?.leader !== undefined && group.replicas?.length === 2 && group.replicas.every(({ current, offline, lag }) => (current || (lag ?? 0) < 1_000) && offline !== true);
    },
    recoveryMs,
  );
}

/** Does the harm; gives what mends it. */
async function harm(run: Run, fault: FaultName): Promise<() => Promise<void>> {
  const { replicas, cluster, filter } = run;
  const writer = writerOf(run);
  const killReplica = async (index: number) => {
    await replicas[index]!.kill();
    return async () => void (replicas[index] = run.start(index));
  };
  const stopReplica = (index: number) => {
    replicas[index]!.signal('SIGSTOP');
    return async () => replicas[index]!.signal('SIGCONT');
  };
  const killServer = async (index: number) => {
    await cluster.members[index]!.kill();
    return async () => void (await cluster.restart(index));
  };
  const stopServer = (index: number) => {
    process.kill(cluster.members[index]!.pid, 'SIGSTOP');
    return async () => void process.kill(cluster.members[index]!.pid, 'SIGCONT');
  };
  const cut = (line: (filter: PacketFilter) => void) => {
    if (filter === undefined) throw new Error('lines are cut only in a network namespace');
    line(filter);
    return async () => void filter.heal();
  };
  const leader = async () => leaderOf(run);
  const follower = async () => ((await leader()) + 1) % 3;
  switch (fault) {
    case 'kill the writer':
      return killReplica(writer);
    case 'stop the writer':
      return stopReplica(writer);
    case 'kill the standby':
      return killReplica(1 - writer);
    case 'stop the standby':
      return stopReplica(1 - writer);
    case 'kill the leader of the facts':
      return killServer(await leader());
    case 'kill a follower of the facts':
      return killServer(await follower());
    case 'stop the leader of the facts':
      return stopServer(await leader());
    case 'cut the writer off':
      return cut((one) => void one.cutReplica(writer));
    case 'cut a follower off': {
      const index = await follower();
      return cut((one) => void one.cutServer(index));
    }
    case 'cut the leader off': {
      const index = await leader();
      return cut((one) => void one.cutServer(index));
    }
  }
}

async function suffer(run: Run, fault: FaultName): Promise<FaultOutcome> {
  const { crowd, replicas, input } = run;
  const offersAtRest = crowd.offered();
  await untilWhole(run);
  await eventually('work to go on', () => crowd.offered() > offersAtRest + input.contactsPerSecond / 2, recoveryMs);
  const epochOf = () => Math.max(...replicas.map((replica) => replica.epoch()));
  const epochBefore = epochOf();
  const [offersBefore, atMs, startedMs] = [crowd.offered(), Date.now(), performance.now()];
  const mend = await harm(run, fault);
  const since = () => Math.round(performance.now() - startedMs);
  let tookOverMs: number | undefined;
  const watching = setInterval(() => {
    if (tookOverMs === undefined && epochOf() > epochBefore) tookOverMs = since();
  }, 10);
  // What was on its way when the harm came may still arrive: a few more offers than could have been.
  const inFlight = input.contactsPerSecond / 5;
  const goesOn = () => crowd.offered() > offersBefore + inFlight;
  const mendedMs = Math.max(input.lastsMs, longestHarmMs);
  const wentOn = await eventually('offers in spite of it', goesOn, mendedMs).catch(() => false);
  const inSpiteMs = since();
  if (wentOn) await pause(Math.max(0, input.lastsMs - inSpiteMs));
  await mend();
  await eventually(`offers after: ${fault}`, goesOn, recoveryMs);
  const nextOfferMs = wentOn ? inSpiteMs : since();
  crowd.hold(true);
  await eventually(`the line to empty after: ${fault}`, () => crowd.acknowledged.length - crowd.ended() < input.contactsPerSecond / 5, recoveryMs);
  crowd.hold(false);
  clearInterval(watching);
  const epochAfter = epochOf();
  return { fault, nextOfferMs, wentOn, atMs, changedWriter: epochAfter !== epochBefore, epochBefore, epochAfter, ...(tookOverMs === undefined ? {} : { tookOverMs }) };
}

const shareOf = (sorted: readonly number[], share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
const tell = (line: string) => void process.stderr.write(`${line}\n`);

async function runFaults(input: FaultRunInput): Promise<FaultRunOutput> {
  const filter = input.isApart ? createPacketFilter((index) => cluster.routePorts[index]) : undefined;
  const cluster = await startNatsCluster(input.isApart ? { gidOf: groups.server } : {});
  const bus = await connectTestBus(cluster.url, 'robots', { replicas: 3 });
  const agents = Array.from({ length: input.agents }, (_, index) => `a${String(index + 1)}`);
  const queue = queueResource('sales', { wrapUp: wrapUp(WrapUpMode.NONE), offerTimeoutSeconds: 10, maxMissedOffers: 1_000 });
  await putResources(bus, tenant, [queue, ...agents.map((id) => agentResource(id, ['sales'], { webchat: input.slotsPerAgent })), tenantResource(tenant)]);
  const start = (index: number) => startReplica({ natsUrl: cluster.url, ...(input.isApart ? { gid: groups.replica(index) } : {}) });
  const replicas = [start(0)];
  await eventually('a writer', () => replicas[0]!.epoch() > 0);
  replicas.push(start(1));
  const crowd = startCrowd(bus, { tenant, agents, perSecond: input.contactsPerSecond, mostOpen: input.contactsPerSecond * openSeconds });
  const run: Run = { input, bus, cluster, replicas, crowd, filter, start };
  try {
    await eventually('work to go on', () => crowd.ended() > input.contactsPerSecond, recoveryMs);
    crowd.takeWaits();
    await pause(2_000);
    const waits = crowd.takeWaits();
    const outcomes: FaultOutcome[] = [];
    for (const fault of input.faults) {
      outcomes.push(await suffer(run, fault));
      tell(JSON.stringify(outcomes.at(-1)));
      if (replicas.some((replica) => replica.fell())) throw new Error(`a replica ended by itself after: ${fault}`);
    }
    await crowd.close();
    const { seconds, turnedAway } = crowd.arrivals();
    await eventually('every contact to end', () => crowd.ended() >= crowd.acknowledged.length, recoveryMs).catch(() => {
      tell(`only ${String(crowd.ended())} of ${String(crowd.acknowledged.length)} contacts ended`);
    });
    await crowd.stop();
    const capacity = Object.fromEntries(agents.map((id) => [id, input.slotsPerAgent]));
    const verdict = await checkHistory({ natsUrl: cluster.url, tenant, capacity, acknowledged: crowd.acknowledged });
    return { outcomes, acknowledged: crowd.acknowledged.length, seconds, turnedAway, quietWaits: { p50: shareOf(waits, 0.5), p99: shareOf(waits, 0.99) }, verdict };
  } finally {
    await crowd.stop();
    await Promise.all(replicas.map((replica) => replica.kill()));
    for (const replica of replicas) for (const line of replica.warnings.slice(0, 40)) tell(line);
    await bus.drain();
    await cluster.stop();
  }
}

const output = await runFaults(JSON.parse(await text(process.stdin)) as FaultRunInput);
process.stdout.write(`${JSON.stringify(output)}\n`);
process.exit(0);
