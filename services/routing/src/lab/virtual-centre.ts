import { AgentState, ChangedBy } from '@patchbay/contracts/agent/v1/agent_event';
import { EndReason, Party, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { ClosedBy } from '@patchbay/contracts/routing/v1/routing_event';
import type { RoutingFact } from '../domain/facts.ts';
import { Heap } from '../domain/heap.ts';
import type { Decision, RoutingInput } from '../domain/inputs.ts';
import { fireDue, perform, settleOn } from '../domain/perform.ts';
import { isRestless } from '../domain/settle.ts';
import type { RoutingRules, RoutingState } from '../domain/state.ts';
import type { AgentAct, LabContact, Workload } from './workload.ts';

/** Agents of the lab are heard for ever: a desk that falls silent is not what is asked. */
export const labLeaseMs = 1e12;

export function labRules(rules: RoutingRules): RoutingRules {
  return { ...rules, leaseMs: labLeaseMs };
}

/** What a run works with. */
export interface RunParts {
  /** With its centre, and nobody in it; it is changed. */
  readonly state: RoutingState;
  readonly workload: Workload;
  /** The virtual clock starts here. */
  readonly startMs: number;
  /** Nothing later than this happens: who still waits then is left waiting. */
  readonly endMs: number;
  /** Told of the facts of each decision, in order. */
  onFacts(facts: readonly RoutingFact[]): void;
  /** Told now and then how far the clock is; a run is stopped by throwing. */
  onProgress?(nowMs: number): void;
}

interface Due {
  readonly atMs: number;
  readonly order: number;
  /** Looks at the state when its time has come: what is over by then asks for nothing. */
  toInput(): RoutingInput | undefined;
}

/** Inputs between two reports of progress. */
const progressEvery = 4_096;

/**
 * A routing domain on a virtual clock: the rules are the writer's own (decide, evolve, settle, timers); customers and
 * agents do what the workload says. What comes at one moment is taken before the timers of that moment, as the writer does.
 */
class VirtualCentre {
  readonly #parts: RunParts;
  readonly #due = new Heap<Due>((left, right) => left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order));
  readonly #contacts = new Map<string, LabContact>();
  /** Agents who go home as soon as nothing is in hand. */
  readonly #leaving = new Set<string>();
  #nowMs: number;
  #order = 0;
  #ids = 0;
  #inputs = 0;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#nowMs = parts.startMs;
  }

  run(): void {
    const { workload, endMs, state } = this.#parts;
    for (const { atMs, input } of workload.inputs ?? []) this.#plan(atMs, () => input);
    for (const act of workload.acts) this.#plan(act.atMs, () => this.#actInput(act));
    let next = 0;
    for (;;) {
      const contact = workload.contacts[next];
      const [arrivalMs, dueMs, timerMs] = [contact?.atMs ?? Infinity, this.#due.peek()?.atMs ?? Infinity, state.timers.nextDueMs() ?? Infinity];
      const atMs = Math.min(arrivalMs, dueMs, timerMs);
      if (atMs > endMs || atMs === Infinity) return;
      this.#nowMs = Math.max(this.#nowMs, atMs);
      if (dueMs === atMs) this.#takeInput(this.#due.pop()?.toInput());
      else if (contact !== undefined && arrivalMs === atMs) {
        next += 1;
        this.#arrive(contact);
      } else this.#take(fireDue(state, this.#context()));
      this.#report();
    }
  }

  #context() {
    return { nowMs: this.#nowMs, epoch: 1n, newId: () => `lab-${String((this.#ids += 1)).padStart(9, '0')}` };
  }

  #report(): void {
    this.#inputs += 1;
    if (this.#inputs % progressEvery === 0) this.#parts.onProgress?.(this.#nowMs);
  }

  #plan(atMs: number, toInput: () => RoutingInput | undefined): void {
    if (atMs !== Infinity) this.#due.push({ atMs, order: (this.#order += 1), toInput });
  }

  #takeInput(input: RoutingInput | undefined): void {
    if (input !== undefined) this.#take(perform(this.#parts.state, input, this.#context()));
  }

  #take(decision: Decision | undefined): void {
    const { state, onFacts } = this.#parts;
    for (let one = decision; one !== undefined; one = isRestless(state) ? settleOn(state, this.#context()) : undefined) {
      if (one.facts.length === 0) continue;
      onFacts(one.facts);
      for (const fact of one.facts) this.#react(fact);
    }
  }

  #arrive(contact: LabContact): void {
    const { contactId, requestId } = contact.request;
    this.#contacts.set(contactId, contact);
    this.#plan(contact.atMs + contact.patienceMs, () =>
      this.#parts.state.requests.has(requestId) ? { kind: 'RoutingWithdrawn', event: { contactId, requestId, reason: WithdrawalReason.CUSTOMER_LEFT } } : undefined,
    );
    this.#takeInput({ kind: 'RoutingRequested', event: contact.request, timeMs: contact.atMs });
  }

  #react(fact: RoutingFact): void {
    const contact = this.#contacts.get(fact.key);
    switch (fact.type) {
      case 'patchbay.routing.v1.ContactOffered': {
        const { contactId, offerId, agentId } = fact.event;
        this.#plan(this.#nowMs + (contact?.answerMs ?? 0), () => (this.#parts.state.offers.has(offerId) ? { kind: 'AcceptOffer', request: { contactId, offerId, agentId } } : undefined));
        break;
      }
      case 'patchbay.routing.v1.ContactAssigned': {
        const { contactId } = fact.event;
        const event = { contactId, by: Party.CUSTOMER, reason: EndReason.CUSTOMER_LEFT, code: '' };
        this.#plan(this.#nowMs + (contact?.talkMs ?? 0), () => ({ kind: 'ContactEnded', event }));
        break;
      }
      case 'patchbay.routing.v1.WrapUpStarted':
        this.#plan(this.#nowMs + (contact?.wrapUpMs ?? 0), () => this.#closeInput(fact.event));
        break;
      case 'patchbay.routing.v1.AssignmentClosed':
        this.#contacts.delete(fact.key);
        this.#sendHome(fact.event.agentId);
        break;
      case 'patchbay.routing.v1.OfferMissed':
      case 'patchbay.routing.v1.OfferCancelled':
        this.#sendHome(fact.event.agentId);
        break;
      case 'patchbay.routing.v1.ContactOverflowed':
        if (fact.event.toQueue === '') this.#contacts.delete(fact.key);
        break;
      case 'patchbay.routing.v1.ContactAbandoned':
      case 'patchbay.routing.v1.ContactRefused':
      case 'patchbay.routing.v1.RoutingExpired':
      case 'patchbay.routing.v1.RoutingClosed':
        this.#contacts.delete(fact.key);
        break;
      default:
        break;
    }
  }

  /** Ends a wrap-up with the first code that may be chosen. */
  #closeInput({ assignmentId, agentId, contactId }: { assignmentId: string; agentId: string; contactId: string }): RoutingInput | undefined {
    const { assignments, centre } = this.#parts.state;
    const assignment = assignments.get(assignmentId);
    if (assignment === undefined) return undefined;
    const codes = centre.dispositions.get(centre.queues.get(assignment.request.queue)?.wrapUp.dispositions ?? '');
    const [disposition = ''] = codes ?? [];
    return { kind: 'CloseAssignment', request: { assignmentId, agentId, contactId, disposition, notes: '' }, by: ClosedBy.AGENT };
  }

  #actInput({ agentId, act }: AgentAct): RoutingInput | undefined {
    if (act.kind === 'signIn') {
      this.#leaving.delete(agentId);
      return { kind: 'SignIn', request: { agentId, device: 'web' } };
    }
    if (act.kind === 'state') return this.#stateInput(agentId, act.state, act.reason);
    this.#leaving.add(agentId);
    this.#sendHome(agentId);
    return this.#stateInput(agentId, AgentState.NOT_READY, 'shift_over');
  }

  #stateInput(agentId: string, state: AgentState, reason: string): RoutingInput {
    return { kind: 'SetState', request: { agentId, state, reason }, by: ChangedBy.AGENT };
  }

  #sendHome(agentId: string): void {
    if (!this.#leaving.has(agentId)) return;
    this.#plan(this.#nowMs, () => {
      const record = this.#parts.state.agents.get(agentId);
      if (!this.#leaving.has(agentId) || record === undefined || record.slots.size > 0) return undefined;
      this.#leaving.delete(agentId);
      return { kind: 'SignOut', request: { agentId }, by: ChangedBy.AGENT };
    });
  }
}

/** Runs a workload through the rules, as fast as the machine can. */
export function runWorkload(parts: RunParts): void {
  new VirtualCentre(parts).run();
}
