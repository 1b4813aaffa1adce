import type { AnyFact } from '@patchbay/bus/fact';
import type { CustomerIdentity } from '@patchbay/contracts/contact/v1/contact';
import type { ChannelManifest, ContactView, WindowGrant } from './channel-adapter.ts';
import { addGrant, useGrant, type WindowLedger } from './window-ledger.ts';
import type { MessageReceived } from '@patchbay/contracts/message/v1/message_event';

/** Domains whose facts make up what a channel knows of its contact. */
export const contactDomains = ['contact', 'message', 'routing'] as const;
/** One of them. */
export type ContactDomain = (typeof contactDomains)[number];

/** How a command ended, or how far a message got. */
export interface CommandOutcome {
  readonly kind: 'sent' | 'delivered' | 'read' | 'failed' | 'expired' | 'unknown';
  readonly messageId: string;
}

/** The latest request for an agent. `open` = nobody has it and nobody took it back. */
export interface RequestState {
  readonly requestId: string;
  readonly queue: string;
  readonly open: boolean;
  /** Whether it is for a message that was left: nobody waits on the line. */
  readonly leftMessage: boolean;
  /** Place in line from ContactQueued, milliseconds since the Unix epoch; 0 before the first. */
  readonly enqueuedAtMs: number;
}

/** How the latest request left the queues without an agent. */
export interface UnservedState {
  readonly requestId: string;
  /** Queue it waited in last, or was turned away from. */
  readonly queue: string;
  /** Action of ContactOverflowed, e.g. `message`; reason of ContactRefused, e.g. `hours`. */
  readonly outcome: string;
  /** Stream sequence of that fact: what the customer writes after it belongs to a message. */
  readonly sequence: number;
  readonly atMs: number;
  /** The place in line it had, milliseconds since the Unix epoch. */
  readonly enqueuedAtMs: number;
}

/** How the contact ended. */
export interface EndState {
  /** Stream sequence of ContactEnded: what comes after it is late. */
  readonly sequence: number;
  readonly atMs: number;
}

/** What a channel knows of one contact: a fold of its facts. Plain data but for the maps; changed in place by `applyFact`. */
export interface ContactState {
  readonly tenant: string;
  readonly contactId: string;
  /** Stream sequence of the newest fact applied, by domain; 0 for none. */
  positions: Record<ContactDomain, number>;
  /** W3C trace context of ContactStarted: the trace that all facts of the contact belong to. Empty when it is not known. */
  traceparent: string;
  /** From ContactStarted; undefined until it was seen. */
  started:
    | { readonly channel: string; readonly conversationId: string; readonly entryPoint: string; readonly customer: CustomerIdentity; readonly summary: string }
    | undefined;
  attributes: Record<string, string>;
  flow: string;
  request: RequestState | undefined;
  /** Undefined while somebody is asked for, or was found. */
  unserved: UnservedState | undefined;
  /** Newest assignment and its agent; empty before the first. */
  assignmentId: string;
  agentId: string;
  /** Assignment of the newest ContactConnected; empty before the first. */
  connectedAssignmentId: string;
  ended: EndState | undefined;
  /** Highest message sequence given so far. */
  messageCount: number;
  /** Stream sequence of each message received, by message id; the newest `rememberedIds`. */
  received: Map<string, number>;
  /** Outcome by command id; the newest `rememberedIds`. */
  outcomes: Map<string, CommandOutcome>;
  /** Whether ids were dropped from `received` or `outcomes`. */
  forgot: boolean;
  firstPlatformIds: string[];
  lastPlatformIds: string[];
  lastReceived: { readonly platformMessageId: string; readonly atMs: number } | undefined;
  ledger: WindowLedger;
}

const rememberedIds = 500;
const shownPlatformIds = 40;

/** A contact of which nothing is known yet. */
export function emptyContact(tenant: string, contactId: string): ContactState {
  return {
    tenant,
    contactId,
    positions: { contact: 0, message: 0, routing: 0 },
    traceparent: '',
    started: undefined,
    attributes: {},
    flow: '',
    request: undefined,
    unserved: undefined,
    assignmentId: '',
    agentId: '',
    connectedAssignmentId: '',
    ended: undefined,
    messageCount: 0,
    received: new Map(),
    outcomes: new Map(),
    forgot: false,
    firstPlatformIds: [],
    lastPlatformIds: [],
    lastReceived: undefined,
    ledger: [],
  };
}

/** The right to send that a message gives under this manifest. */
export function grantOf(manifest: ChannelManifest, message: MessageReceived): WindowGrant | undefined {
  if (manifest.windowGrant !== undefined) return manifest.windowGrant(message);
  const { windowMessages, windowSeconds } = manifest.capabilities;
  if (windowMessages <= 0 && windowSeconds <= 0n) return undefined;
  if (message.content.every(({ part }) => part === undefined || part.$case === 'system')) return undefined;
  return {
    trigger: 'message',
    messages: windowMessages > 0 ? windowMessages : Infinity,
    durationMs: windowSeconds > 0n ? Number(windowSeconds) * 1000 : Infinity,
  };
}

/** Whether the channel lets us send only for a while after the customer wrote. */
export function hasWindow(manifest: ChannelManifest): boolean {
  return manifest.windowGrant !== undefined || manifest.capabilities.windowMessages > 0 || manifest.capabilities.windowSeconds > 0n;
}

function remember<Value>(state: ContactState, table: Map<string, Value>, id: string, value: Value): void {
  table.set(id, value);
  if (table.size <= rememberedIds) return;
  const [oldest] = table.keys();
  if (oldest !== undefined) table.delete(oldest);
  state.forgot = true;
}

function rememberPlatformId(state: ContactState, id: string): void {
  if (id === '') return;
  if (state.firstPlatformIds.length === 0) state.firstPlatformIds.push(id);
  else {
    state.lastPlatformIds.push(id);
    if (state.lastPlatformIds.length > shownPlatformIds) state.lastPlatformIds.shift();
  }
}

/** Closes the open request if it is this one. */
function closeRequest(state: ContactState, requestId: string): void {
  if (state.request?.requestId === requestId) state.request = { ...state.request, open: false };
}

const ranks: Readonly<Record<CommandOutcome['kind'], number>> = { unknown: 0, sent: 1, delivered: 2, read: 3, failed: 4, expired: 4 };

function raiseOutcome(state: ContactState, messageId: string, kind: CommandOutcome['kind']): void {
  for (const [commandId, outcome] of state.outcomes) {
    if (outcome.messageId === messageId && ranks[outcome.kind] < ranks[kind]) state.outcomes.set(commandId, { messageId, kind });
  }
}

function applyContactFact(state: ContactState, fact: AnyFact): void {
  switch (fact.type) {
    case 'patchbay.contact.v1.ContactStarted': {
      const { channel, conversationId, entryPoint, customer, summary, attributes } = fact.event;
      state.started = { channel, conversationId, entryPoint, summary, customer: customer ?? { type: '', address: '', displayName: '', verified: false } };
      for (const { name, value } of attributes) state.attributes[name] = value;
      state.traceparent = fact.traceparent ?? '';
      break;
    }
    case 'patchbay.contact.v1.ContactAttributesSet':
      for (const { name, value } of fact.event.attributes) {
        if (value === '') Reflect.deleteProperty(state.attributes, name);
        else state.attributes[name] = value;
      }
      break;
    case 'patchbay.contact.v1.FlowEntered':
      state.flow = fact.event.flow;
      break;
    case 'patchbay.contact.v1.FlowLeft':
      state.flow = '';
      break;
    case 'patchbay.contact.v1.RoutingRequested':
      state.request = { requestId: fact.event.requestId, queue: fact.event.queue, open: true, leftMessage: fact.event.leftMessage, enqueuedAtMs: 0 };
      state.unserved = undefined;
      break;
    case 'patchbay.contact.v1.RoutingWithdrawn':
      closeRequest(state, fact.event.requestId);
      break;
    case 'patchbay.contact.v1.ContactConnected':
      state.connectedAssignmentId = fact.event.assignmentId;
      state.agentId = fact.event.agentId;
      if (state.request !== undefined) closeRequest(state, state.request.requestId);
      break;
    case 'patchbay.contact.v1.ContactEnded':
      state.ended ??= { sequence: fact.sequence, atMs: fact.timeMs };
      break;
    default:
      break;
  }
}

function applyMessageFact(manifest: ChannelManifest, state: ContactState, fact: AnyFact): void {
  switch (fact.type) {
    case 'patchbay.message.v1.MessageReceived': {
      const { messageId, platformMessageId, sequence } = fact.event;
      state.messageCount = Math.max(state.messageCount, Number(sequence));
      remember(state, state.received, messageId, fact.sequence);
      rememberPlatformId(state, platformMessageId);
      state.lastReceived = { platformMessageId, atMs: fact.timeMs };
      const grant = grantOf(manifest, fact.event);
      if (grant !== undefined) state.ledger = addGrant(state.ledger, grant, fact.event.platformTime?.getTime() ?? fact.timeMs);
      break;
    }
    case 'patchbay.message.v1.MessageSent':
      state.messageCount = Math.max(state.messageCount, Number(fact.event.sequence));
      remember(state, state.outcomes, fact.event.commandId, { kind: 'sent', messageId: fact.event.messageId });
      rememberPlatformId(state, fact.event.platformMessageId);
      // With grouping `each` a message took one place of the window for each of its parts.
      state.ledger = Array.from({ length: manifest.grouping === 'each' ? fact.event.content.length : 1 }).reduce<WindowLedger>(
        (ledger) => useGrant(ledger, fact.timeMs),
        state.ledger,
      );
      break;
    case 'patchbay.message.v1.MessageOutcomeUnknown':
      remember(state, state.outcomes, fact.event.commandId, { kind: 'unknown', messageId: fact.event.messageId });
      // It may have gone out, so it counts against the window.
      state.ledger = useGrant(state.ledger, fact.timeMs);
      break;
    case 'patchbay.message.v1.MessageFailed':
      if (state.outcomes.has(fact.event.commandId)) raiseOutcome(state, fact.event.messageId, 'failed');
      else remember(state, state.outcomes, fact.event.commandId, { kind: 'failed', messageId: fact.event.messageId });
      break;
    case 'patchbay.message.v1.MessageExpired':
      remember(state, state.outcomes, fact.event.commandId, { kind: 'expired', messageId: fact.event.messageId });
      break;
    case 'patchbay.message.v1.MessageDelivered':
      raiseOutcome(state, fact.event.messageId, 'delivered');
      break;
    case 'patchbay.message.v1.MessageRead':
      raiseOutcome(state, fact.event.messageId, 'read');
      break;
    default:
      break;
  }
}

/** Closes the request that left the queues, and remembers how, if it is the latest. */
function leaveUnserved(state: ContactState, fact: AnyFact & { event: { requestId: string } }, how: Pick<UnservedState, 'queue' | 'outcome'>): void {
  const { request } = state;
  const { requestId } = fact.event;
  if (request?.requestId !== requestId) return;
  closeRequest(state, requestId);
  const enqueuedAtMs = request.enqueuedAtMs > 0 ? request.enqueuedAtMs : fact.timeMs;
  state.unserved = { requestId, ...how, sequence: fact.sequence, atMs: fact.timeMs, enqueuedAtMs };
}

function applyRoutingFact(state: ContactState, fact: AnyFact): void {
  switch (fact.type) {
    case 'patchbay.routing.v1.ContactAssigned':
      state.assignmentId = fact.event.assignmentId;
      state.agentId = fact.event.agentId;
      closeRequest(state, fact.event.requestId);
      break;
    case 'patchbay.routing.v1.ContactQueued':
      // A failed set-up puts an assigned contact back: its request waits again.
      if (state.request?.requestId === fact.event.requestId && state.ended === undefined) {
        const enqueuedAtMs = fact.event.enqueuedAt?.getTime() ?? fact.timeMs;
        state.request = { ...state.request, open: true, enqueuedAtMs };
      }
      break;
    case 'patchbay.routing.v1.ContactOverflowed':
      if (fact.event.toQueue === '') leaveUnserved(state, fact, { queue: fact.event.fromQueue, outcome: fact.event.action });
      break;
    case 'patchbay.routing.v1.ContactRefused':
      leaveUnserved(state, fact, { queue: fact.event.queue, outcome: fact.event.reason });
      break;
    case 'patchbay.routing.v1.ContactAbandoned':
    case 'patchbay.routing.v1.RoutingExpired':
    case 'patchbay.routing.v1.RoutingClosed':
      closeRequest(state, fact.event.requestId);
      break;
    default:
      break;
  }
}

/** Folds one fact in. A fact at or before the position of its domain was folded already and changes nothing. */
export function applyFact(manifest: ChannelManifest, state: ContactState, fact: AnyFact): void {
  const domain = contactDomains.find((known) => known === fact.domain);
  if (domain === undefined || fact.sequence <= state.positions[domain]) return;
  state.positions[domain] = fact.sequence;
  if (domain === 'contact') applyContactFact(state, fact);
  else if (domain === 'message') applyMessageFact(manifest, state, fact);
  else applyRoutingFact(state, fact);
}

/** The contact as the adapter may see it; undefined before it started. */
export function contactView(state: ContactState): ContactView | undefined {
  if (state.started === undefined) return undefined;
  const { conversationId, entryPoint, customer, summary } = state.started;
  return {
    tenant: state.tenant,
    contactId: state.contactId,
    conversationId,
    entryPoint,
    customer,
    summary,
    attributes: { ...state.attributes },
    platformMessageIds: [...state.firstPlatformIds, ...state.lastPlatformIds],
    lastReceived: state.lastReceived,
    messageCount: state.messageCount,
    agentId: state.agentId,
  };
}

/** Snapshot for the key-value store. */
export function encodeState(state: ContactState): Uint8Array {
  return Buffer.from(JSON.stringify({ ...state, received: [...state.received], outcomes: [...state.outcomes] }));
}

/** Reads a snapshot written by `encodeState`. */
export function decodeState(bytes: Uint8Array): ContactState {
  const plain = JSON.parse(Buffer.from(bytes).toString()) as Omit<ContactState, 'received' | 'outcomes'> & {
    received: [string, number][];
    outcomes: [string, CommandOutcome][];
  };
  // Snapshots from before contacts knew their trace lack it.
  return { ...plain, traceparent: (plain as { traceparent?: string }).traceparent ?? '', received: new Map(plain.received), outcomes: new Map(plain.outcomes) };
}
