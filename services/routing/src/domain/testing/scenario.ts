import { AgentState, ChangedBy, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { EndReason, Party, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { ContactConnected, ContactEnded, ContactIdentified, RoutingRequested, RoutingWithdrawn } from '@patchbay/contracts/contact/v1/contact_event';
import { Agent, Customer, DispositionTree, Hours, Queue, RoutingPlan, SlaPolicy, SurgePlan, Team } from '@patchbay/contracts/directory/v1/resource';
import { ClosedBy, SlaChange, SlaKind, SlaOutcome, SteeringAction } from '@patchbay/contracts/routing/v1/routing_event';
import { toAgentPolicy, toTeamPolicy } from '../agent-policy.ts';
import { chosenCodes, createCentre } from '../centre.ts';
import { toPlanPolicy } from '../plan-policy.ts';
import { withPromise } from '../sla-policy.ts';
import { toSurgePolicy } from '../surge-policy.ts';
import { toQueuePolicy } from '../queue-policy.ts';
import { evolve } from '../evolve.ts';
import type { RoutingFact } from '../facts.ts';
import type { Decision, Outcome, RoutingInput } from '../inputs.ts';
import { applyAgent, applyQueue, applySurgePlan, beat, fireDue, perform, settleOn, takeOver } from '../perform.ts';
import { isRestless } from '../settle.ts';
import { restoreSnapshot, toSnapshot, type Snapshot } from '../snapshot.ts';
import { createRoutingState, defaultRules, type RoutingRules, type RoutingState } from '../state.ts';

/** A message of which only some fields are given. */
export type Some<Message> = Message extends Date | bigint | string | number | boolean
  ? Message
  : Message extends (infer Item)[]
    ? Some<Item>[]
    : Message extends object
      ? { [Field in keyof Message]?: Some<Message[Field]> }
      : Message;

/** A small centre, by name. Only what matters to the test is given. */
export interface CentreSetup {
  queues: Record<string, Some<Queue>>;
  agents: Record<string, Some<Agent>>;
  teams?: Record<string, Some<Team>>;
  plans?: Record<string, Some<RoutingPlan>>;
  surgePlans?: Record<string, Some<SurgePlan>>;
  slaPolicies?: Record<string, Some<SlaPolicy>>;
  hours?: Record<string, Some<Hours>>;
  dispositions?: Record<string, Some<DispositionTree>>;
  customers?: Record<string, Some<Customer>>;
  timeZone?: string;
  domain?: string;
  rules?: Partial<RoutingRules>;
  startMs?: number;
}

/** Monday 2 March 2026, 10:00 in Shanghai. */
export const monday10 = Date.parse('2026-03-02T10:00:00+08:00');

function stateName(state: AgentState): string {
  return Object.entries(AgentState).find(([, value]) => value === state)?.[0] ?? '?';
}

const wordOf = (words: object, value: number) => Object.entries(words).find(([, one]) => one === value)?.[0] ?? '';

type SlaFact = Extract<RoutingFact, { type: `patchbay.routing.v1.Sla${string}` }>;

function slaInWords(name: string, { event }: SlaFact): string {
  const more = 'change' in event ? ` ${wordOf(SlaChange, event.change)}` : 'outcome' in event ? ` ${wordOf(SlaOutcome, event.outcome)}` : '';
  return `${name} ${event.contactId} ${wordOf(SlaKind, event.kind)}${more}`;
}

/** One fact in a few words, e.g. `Offered c1 anna`; slots are told apart. */
export function inWords(fact: RoutingFact): string {
  const name = fact.type.split('.').at(-1) ?? '';
  switch (fact.type) {
    case 'patchbay.agent.v1.AgentSlotChanged':
      return `slot ${fact.event.agentId} ${fact.event.slot} ${Object.entries(SlotState).find(([, value]) => value === fact.event.state)?.[0] ?? ''}`;
    case 'patchbay.agent.v1.AgentStateChanged': {
      const pending = fact.event.pendingState === AgentState.UNSPECIFIED ? '' : ` then ${stateName(fact.event.pendingState)} ${fact.event.pendingReason}`;
      return `${fact.event.agentId} ${stateName(fact.event.state)} ${fact.event.reason}`.trim() + pending;
    }
    case 'patchbay.agent.v1.AgentSignedIn':
    case 'patchbay.agent.v1.AgentSignedOut':
    case 'patchbay.agent.v1.AgentSkillsOverridden':
    case 'patchbay.agent.v1.AgentSkillsRestored':
      return `${name} ${fact.event.agentId}`;
    case 'patchbay.queue.v1.QueuePaused':
    case 'patchbay.queue.v1.QueueResumed':
      return `${name} ${fact.event.queue}`;
    case 'patchbay.routing.v1.ContactSteered':
      return `${name} ${fact.event.contactId} ${Object.entries(SteeringAction).find(([, value]) => value === fact.event.action)?.[0] ?? ''} by ${fact.event.actor}: ${fact.event.reason}`;
    case 'patchbay.routing.v1.SurgeStarted':
    case 'patchbay.routing.v1.SurgeEnded':
      return `${name} ${fact.event.plan} ${fact.event.reason}`;
    case 'patchbay.routing.v1.SlaStarted':
    case 'patchbay.routing.v1.SlaChanged':
    case 'patchbay.routing.v1.SlaWarned':
    case 'patchbay.routing.v1.SlaBreached':
    case 'patchbay.routing.v1.SlaEnded':
      return slaInWords(name, fact);
    case 'patchbay.routing.v1.ContactRefused':
      return `${name} ${fact.event.contactId} ${fact.event.reason}`;
    case 'patchbay.routing.v1.ContactOverflowed':
      return `${name} ${fact.event.contactId} ${fact.event.fromQueue} to ${fact.event.toQueue || fact.event.action}: ${fact.event.reason}`;
    case 'patchbay.routing.v1.AssignmentClosed':
      return `${name} ${fact.event.contactId} ${fact.event.agentId} ${fact.event.disposition}`.trim();
    default:
      return `${name} ${fact.event.contactId} ${'agentId' in fact.event ? fact.event.agentId : ''}`.trim();
  }
}

/** Facts in words, without slots. */
export function words(facts: readonly RoutingFact[]): string[] {
  return facts.map(inWords).filter((one) => !one.startsWith('slot '));
}

export function buildCentre(setup: CentreSetup) {
  const centre = createCentre(setup.domain ?? 'main', setup.timeZone ?? 'Asia/Shanghai');
  for (const [name, team] of Object.entries(setup.teams ?? {})) centre.teams.set(name, toTeamPolicy(Team.fromPartial(team as Team)));
  for (const [name, plan] of Object.entries(setup.plans ?? {})) centre.plans.set(name, toPlanPolicy(name, RoutingPlan.fromPartial(plan as RoutingPlan)));
  for (const [name, plan] of Object.entries(setup.surgePlans ?? {})) centre.surgePlans.set(name, toSurgePolicy(name, SurgePlan.fromPartial(plan as SurgePlan)));
  for (const [name, policy] of Object.entries(setup.slaPolicies ?? {})) centre.slaPolicies = withPromise(centre.slaPolicies, name, SlaPolicy.fromPartial(policy as SlaPolicy));
  for (const [name, hours] of Object.entries(setup.hours ?? {})) centre.hours.set(name, Hours.fromPartial(hours as Hours));
  for (const [name, tree] of Object.entries(setup.dispositions ?? {})) centre.dispositions.set(name, chosenCodes(DispositionTree.fromPartial(tree as DispositionTree)));
  for (const [name, customer] of Object.entries(setup.customers ?? {})) centre.customers.set(name, Customer.fromPartial(customer as Customer));
  return centre;
}

/** A routing domain on a virtual clock, spoken to in the trade's words. */
export class Scenario {
  readonly facts: RoutingFact[] = [];
  state: RoutingState;
  nowMs: number;
  epoch = 1n;
  /** Agents whose desk is closed: no heartbeats. */
  readonly silent = new Set<string>();
  readonly setup: CentreSetup;
  #ids = 0;
  readonly #places = new Map<string, bigint>();

  constructor(setup: CentreSetup) {
    this.setup = setup;
    this.nowMs = setup.startMs ?? monday10;
    this.state = this.freshState();
  }

  /** A state with the centre and nothing else, as a new writer has it. */
  freshState(): RoutingState {
    const state = createRoutingState(buildCentre(this.setup), { ...defaultRules, ...this.setup.rules });
    for (const [name, queue] of Object.entries(this.setup.queues)) applyQueue(state, name, toQueuePolicy(name, Queue.fromPartial(queue as Queue)));
    for (const [id, agent] of Object.entries(this.setup.agents)) applyAgent(state, id, toAgentPolicy(id, Agent.fromPartial(agent as Agent), agent.queues ?? []), this.nowMs);
    for (const plan of state.centre.surgePlans.keys()) applySurgePlan(state, plan);
    return state;
  }

  get context() {
    return { nowMs: this.nowMs, epoch: this.epoch, newId: () => `id-${String(this.#ids++).padStart(6, '0')}` };
  }

  /** Gives one input; the facts are kept, the decision is given back. */
  do(input: RoutingInput): Decision {
    return this.#keep(perform(this.state, input, this.context));
  }

  #keep(decision: Decision): Decision {
    this.facts.push(...decision.facts);
    return decision;
  }

  /** Lets time pass: timers fire at their due times, desks that are open beat. */
  advance(ms: number): RoutingFact[] {
    const untilMs = this.nowMs + ms;
    const before = this.facts.length;
    for (;;) {
      const dueMs = this.state.timers.nextDueMs();
      if (dueMs === undefined || dueMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, dueMs);
      this.beatAll();
      this.fireDue();
    }
    this.nowMs = untilMs;
    this.beatAll();
    return this.facts.slice(before);
  }

  /** Fires what is due now. */
  fireDue(): void {
    for (let decision = fireDue(this.state, this.context); decision !== undefined; decision = fireDue(this.state, this.context)) this.#keep(decision);
  }

  beatAll(): void {
    for (const record of this.state.agents.values()) if (!this.silent.has(record.agentId)) beat(this.state, record.agentId, record.sessionId, this.nowMs);
    while (isRestless(this.state)) this.#keep(settleOn(this.state, this.context));
  }

  /** Builds the state again from a snapshot and the facts after it, or from the facts alone. */
  replay(from: { snapshot: Snapshot; factCount: number } | undefined): RoutingState {
    this.state = this.freshState();
    if (from !== undefined) restoreSnapshot(this.state, JSON.parse(JSON.stringify(from.snapshot)) as Snapshot);
    for (const fact of this.facts.slice(from?.factCount ?? 0)) evolve(this.state, fact);
    return this.state;
  }

  /** The writer dies, another one takes over from a snapshot of any earlier time and the facts after it. */
  failOver(from: { snapshot: Snapshot; factCount: number } | undefined = undefined): RoutingFact[] {
    const before = this.facts.length;
    const state = this.replay(from);
    this.epoch += 1n;
    this.#keep(takeOver(state, this.context));
    this.fireDue();
    while (isRestless(state)) this.#keep(settleOn(state, this.context));
    return this.facts.slice(before);
  }

  snapshot(): { snapshot: Snapshot; factCount: number } {
    return { snapshot: JSON.parse(JSON.stringify(toSnapshot(this.state))) as Snapshot, factCount: this.facts.length };
  }

  signIn(agentId: string): string {
    const { outcome } = this.do({ kind: 'SignIn', request: { agentId, device: 'web' } });
    return outcome.kind === 'signedIn' ? outcome.sessionId : '';
  }

  /** Signs the agents in and makes them ready, a second apart. */
  ready(...agentIds: string[]): RoutingFact[] {
    const before = this.facts.length;
    for (const agentId of agentIds) {
      if ((this.state.agents.get(agentId)?.sessionId ?? '') === '') this.signIn(agentId);
      this.setState(agentId, AgentState.READY);
      this.advance(1_000);
    }
    return this.facts.slice(before);
  }

  setState(agentId: string, state: AgentState, reason = '', by: ChangedBy = ChangedBy.AGENT): Decision {
    return this.do({ kind: 'SetState', request: { agentId, state, reason }, by });
  }

  signOut(agentId: string): Decision {
    return this.do({ kind: 'SignOut', request: { agentId }, by: ChangedBy.AGENT });
  }

  /** A contact asks for an agent; its request is `<contact>-r` unless said otherwise. */
  request(contactId: string, fields: Some<RoutingRequested> = {}): string[] {
    const event = RoutingRequested.fromPartial(Object.assign({ contactId, requestId: `${contactId}-r`, queue: 'sales', channel: 'voice' }, fields as RoutingRequested));
    return words(this.do({ kind: 'RoutingRequested', event, timeMs: this.nowMs }).facts);
  }

  withdraw(contactId: string, reason: WithdrawalReason = WithdrawalReason.CUSTOMER_LEFT, requestId = `${contactId}-r`): string[] {
    return words(this.do({ kind: 'RoutingWithdrawn', event: RoutingWithdrawn.fromPartial({ contactId, requestId, reason }) }).facts);
  }

  end(contactId: string, reason: EndReason = EndReason.AGENT_ENDED): string[] {
    return words(this.do({ kind: 'ContactEnded', event: ContactEnded.fromPartial({ contactId, by: Party.AGENT, reason }) }).facts);
  }

  connect(contactId: string): string[] {
    const { assignmentId = '', agentId = '' } = this.assignment(contactId) ?? {};
    return words(this.do({ kind: 'ContactConnected', event: ContactConnected.fromPartial({ contactId, assignmentId, agentId }) }).facts);
  }

  /** The customer of a call-back that an agent accepted was not reached. */
  callBackFailed(contactId: string): string[] {
    const { assignmentId = '' } = this.assignment(contactId) ?? {};
    return words(this.do({ kind: 'CallBackFailed', event: { contactId, assignmentId, code: 'no_answer' } }).facts);
  }

  identify(contactId: string, fields: { customerId?: string; customerValue?: number }): string[] {
    return words(this.do({ kind: 'ContactIdentified', event: ContactIdentified.fromPartial({ contactId, ...fields }) }).facts);
  }

  /** The open offer of a contact. */
  offer(contactId: string) {
    return [...this.state.offers.values()].find((one) => one.contactId === contactId);
  }

  /** The open assignment of a contact. */
  assignment(contactId: string) {
    return [...this.state.assignments.values()].find((one) => one.request.contactId === contactId);
  }

  #offerKey(contactId: string) {
    const { offerId = '', agentId = '' } = this.offer(contactId) ?? this.assignment(contactId) ?? {};
    return { contactId, offerId, agentId };
  }

  accept(contactId: string): Outcome {
    return this.do({ kind: 'AcceptOffer', request: this.#offerKey(contactId) }).outcome;
  }

  reject(contactId: string, reason = 'declined'): string[] {
    return words(this.do({ kind: 'RejectOffer', request: { ...this.#offerKey(contactId), reason } }).facts);
  }

  fail(contactId: string): string[] {
    return words(this.do({ kind: 'FailOffer', request: { ...this.#offerKey(contactId), code: 'SIP_486' } }).facts);
  }

  close(contactId: string, disposition = ''): Decision {
    const { assignmentId = '', agentId = '' } = this.assignment(contactId) ?? {};
    return this.do({ kind: 'CloseAssignment', request: { assignmentId, agentId, contactId, disposition, notes: '' }, by: ClosedBy.AGENT });
  }

  /** The agent who has a contact puts it aside. */
  park(contactId: string, { lastMessageId = this.state.notes.get(contactId)?.lastMessageId ?? '', seconds = 0 } = {}): Decision {
    const { assignmentId = '', agentId = '' } = this.assignment(contactId) ?? {};
    return this.do({ kind: 'ParkContact', request: { assignmentId, agentId, contactId, lastMessageId, until: seconds === 0 ? undefined : new Date(this.nowMs + seconds * 1_000) } });
  }

  /** The customer writes. */
  write(contactId: string, messageId: string): string[] {
    return words(this.do({ kind: 'MessageReceived', event: { contactId, messageId, sequence: this.#nextPlace(contactId) } }).facts);
  }

  /** An agent, a bot or the system writes. */
  answer(contactId: string, by: Party = Party.AGENT): string[] {
    return words(this.do({ kind: 'MessageSent', event: { contactId, by, sequence: this.#nextPlace(contactId) } }).facts);
  }

  #nextPlace(contactId: string): bigint {
    const place = (this.#places.get(contactId) ?? 0n) + 1n;
    this.#places.set(contactId, place);
    return place;
  }

  extend(contactId: string): Outcome {
    const { assignmentId = '', agentId = '' } = this.assignment(contactId) ?? {};
    return this.do({ kind: 'ExtendWrapUp', request: { assignmentId, agentId, contactId } }).outcome;
  }

  /** A contact asks, is accepted and, by default, ends and is closed: work that makes an agent less idle. */
  serve(contactId: string, fields: Some<RoutingRequested> = {}): void {
    this.request(contactId, fields);
    this.accept(contactId);
    this.end(contactId);
    this.close(contactId);
  }

  agentState(agentId: string): string {
    const record = this.state.agents.get(agentId);
    return record === undefined ? 'SIGNED_OUT' : `${stateName(record.state)} ${record.reason}`.trim();
  }
}
