import { AgentState, ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { RoutingRequested } from '@patchbay/contracts/contact/v1/contact_event';
import { Agent, Queue, WrapUpMode } from '@patchbay/contracts/directory/v1/resource';
import { toAgentPolicy } from './domain/agent-policy.ts';
import { createCentre } from './domain/centre.ts';
import { toQueuePolicy } from './domain/queue-policy.ts';
import type { DecisionContext, RoutingInput } from './domain/inputs.ts';
import { applyAgent, applyQueue, perform } from './domain/perform.ts';
import { isBefore, isWaiting, type Request } from './domain/records.ts';
import { createRoutingState, defaultRules, type RoutingState } from './domain/state.ts';
import { createRandom } from './lab/random.ts';

const agentCount = 10_000;
const skillCount = 50;
const skillsPerAgent = 6;
const waitingCount = 100_000;
const decisionCount = 40_000;
const scanCount = 40;
const askingNothing = -1;
const startMs = 1_770_000_000_000;

interface Rig {
  state: RoutingState;
  random(): number;
  do(input: RoutingInput): void;
  /** A contact arrives. @param classNumber of its requirement, or `askingNothing`; any when absent */
  request(priority?: number, classNumber?: number): void;
}

/** A centre with its agents ready and nobody waiting. */
function createRig(classCount: number): Rig {
  const random = createRandom(1).uniform;
  const state = createRoutingState(createCentre('main', 'Asia/Shanghai'), { ...defaultRules, leaseMs: 1e12 });
  applyQueue(state, 'queue', toQueuePolicy('queue', Queue.fromPartial({ offerTimeoutSeconds: 120, wrapUp: { mode: WrapUpMode.NONE } })));
  let nowMs = startMs;
  let ids = 0;
  const newId = () => `id-${String((ids += 1))}`;
  const act = (input: RoutingInput) => {
    nowMs += 1;
    const context: DecisionContext = { nowMs, epoch: 1n, newId };
    perform(state, input, context);
  };
  for (let number = 0; number < agentCount; number += 1) {
    const skills = Array.from({ length: skillsPerAgent }, () => ({ skill: `s${String(Math.floor(random() * skillCount))}`, level: 1 + Math.floor(random() * 100) }));
    const agentId = `a${String(number)}`;
    applyAgent(state, agentId, toAgentPolicy(agentId, Agent.fromPartial({ skills, capacity: { voice: 1 } }), ['queue']), nowMs);
    act({ kind: 'SignIn', request: { agentId, device: 'web' } });
    act({ kind: 'SetState', request: { agentId, state: AgentState.READY, reason: '' }, by: ChangedBy.AGENT });
  }
  const classes = Array.from({ length: classCount }, (_, index) => ({
    skills: [{ skill: `s${String(index % skillCount)}`, minLevel: 1 + 10 * (Math.floor(index / skillCount) % 8) + Math.floor(index / (skillCount * 8)) }],
  }));
  let contacts = 0;
  return {
    state,
    random,
    do: act,
    request(priority = Math.floor(random() * 60), classNumber = Math.floor(random() * classCount)) {
      const contactId = `c${String((contacts += 1))}`;
      const requirement = classes[classNumber];
      act({ kind: 'RoutingRequested', event: RoutingRequested.fromPartial({ contactId, requestId: `${contactId}-r`, queue: 'queue', channel: 'voice', requirement, priority }), timeMs: nowMs });
    },
  };
}

function acceptAll({ state, do: act }: Rig): void {
  for (const { contactId, offerId, agentId } of [...state.offers.values()]) act({ kind: 'AcceptOffer', request: { contactId, offerId, agentId } });
}

/** Fills the centre: every agent who can be is engaged, the rest waits in line. */
function fill(rig: Rig): void {
  while (rig.state.requests.size < waitingCount) {
    rig.request();
    if (rig.state.offers.size > 0) acceptAll(rig);
  }
}

/** Processor time of this process, milliseconds: what other processes of the machine take is not counted. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const round = (value: number, digits = 1) => Number(value.toFixed(digits));

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

interface Timing {
  /** Per second of processor time of one core. */
  perCpuSecond: number;
  p50Us: number;
  p99Us: number;
}

/** Runs blocks of decisions: processor time by block, wall time by decision; what `between` does is not counted. */
function time(blocks: number, block: () => (() => void)[], between: () => void): Timing {
  const times: number[] = [];
  let spentMs = 0;
  for (let count = 0; count < blocks; count += 1) {
    const decisions = block();
    const beganMs = cpuMs();
    let lastMs = performance.now();
    for (const decide of decisions) {
      decide();
      const nowMs = performance.now();
      times.push((nowMs - lastMs) * 1_000);
      lastMs = nowMs;
    }
    spentMs += cpuMs() - beganMs;
    between();
  }
  const sorted = Float64Array.from(times).sort();
  return { perCpuSecond: Math.round((times.length / spentMs) * 1_000), p50Us: round(percentile(sorted, 0.5)), p99Us: round(percentile(sorted, 0.99)) };
}

const blockSize = 1_000;

/** Agents become free one after the other, each takes the first in line; then as many contacts come. */
function measurePulls(rig: Rig): Timing {
  return time(
    decisionCount / blockSize,
    () =>
      [...rig.state.assignments.values()].slice(0, blockSize).map(({ request: { contactId } }) => () => {
        rig.do({ kind: 'ContactEnded', event: { contactId, by: Party.AGENT, reason: EndReason.AGENT_ENDED, code: '' } });
      }),
    () => {
      acceptAll(rig);
      for (let count = 0; count < blockSize; count += 1) rig.request();
    },
  );
}

/** The match alone: the first in line over all that an agent can serve, taken out and put back. */
function measureMatches({ state }: Rig): Timing {
  const { index } = state;
  const entries = [...state.centre.agents.keys()].slice(0, blockSize).map((agentId) => index.agent(agentId));
  // Everybody is engaged: for the question they are made free, as after a wrap-up.
  for (const entry of entries) {
    entry?.record?.slots.clear();
    if (entry !== undefined) index.refreshAgent(entry, startMs);
  }
  return time(
    decisionCount / blockSize,
    () =>
      entries.map((entry) => () => {
        const request = entry === undefined ? undefined : index.bestRequestFor(entry, startMs);
        if (request === undefined) return;
        index.leave(request);
        request.keyMs += 1_000_000;
        index.join(request);
      }),
    () => {
      index.restlessRequests.clear();
    },
  );
}

/** Contacts arrive while half of the agents are ready; each goes to the one idle longest. The first of a requirement finds out who has it. */
function measureArrivals(classCount: number): { first: Timing; later: Timing } {
  const rig = createRig(classCount);
  for (let count = 0; count < agentCount / 2; count += 1) rig.request(0, askingNothing);
  acceptAll(rig);
  const withdrawAll = () => {
    for (const { contactId, requestId } of [...rig.state.offers.values()]) rig.do({ kind: 'RoutingWithdrawn', event: { contactId, requestId, reason: 1 } });
  };
  let next = 0;
  const blocks = 20;
  const first = time(blocks, () => Array.from({ length: classCount / blocks }, () => () => rig.request(0, next++)), withdrawAll);
  const later = time(decisionCount / blockSize, () => Array.from({ length: blockSize / 4 }, () => () => rig.request(0)), withdrawAll);
  return { first, later };
}

/** The same question by looking at everybody in line: what the index is held against. */
function measureFullScan({ state }: Rig): number {
  const policies = [...state.centre.agents.values()];
  let found = 0;
  const startedMs = cpuMs();
  for (let count = 0; count < scanCount; count += 1) {
    const policy = policies[(count * 97) % policies.length];
    let best: Request | undefined;
    for (const request of state.requests.values()) {
      if (!isWaiting(request) || policy === undefined || !policy.queues.has(request.queue)) continue;
      if (!request.requirement.skills.every(({ skill, minLevel }) => (policy.skills.get(skill) ?? 0) >= minLevel)) continue;
      if (best === undefined || isBefore(request, best)) best = request;
    }
    if (best !== undefined) found += 1;
  }
  return found > 0 ? (scanCount / (cpuMs() - startedMs)) * 1_000 : 0;
}

/** Decisions in memory: the real rules with all facts made and applied, and a full scan in the same run. */
export function bench(emit: (row: Record<string, unknown>) => void): void {
  for (const classes of [400, 2_000]) {
    const rig = createRig(classes);
    fill(rig);
    const size = { agents: agentCount, skills: skillCount, classes, waiting: rig.state.requests.size, engaged: rig.state.assignments.size };
    measurePulls(rig);
    const pulls = measurePulls(rig);
    emit({ measure: 'agent becomes free: contact closed, next one offered, facts made and applied', ...size, ...pulls });
    const scansPerCpuSecond = measureFullScan(rig);
    const matches = measureMatches(rig);
    emit({ measure: 'match alone: first in line for an agent', ...size, ...matches });
    emit({ measure: 'match alone by a full scan of the line', ...size, perCpuSecond: round(scansPerCpuSecond), ratio: Math.round(matches.perCpuSecond / scansPerCpuSecond) });
    const { first, later } = measureArrivals(classes);
    emit({ measure: 'contact arrives, half of the agents ready: longest idle', agents: agentCount, classes, ...later });
    emit({ measure: 'the first contact of a requirement arrives', agents: agentCount, classes, ...first });
    emit({ measure: 'memory', classes, heapMib: Math.round(process.memoryUsage().heapUsed / 2 ** 20) });
  }
}
