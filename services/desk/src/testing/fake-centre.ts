import { AgentState, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { AgentStatus, SlotStatus } from '@patchbay/contracts/agent/v1/agent_service';
import { Direction, EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { ContactConnected, ContactEnded, ContactHeld, ContactRetrieved, ContactStarted, RoutingRequested } from '@patchbay/contracts/contact/v1/contact_event';
import { eventTypes, type EventType } from '@patchbay/contracts/event-types';
import { MessageReceived, MessageSent } from '@patchbay/contracts/message/v1/message_event';
import { AssignmentClosed, ClosedBy, ContactAssigned, ContactOffered, ContactParked, ContactQueued, OfferRejected, QueueCause, WrapUpStarted } from '@patchbay/contracts/routing/v1/routing_event';
import { QueueStatus } from '@patchbay/contracts/routing/v1/routing_service';
import type { Clock } from '@patchbay/runtime/clock';
import type { IdSource } from '@patchbay/runtime/ids';
import type { FactSink } from './memory-log.ts';

/** One contact as the fake keeps it. */
export interface FakeContact {
  contactId: string;
  conversationId: string;
  channel: string;
  queue: string;
  enqueuedMs: number;
  offerId: string;
  assignmentId: string;
  agentId: string;
  messages: number;
  /** The call whose message this one follows up; empty for none. */
  messageIn: string;
}

/** A new contact of a test. */
export interface FakeStart {
  channel: string;
  queue: string;
  name: string;
  address: string;
  addressType?: string;
  summary?: string;
  attributes?: Record<string, string>;
  direction?: Direction;
  /** The call that it grew out of. */
  parentContactId?: string;
  /** How long ago it began, milliseconds. */
  agoMs?: number;
  conversationId?: string;
}

/** Told of agents or queues that changed. */
export type StatusListener = () => void;

/**
 * A centre in memory that behaves towards the desk as routing and the channels do: states, offers, assignments and
 * messages, as facts and as live status. No timers run out by themselves; tests say what happens.
 */
export function createFakeCentre(options: { tenant: string; sink: FactSink; clock: Clock; ids: IdSource }) {
  const { tenant, sink, clock, ids } = options;
  const agents = new Map<string, AgentStatus>();
  const queues = new Map<string, QueueStatus>();
  const contacts = new Map<string, FakeContact>();
  const sessions = new Map<string, string>();
  const listeners = new Set<StatusListener>();

  const at = (ms: number) => new Date(ms);
  const changed = () => {
    for (const listener of listeners) listener();
  };

  async function append<Type extends EventType>(codec: { $type: Type }, key: string, event: unknown, agoMs = 0): Promise<void> {
    const full = (eventTypes[codec.$type].codec.fromPartial as (partial: unknown) => unknown)(event);
    await sink.append(tenant, codec.$type, key, full, clock.nowMs() - agoMs);
  }

  function agent(agentId: string): AgentStatus {
    const found = agents.get(agentId);
    if (found === undefined) throw new Error(`no agent ${agentId} in the fake centre`);
    return found;
  }

  function contact(contactId: string): FakeContact {
    const found = contacts.get(contactId);
    if (found === undefined) throw new Error(`no contact ${contactId} in the fake centre`);
    return found;
  }

  /** Replaces an agent and tells everybody. */
  function setAgent(agentId: string, change: Partial<AgentStatus>): void {
    agents.set(agentId, { ...agent(agentId), ...change });
    changed();
  }

  function setSlot(found: FakeContact, state: SlotStatus['state'], endsMs?: number): void {
    const status = agent(found.agentId);
    const kept = status.slots.filter((slot) => slot.contactId !== found.contactId);
    const slot = SlotStatus.fromPartial({
      slot: `${found.channel}.${kept.length}`,
      state,
      contactId: found.contactId,
      offerId: found.offerId,
      assignmentId: found.assignmentId,
      since: at(clock.nowMs()),
      queue: found.queue,
      channel: found.channel,
    });
    if (endsMs !== undefined) slot.endsAt = at(endsMs);
    setAgent(found.agentId, { slots: state === SlotState.IDLE ? kept : [...kept, slot] });
  }

  function afterContact(agentId: string): void {
    const status = agent(agentId);
    if (status.slots.length > 0 || status.pendingState === AgentState.UNSPECIFIED) return;
    setAgent(agentId, { state: status.pendingState, reason: status.pendingReason, since: at(clock.nowMs()), pendingState: AgentState.UNSPECIFIED, pendingReason: '' });
  }

  return {
    tenant,
    agents,
    queues,
    contacts,
    sessions,
    listeners,
    agent,
    contact,
    setAgent,
    append,
    changed,

    addAgent(partial: Partial<AgentStatus> & { agentId: string }): void {
      agents.set(partial.agentId, AgentStatus.fromPartial({ state: AgentState.SIGNED_OUT, since: at(clock.nowMs()), ...partial }));
      changed();
    },
    setQueue(partial: Partial<QueueStatus> & { queue: string }): void {
      queues.set(partial.queue, QueueStatus.fromPartial({ ...queues.get(partial.queue), ...partial }));
      changed();
    },

    /** A contact starts and waits in its queue. */
    async start(start: FakeStart): Promise<string> {
      const contactId = ids.next();
      const agoMs = start.agoMs ?? 0;
      const conversationId = start.conversationId ?? ids.next();
      const requestId = ids.next();
      const enqueuedMs = clock.nowMs() - agoMs;
      contacts.set(contactId, { contactId, conversationId, channel: start.channel, queue: start.queue, enqueuedMs, offerId: '', assignmentId: '', agentId: '', messages: 0, messageIn: start.attributes?.['call_back'] === 'voicemail' ? (start.parentContactId ?? '') : '' });
      const attributes = Object.entries(start.attributes ?? {}).map(([name, value]) => ({ name, value }));
      const customer = { type: start.addressType ?? 'visitor', address: start.address, displayName: start.name, verified: true };
      await append(ContactStarted, contactId, { contactId, conversationId, channel: start.channel, direction: start.direction ?? Direction.INBOUND, entryPoint: `${start.channel}-main`, customer, attributes, parentContactId: start.parentContactId ?? '', summary: start.summary ?? '' }, agoMs);
      await append(RoutingRequested, contactId, { contactId, requestId, queue: start.queue, channel: start.channel }, agoMs);
      await append(ContactQueued, contactId, { contactId, requestId, queue: start.queue, enqueuedAt: at(enqueuedMs), cause: QueueCause.FIRST, channel: start.channel }, agoMs);
      return contactId;
    },

    /** Routing offers the contact to an agent. */
    async offer(contactId: string, agentId: string, ringMs = 20_000): Promise<string> {
      const found = contact(contactId);
      found.offerId = ids.next();
      found.agentId = agentId;
      const expiresMs = clock.nowMs() + ringMs;
      await append(ContactOffered, contactId, { contactId, offerId: found.offerId, agentId, channel: found.channel, queue: found.queue, expiresAt: at(expiresMs) });
      setSlot(found, SlotState.RESERVED, expiresMs);
      return found.offerId;
    },

    async accept(contactId: string): Promise<string> {
      if (contact(contactId).assignmentId !== '') return contact(contactId).assignmentId;
      const assignmentId = await this.assign(contactId);
      await append(ContactConnected, contactId, { contactId, assignmentId, agentId: contact(contactId).agentId });
      return assignmentId;
    },

    /** The agent has it, and the customer is not there yet: a call-back. */
    async assign(contactId: string): Promise<string> {
      const found = contact(contactId);
      found.assignmentId = ids.next();
      const { agentId, assignmentId, offerId, queue } = found;
      await append(ContactAssigned, contactId, { contactId, assignmentId, offerId, agentId, queue, waitedMs: BigInt(clock.nowMs() - found.enqueuedMs) });
      setSlot(found, SlotState.ENGAGED);
      return assignmentId;
    },

    async park(contactId: string, until = at(clock.nowMs() + 3 * 86_400_000)): Promise<Date> {
      const found = contact(contactId);
      const { agentId, assignmentId, queue, channel } = found;
      await append(ContactParked, contactId, { contactId, assignmentId, agentId, until });
      await append(AssignmentClosed, contactId, { contactId, assignmentId, agentId, disposition: 'system.parked', closedBy: ClosedBy.AGENT });
      setSlot(found, SlotState.IDLE);
      found.assignmentId = '';
      setAgent(agentId, { parked: [...agent(agentId).parked, { contactId, queue, channel, since: at(clock.nowMs()), until }] });
      return until;
    },

    async resume(contactId: string): Promise<string> {
      const { agentId, queue } = contact(contactId);
      if (!agent(agentId).parked.some((one) => one.contactId === contactId)) throw new Error(`${contactId} is not parked`);
      setAgent(agentId, { parked: agent(agentId).parked.filter((one) => one.contactId !== contactId) });
      await append(ContactQueued, contactId, { contactId, queue, cause: QueueCause.RESUMED });
      return this.accept(contactId);
    },

    async reject(contactId: string, reason: string): Promise<void> {
      const found = contact(contactId);
      await append(OfferRejected, contactId, { contactId, offerId: found.offerId, agentId: found.agentId, reason });
      setSlot(found, SlotState.IDLE);
      found.offerId = '';
    },

    async receive(contactId: string, text: string, agoMs = 0): Promise<void> {
      const found = contact(contactId);
      found.messages += 1;
      await append(MessageReceived, contactId, { contactId, messageId: ids.next(), content: [{ part: { $case: 'text', value: { text } } }], sequence: BigInt(found.messages), trust: 1 }, agoMs);
    },

    async sent(contactId: string, text: string, commandId: string, agoMs = 0): Promise<void> {
      const found = contact(contactId);
      found.messages += 1;
      const content = [{ part: { $case: 'text', value: { text } } }];
      await append(MessageSent, contactId, { contactId, messageId: ids.next(), commandId, by: Party.AGENT, agentId: found.agentId, content, sequence: BigInt(found.messages) }, agoMs);
    },

    async hold(contactId: string, held: boolean): Promise<void> {
      await append(held ? ContactHeld : ContactRetrieved, contactId, { contactId, assignmentId: contact(contactId).assignmentId });
    },

    /** The contact ends on its medium; an assignment goes on to wrap-up. */
    async end(contactId: string, by: Party = Party.CUSTOMER, wrapUpMs = 90_000): Promise<void> {
      const found = contact(contactId);
      await append(ContactEnded, contactId, { contactId, by, reason: by === Party.AGENT ? EndReason.AGENT_ENDED : EndReason.CUSTOMER_LEFT });
      if (found.assignmentId === '') return;
      const endsMs = clock.nowMs() + wrapUpMs;
      await append(WrapUpStarted, contactId, { contactId, assignmentId: found.assignmentId, agentId: found.agentId, endsAt: at(endsMs) });
      setSlot(found, SlotState.WRAP_UP, endsMs);
    },

    async extend(contactId: string, addMs: number): Promise<Date> {
      const found = contact(contactId);
      const slot = agent(found.agentId).slots.find((candidate) => candidate.contactId === contactId);
      const endsMs = (slot?.endsAt?.getTime() ?? clock.nowMs()) + addMs;
      setSlot(found, SlotState.WRAP_UP, endsMs);
      return at(endsMs);
    },

    async close(contactId: string, disposition: string, notes = ''): Promise<void> {
      const found = contact(contactId);
      const { assignmentId, agentId } = found;
      await append(AssignmentClosed, contactId, { contactId, assignmentId, agentId, disposition, notes, closedBy: ClosedBy.AGENT });
      setSlot(found, SlotState.IDLE);
      setAgent(agentId, { handledToday: agent(agentId).handledToday + 1 });
      afterContact(agentId);
    },
  };
}

export type FakeCentre = ReturnType<typeof createFakeCentre>;
