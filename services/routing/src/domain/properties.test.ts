import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AgentState, ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import { EndReason, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { ContactEnded } from '@patchbay/contracts/contact/v1/contact_event';
import { AgentChoice, ClosingPolicy, FinalActionKind, PriorityMode, SurgeActionKind, WrapUpHold } from '@patchbay/contracts/directory/v1/resource';
import { ParkingEnd } from '@patchbay/contracts/routing/v1/routing_event';
import { explainOffer } from './explain-contact.ts';
import type { RoutingFact } from './facts.ts';
import type { RoutingInput } from './inputs.ts';
import { takeDueTimers, takeInput } from './perform.ts';
import { isWaiting } from './records.ts';
import { isRestless, settle } from './settle.ts';
import { toSnapshot } from './snapshot.ts';
import type { RoutingState } from './state.ts';
import { bruteForceMatch } from './testing/brute-force.ts';
import { FactChecker } from './testing/fact-checker.ts';
import { Scenario, type CentreSetup } from './testing/scenario.ts';

const runs = Number(process.env['PATCHBAY_PROPERTY_RUNS'] ?? 250);

const setup: CentreSetup = {
  queues: {
    sales: { wrapUp: { mode: 2, limitSeconds: 20, extensionSeconds: 10, hold: WrapUpHold.SLOT }, offerTimeoutSeconds: 10, maxMissedOffers: 2, rejectDelaySeconds: 7, relaxation: [{ afterSeconds: 15, requirement: { attributes: [{ name: 'site', value: 'north' }] }, extraQueues: ['gold'] }] },
    help: { wrapUp: { mode: 4 }, priority: 15, maxWaitSeconds: 120, requirement: { anyOf: [{ skills: [{ skill: 'fixing', minLevel: 30 }] }, { languages: ['en'] }] }, relaxation: [{ afterSeconds: 20, requirement: { skills: [{ skill: 'fixing', minLevel: 10 }] } }, { afterSeconds: 50, extraQueues: ['sales'] }] },
    gold: { wrapUp: { mode: 4, hold: WrapUpHold.ALL }, priority: 60, maxWaiting: 5 },
    till: { wrapUp: { mode: 1 }, hours: 'short', closing: ClosingPolicy.OVERFLOW, plan: 'climb' },
  },
  plans: {
    climb: {
      targets: [
        { queue: 'gold', minCustomerValue: 50, timeoutSeconds: 10 },
        { queue: 'till', timeoutSeconds: 25 },
        { queue: 'sales', timeoutSeconds: 60, skipWithoutAgent: true, priority: 20 },
        { queue: 'help', timeoutSeconds: 90 },
      ],
      then: { kind: FinalActionKind.MESSAGE },
    },
  },
  surgePlans: {
    rush: {
      queues: ['help', 'till'],
      trigger: { waiting: { startsAt: 3, endsAt: 1 } },
      minimumSeconds: 20,
      actions: [{ kind: SurgeActionKind.WIDEN, requirement: { skills: [{ skill: 'fixing', minLevel: 15 }] } }, { kind: SurgeActionKind.BORROW, queues: ['sales'] }, { kind: SurgeActionKind.WRAP_UP, seconds: 5 }, { kind: SurgeActionKind.CANCEL_BREAKS }],
    },
    flood: { queues: ['sales', 'gold'], trigger: { arrivals: { expected: 1, startSigmas: 3, endSigmas: 1 } }, minimumSeconds: 30, actions: [{ kind: SurgeActionKind.OVERFLOW, name: 'help' }, { kind: SurgeActionKind.BORROW, queues: ['till', 'help'] }] },
  },
  slaPolicies: { all: { firstResponseSeconds: 30, nextResponseSeconds: 20, resolutionSeconds: 90 }, till: { queues: ['till'], minCustomerValue: 40, firstResponseSeconds: 10, resolutionSeconds: 60, hours: 'short', countsCustomerTime: true } },
  teams: { south: { maxContacts: 3, capacity: { webchat: 1 } } },
  customers: { regular: { value: 10, agent: 'bo' }, other: { value: 20 } },
  hours: { short: { week: [{ weekday: 1, spans: [{ from: '09:00', to: '10:01' }, { from: '10:02', to: '10:04' }, { from: '10:06', to: '12:00' }] }] } },
  agents: {
    anna: { queues: ['sales', 'help'], languages: ['en'], capacity: { voice: 1 }, skills: [{ skill: 'fixing', level: 80 }] },
    bo: { queues: ['sales', 'gold', 'till'], capacity: { voice: 1, webchat: 2 }, skills: [{ skill: 'fixing', level: 20 }] },
    cai: { team: 'south', queues: ['sales', 'help', 'gold'], capacity: { voice: 1, webchat: 1, email: 2, 'voice+text': 1 }, skills: [{ skill: 'fixing', level: 30 }] },
    eve: { team: 'south', queues: ['sales', 'gold', 'till'], capacity: { voice: 1, webchat: 4, email: 2 }, load: { webchat: 45, email: 60 }, interrupts: [{ channel: 'voice', over: ['email'] }, { channel: 'email', over: [] }], maxContacts: 4 },
    dan: { queues: ['gold', 'help'], attributes: { site: 'north' }, capacity: { webchat: 3, email: 1 }, skills: [{ skill: 'fixing', level: 99 }] },
  },
};
const agentIds = Object.keys(setup.agents);

/** Policies that differ from trial to trial: each queue's choice of agents, and whether it keeps customers with theirs. */
interface Policies {
  choices: AgentChoice[];
  sticky: boolean[];
  weights: number[];
  strict: boolean[];
  readyAtFirst: boolean;
}
const choices = Object.values(AgentChoice).filter((choice) => typeof choice === 'number');
const policies: fc.Arbitrary<Policies> = fc.record({ choices: fc.array(fc.constantFrom(...choices), { minLength: 4, maxLength: 4 }), sticky: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), weights: fc.array(fc.constantFrom(0, 0, 0, 1, 2), { minLength: 4, maxLength: 4 }), strict: fc.array(fc.constantFrom(false, false, true), { minLength: 4, maxLength: 4 }), readyAtFirst: fc.boolean() });

function withPolicies(base: CentreSetup, { choices: chosen, sticky, weights, strict }: Policies): CentreSetup {
  const entries = Object.entries(base.queues).map(([name, queue], index) => {
    const choice = chosen[index] ?? AgentChoice.UNSPECIFIED;
    return [name, { ...queue, choice, weight: weights[index] ?? 0, priorityMode: strict[index] === true ? PriorityMode.STRICT : PriorityMode.AGEING, maxStarveSeconds: 25, agentOrder: ['dan', 'bo'], maxRinging: 2, ...(sticky[index] === true ? { sticky: { withinHours: 1, maxWaitSeconds: 20 } } : {}) }];
  });
  return { ...base, queues: Object.fromEntries(entries) as CentreSetup['queues'] };
}

const lead = { actor: 'user:lead', reason: 'why' };
const contact = fc.integer({ min: 0, max: 14 }).map((number) => `c${String(number)}`);
const agent = fc.constantFrom(...agentIds);

const action = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('request' as const), contact, second: fc.boolean(), queue: fc.constantFrom('sales', 'help', 'gold', 'till', 'nowhere'), plan: fc.constantFrom('', '', 'climb'), callBackIn: fc.constantFrom(-1, -1, -1, 0, 40), channel: fc.constantFrom('voice', 'webchat', 'email'), priority: fc.constantFrom(0, 0, 30), preferred: fc.constantFrom('', ...agentIds) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('ready' as const), agent }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('accept' as const), pick: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('reject' as const, 'fail' as const), pick: fc.nat(20) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('close' as const, 'extend' as const, 'connect' as const, 'callBackFailed' as const), pick: fc.nat(20) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('end' as const), contact, reason: fc.constantFrom(EndReason.CUSTOMER_LEFT, EndReason.AGENT_ENDED) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('withdraw' as const), contact, second: fc.boolean(), reason: fc.constantFrom(WithdrawalReason.CUSTOMER_LEFT, WithdrawalReason.MOVED) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('identify' as const), contact, customer: fc.constantFrom('', 'regular', 'other'), value: fc.nat(100) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('break' as const, 'signOut' as const, 'signIn' as const, 'silence' as const, 'speak' as const), agent }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 30_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('evacuate' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('move' as const, 'pull' as const, 'reassign' as const, 'cancel' as const, 'prioritise' as const), contact, agent: fc.constantFrom('', ...agentIds), queue: fc.constantFrom('sales', 'help', 'gold', 'till'), pick: fc.nat(20), priority: fc.constantFrom(-60, 0, 45) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const), queue: fc.constantFrom('sales', 'help', 'gold', 'till') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('skills' as const, 'ownSkills' as const, 'forceOut' as const), agent, level: fc.constantFrom(0, 20, 99), seconds: fc.integer({ min: 1, max: 90 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('park' as const, 'write' as const, 'answer' as const, 'takeBack' as const), contact, pick: fc.nat(20), seconds: fc.integer({ min: 1, max: 120 }), agent }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('surge' as const, 'calm' as const), plan: fc.constantFrom('rush', 'flood') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('jump' as const), ms: fc.integer({ min: -300_000, max: 300_000 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('again' as const), pick: fc.nat(1_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), pick: fc.nat(1_000) }) },
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

/** A scenario that keeps its inputs and snapshots, and checks every fact as it is written. */
class Trial extends Scenario {
  readonly checker = new FactChecker(setup);
  readonly inputs: RoutingInput[] = [];
  readonly snapshots: ReturnType<Scenario['snapshot']>[] = [];
  /** Time went on, and timers that are due did not fire yet: then who fits whom may be out of date. */
  late = false;
  /** Latest time at which timers were looked at: what came due then stays due, also when the clock is set back. */
  firedMs = 0;
  #checked = 0;

  constructor(chosen: Policies) {
    super(withPolicies(setup, chosen));
    for (const id of agentIds) this.signIn(id);
    if (chosen.readyAtFirst) for (const id of agentIds) this.setState(id, AgentState.READY);
    this.keep();
  }

  override do(input: RoutingInput) {
    if (input.kind !== 'Timer') this.inputs.push(input);
    return super.do(input);
  }

  keep(): void {
    for (; this.#checked < this.facts.length; this.#checked += 1) this.checker.check(this.facts[this.#checked] as RoutingFact);
  }

  #pick<Value>(values: Iterable<Value>, pick: number): Value | undefined {
    const all = [...values];
    return all[pick % Math.max(1, all.length)];
  }

  act(one: Action): void {
    if (one.do === 'jump') this.late = one.ms > 0;
    else if (one.do === 'advance' || one.do === 'crash') this.late = false;
    switch (one.do) {
      case 'request':
        this.request(one.contact, { requestId: `${one.contact}${one.second ? '-second' : '-r'}`, queue: one.queue, plan: one.plan, ...(one.callBackIn < 0 ? {} : { callBack: { dueAt: new Date(this.nowMs + one.callBackIn * 1_000), numberConfirmed: true, maxAttempts: 2, spacingSeconds: 30 } }), channel: one.channel, priority: one.priority, preferredAgentId: one.preferred });
        break;
      case 'ready':
        this.setState(one.agent, AgentState.READY);
        break;
      case 'accept':
      case 'reject':
      case 'fail':
        this[one.do](this.#pick(this.state.offers.values(), one.pick)?.contactId ?? this.#pick(this.state.assignments.values(), one.pick)?.request.contactId ?? 'nobody');
        break;
      case 'close':
      case 'extend':
      case 'connect':
      case 'callBackFailed':
        this[one.do](this.#pick(this.state.assignments.values(), one.pick)?.request.contactId ?? 'nobody');
        break;
      case 'end':
        this.end(one.contact, one.reason);
        break;
      case 'withdraw':
        this.withdraw(one.contact, one.reason, `${one.contact}${one.second ? '-second' : '-r'}`);
        break;
      case 'identify':
        this.identify(one.contact, { customerId: one.customer, customerValue: one.value });
        break;
      case 'break':
        this.setState(one.agent, AgentState.BREAK, 'meal');
        break;
      case 'signIn':
      case 'signOut':
        this[one.do](one.agent);
        break;
      case 'silence':
        this.silent.add(one.agent);
        break;
      case 'speak':
        this.silent.delete(one.agent);
        break;
      case 'advance':
        this.advance(one.ms);
        break;
      case 'jump':
        // Within a process time never runs back; the next writer's clock may be behind.
        this.nowMs += one.ms;
        if (one.ms < 0) this.failOver();
        break;
      case 'evacuate':
        this.do({ kind: 'EvacuateSite', site: 'north', by: ChangedBy.TEAM_LEAD });
        this.do({ kind: 'MoveStranded' });
        break;
      case 'move':
      case 'pull':
      case 'reassign':
      case 'cancel':
      case 'prioritise':
        this.steer(one);
        break;
      case 'pause':
        this.do({ kind: 'PauseQueue', queue: one.queue, lead });
        break;
      case 'resume':
        this.do({ kind: 'ResumeQueue', queue: one.queue, actor: lead.actor });
        break;
      case 'skills':
        this.do({ kind: 'OverrideSkills', agentId: one.agent, skills: [{ skill: 'fixing', level: one.level }], untilMs: this.nowMs + one.seconds * 1_000, lead });
        break;
      case 'ownSkills':
        this.do({ kind: 'RestoreSkills', agentId: one.agent, actor: lead.actor });
        break;
      case 'forceOut':
        this.do({ kind: 'ForceSignOut', agentId: one.agent, lead });
        break;
      case 'park':
      case 'write':
      case 'answer':
      case 'takeBack':
        this.aside(one);
        break;
      case 'surge':
      case 'calm':
        this.do({ kind: one.do === 'surge' ? 'StartSurge' : 'StopSurge', plan: one.plan, by: 'user:lead', note: 'rain' });
        break;
      case 'again': {
        const input = this.#pick(this.inputs, one.pick);
        if (input !== undefined) super.do(input);
        break;
      }
      case 'crash':
        this.failOver(this.#pick(this.snapshots, one.pick));
        break;
    }
    this.keep();
  }

  steer(one: Action & { do: 'move' | 'pull' | 'reassign' | 'cancel' | 'prioritise' }): void {
    const { contact: contactId, agent: agentId, queue, priority } = one;
    const inHand = this.#pick(this.state.assignments.values(), one.pick)?.request.contactId ?? contactId;
    if (one.do === 'move') this.do({ kind: 'MoveContact', contactId, queue, lead });
    else if (one.do === 'pull') this.do({ kind: 'PullContact', contactId, agentId, lead });
    else if (one.do === 'reassign') this.do({ kind: 'ReassignContact', contactId: inHand, agentId, lead });
    else if (one.do === 'cancel') this.do({ kind: 'CancelRequest', contactId, lead });
    else this.do({ kind: 'PrioritiseContact', contactId, priority, lead });
  }

  aside(one: Action & { do: 'park' | 'write' | 'answer' | 'takeBack' }): void {
    const parkedId = this.#pick(this.state.parked.keys(), one.pick) ?? one.contact;
    const inHand = this.#pick(this.state.assignments.values(), one.pick)?.request.contactId ?? 'nobody';
    if (one.do === 'write') this.write(parkedId, `m${String(this.facts.length)}`);
    else if (one.do === 'answer') this.answer(inHand);
    else if (one.do === 'park') this.park(inHand, { seconds: one.seconds });
    else this.do({ kind: 'ResumeContact', request: { contactId: parkedId, agentId: one.pick % 4 === 0 ? one.agent : (this.state.parked.get(parkedId)?.agentId ?? one.agent) } });
  }

  /** Ends everything: customers leave, agents close what they have, time passes. */
  drain(): void {
    for (let number = 0; number < 15; number += 1) this.do({ kind: 'ContactEnded', event: ContactEnded.fromPartial({ contactId: `c${String(number)}`, reason: EndReason.CUSTOMER_LEFT }) });
    for (const assignment of [...this.state.assignments.values()]) this.close(assignment.request.contactId, 'done');
    this.advance(1_000_000);
    this.keep();
  }
}

/** Plain checks: this runs after every step, and a matcher of the test library costs more than all of them. */
function checkTables(state: RoutingState): void {
  const hold = (holds: boolean, what: string) => {
    if (!holds) throw new Error(what);
  };
  for (const request of state.requests.values()) {
    const inLine = state.index.isInLine(request);
    const isPaused = state.pausedQueues.has(request.queue);
    hold(isWaiting(request) && !isPaused ? inLine || (request.callBack?.notBeforeMs ?? 0) > 0 : !inLine, 'a request is in line exactly when it has no offer and its queue is not paused, but for a call-back whose time has not come');
    hold([...request.offers].every((id) => state.offers.get(id)?.requestId === request.requestId), 'its offers are there');
  }
  for (const { request } of state.parked.values()) hold(state.contacts.get(request.contactId)?.openRequestId === undefined, 'a parked contact is in no queue');
  for (const offer of state.offers.values()) hold(state.requests.get(offer.requestId)?.offers.has(offer.offerId) === true, 'an offer has its request');
  let reserved = 0;
  let held = 0;
  for (const record of state.agents.values()) {
    for (const slot of record.slots.values()) {
      const isReserved = slot.assignmentId === '';
      if (isReserved) reserved += 1;
      else held += 1;
      const holder = isReserved ? state.offers.get(slot.offerId) : state.assignments.get(slot.assignmentId);
      hold(holder?.agentId === record.agentId, 'a slot has its offer or assignment');
    }
  }
  hold(reserved === state.offers.size && held === state.assignments.size, 'every offer and assignment has one slot');
}

const stateOf = (trial: Scenario) => JSON.stringify(toSnapshot(trial.state).state);

const plainPolicies = { choices: [0, 0, 0, 0], sticky: [false, false, false, false], weights: [0, 0, 0, 0], strict: [false, false, false, false], readyAtFirst: false };

/** A call-back comes due, then the clock is set back by as little as two milliseconds. */
const dueThenBack: Action[] = [
  { do: 'request', contact: 'c0', second: false, queue: 'sales', plan: '', callBackIn: 40, channel: 'voice', priority: 0, preferred: '' },
  { do: 'jump', ms: 40_000 },
  { do: 'advance', ms: 1 },
  { do: 'jump', ms: -2 },
  { do: 'ready', agent: 'anna' },
  { do: 'surge', plan: 'rush' },
];

describe('any schedule of duplicated, late and reordered inputs, clock jumps and crashes', () => {
  test('keeps each request in exactly one place, every slot within its capacity, and nobody waiting for a free agent', () => {
    fc.assert(
      fc.property(policies, fc.array(action, { minLength: 10, maxLength: 60 }), (chosen, actions) => {
        const trial = new Trial(chosen);
        for (const one of actions) {
          if (one.do === 'advance') trial.snapshots.push(trial.snapshot());
          trial.act(one);
          checkTables(trial.state);
          if (!trial.late && bruteForceMatch(trial.state, trial.nowMs) !== undefined) throw new Error('somebody waits for a free agent');
        }
        trial.drain();
        expect([...trial.checker.requests.values()].filter((place) => place.at !== 'end')).toEqual([]);
        expect(trial.state.requests.size + trial.state.offers.size + trial.state.assignments.size + trial.state.parked.size).toBe(0);
        expect([...trial.state.agents.values()].every((record) => record.slots.size === 0)).toBe(true);
        expect([...trial.state.sla.values()].every(({ clocks }) => clocks.size === 0)).toBe(true);
      }),
      { numRuns: runs },
    );
  });

  test('is replayed to the same state, from the facts alone and from any snapshot, as often as one likes', () => {
    fc.assert(
      fc.property(policies, fc.array(action, { minLength: 10, maxLength: 50 }), fc.nat(1_000), (chosen, actions, pick) => {
        const trial = new Trial(chosen);
        for (const one of actions) {
          trial.snapshots.push(trial.snapshot());
          trial.act(one);
        }
        const live = stateOf(trial);
        const count = trial.facts.length;
        const replayed = new Trial(chosen);
        for (const from of [undefined, undefined, trial.snapshots[pick % trial.snapshots.length]]) {
          replayed.facts.length = 0;
          replayed.facts.push(...trial.facts.slice(0, count));
          replayed.nowMs = trial.nowMs;
          replayed.replay(from);
          expect(stateOf(replayed)).toBe(live);
        }
      }),
      { numRuns: runs },
    );
  });

  test('is explained offer by offer from the facts before it: who got it is the first of those who could', () => {
    const seen = fc.array(action.filter((one) => one.do !== 'jump' && one.do !== 'silence'), { minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(policies, seen, fc.nat(1_000), (chosen, actions, pick) => {
        const trial = new Trial(chosen);
        for (const one of actions) trial.act(one);
        // Whom a team lead named, or who took back what was parked, is not chosen by the rules.
        const isNamed = (at: number) => {
          const [two, one] = trial.facts.slice(Math.max(0, at - 2), at);
          const takenBack = two?.type === 'patchbay.routing.v1.ParkingEnded' && two.event.cause === ParkingEnd.AGENT;
          return takenBack || (one ?? two)?.type === 'patchbay.routing.v1.ContactSteered';
        };
        const offers = [...trial.facts.entries()].filter(([at, fact]) => fact.type === 'patchbay.routing.v1.ContactOffered' && !isNamed(at));
        const [at, fact] = offers[pick % Math.max(1, offers.length)] ?? [0, undefined];
        if (fact?.type !== 'patchbay.routing.v1.ContactOffered') return;
        const past = new Trial(chosen);
        past.facts.splice(0, past.facts.length, ...trial.facts.slice(0, at));
        const told = explainOffer(past.replay(undefined), fact.event, fact.timeMs);
        expect(told?.agents.find(({ leftOut }) => leftOut === '')?.agentId).toBe(fact.event.agentId);
      }),
      { numRuns: runs },
    );
  });

  test('matches as a full scan of all contacts and agents does', () => {
    fc.assert(
      fc.property(policies, fc.array(action, { minLength: 10, maxLength: 60 }), (chosen, actions) => {
        const trial = new ScanTrial(chosen);
        for (const one of actions) trial.act(one);
      }),
      { numRuns: runs, examples: [[plainPolicies, dueThenBack]] },
    );
  });
});

/** Takes each input without settling, then holds every step of settling against the full scan. */
class ScanTrial extends Trial {
  /** Whether the clock jumped and the full scan, which knows the time only, would see another moment than the index. */
  get isOff(): boolean {
    return this.late || this.nowMs < this.firedMs;
  }

  override do(input: RoutingInput) {
    const decision = takeInput(this.state, input, this.context);
    this.facts.push(...decision.facts);
    this.settleByScan();
    return decision;
  }

  override fireDue(): void {
    this.firedMs = Math.max(this.firedMs, this.nowMs);
    for (let facts = takeDueTimers(this.state, this.context); facts !== undefined; facts = takeDueTimers(this.state, this.context)) {
      this.facts.push(...facts);
      this.settleByScan();
    }
  }

  settleByScan(): void {
    while (isRestless(this.state)) {
      const pending = [...this.state.index.restlessAgents].some(({ record }) => record !== undefined && record.pendingState !== AgentState.UNSPECIFIED && record.slots.size === 0);
      const expected = pending || this.isOff ? undefined : bruteForceMatch(this.state, this.nowMs);
      const step = settle(this.state, this.context, 1);
      this.facts.push(...step);
      const offered = step.flatMap((fact) => (fact.type === 'patchbay.routing.v1.ContactOffered' ? [`${fact.event.contactId} ${fact.event.agentId}`] : []));
      const wanted = expected?.agentIds.map((agentId) => `${expected.contactId} ${agentId}`) ?? [];
      if (!pending && !this.isOff && offered.join() !== wanted.join()) throw new Error(`offered ${offered.join()} in place of ${wanted.join()}`);
      if (step.length === 0) break;
    }
  }
}
