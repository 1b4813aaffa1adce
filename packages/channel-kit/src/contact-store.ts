import { newFact, type FactCodec, type NewFact, type NewFactFields } from '@patchbay/bus/append-facts';
import type { AnyFact, MessageOf } from '@patchbay/bus/fact';
import type { EventType } from '@patchbay/contracts/event-types';
import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import { activeTraceparent } from '@patchbay/runtime/spans';
import type { ChannelManifest } from './channel-adapter.ts';
import type { ChannelBus, KeyValue } from './channel-bus.ts';
import { applyFact, contactDomains, decodeState, emptyContact, encodeState, type CommandOutcome, type ContactDomain, type ContactState } from './contact-state.ts';
import { recordTtlMs, stateKey } from './keys.ts';

/** A fact to be appended to a contact. */
export interface FactDraft {
  readonly type: EventType;
  readonly event: unknown;
  /** Makes the fact; only the first of a subject carries an expected sequence. */
  build(fields: Pick<NewFactFields<EventType>, 'tenant' | 'key' | 'home' | 'expectedSequence'>): NewFact;
}

/** Drafts a fact: `draft(ContactEnded, { id, event: {…} })`. */
export function draft<Type extends EventType>(codec: FactCodec<Type>, fields: { event: MessageOf<Type>; id: string; timeMs?: number; causationId?: string }): FactDraft {
  return { type: codec.$type, event: fields.event, build: (place) => newFact(codec, { ...fields, ...place }) };
}

/** Contacts of this channel, folded from their facts. Callers do one thing at a time for each contact. */
export interface ContactStore {
  /** The contact as this process knows it; read from the bus when it does not know it yet. */
  load(tenant: string, contactId: string): Promise<ContactState>;
  /** Brings the contact up to what is stored now. */
  refresh(contact: ContactState, domains?: readonly ContactDomain[]): Promise<void>;
  /**
   * Appends facts of one decision as one atomic step, with the sequences the decision was made on, and folds them in.
   * BUS_STALE_WRITER after a refresh when somebody else was faster: decide again. Facts that were stored before under the
   * same ids are no fault.
   */
  append(contact: ContactState, facts: readonly FactDraft[]): Promise<void>;
  /** Whether the contact is one of this channel; contacts of others are not kept. */
  isOurs(tenant: string, contactId: string): Promise<boolean>;
  /** Stream sequence of a received message of the contact, looked for in all that the stream keeps. */
  findReceived(contact: ContactState, messageId: string): Promise<number | undefined>;
  /** Outcome of a command on the contact, looked for in all that the stream keeps. */
  findOutcome(contact: ContactState, commandId: string): Promise<CommandOutcome | undefined>;
  /** Writes every snapshot that is due. */
  flush(): Promise<void>;
}

const cachedContacts = 10_000;
const snapshotDelayMs = 5_000;

/** Creates a store over the bus; keeps at most 10,000 contacts in memory. */
export async function createContactStore(dependencies: { bus: ChannelBus; manifest: ChannelManifest; clock: Clock; log: Logger }): Promise<ContactStore> {
  const { bus, manifest, clock, log } = dependencies;
  const snapshots = await bus.keyValue('channel-threads');
  const cache = new Map<string, ContactState>();
  const channels = new Map<string, string>();
  const writer = createSnapshotWriter({ snapshots, clock, log });

  function keep(contact: ContactState): void {
    cache.delete(contact.contactId);
    cache.set(contact.contactId, contact);
    const [oldest] = cache.keys();
    if (cache.size > cachedContacts && oldest !== undefined) cache.delete(oldest);
  }

  async function refresh(contact: ContactState, domains: readonly ContactDomain[] = contactDomains): Promise<void> {
    const { tenant, contactId } = contact;
    const news = await Promise.all(
      domains.map((domain) => bus.read({ tenant, key: contactId, domain, fromSequence: contact.positions[domain] + 1 })),
    );
    const facts = news.flat().sort((left, right) => left.sequence - right.sequence);
    for (const fact of facts) applyFact(manifest, contact, fact);
    if (facts.length > 0 && contact.started?.channel === manifest.channel) writer.schedule(contact);
  }

  async function load(tenant: string, contactId: string): Promise<ContactState> {
    const known = cache.get(contactId);
    if (known !== undefined) {
      keep(known);
      return known;
    }
    const snapshot = await snapshots.get(stateKey(contactId));
    const contact = snapshot === undefined ? emptyContact(tenant, contactId) : decodeState(snapshot.value);
    await refresh(contact);
    keep(contact);
    return contact;
  }

  /** The stream forgets facts after seven days: then the server expects 0 where the contact remembers a sequence. */
  async function forgetsExpired(contact: ContactState): Promise<void> {
    const { tenant, contactId } = contact;
    for (const domain of ['contact', 'message'] as const) {
      if (contact.positions[domain] === 0) continue;
      const kept = await bus.read({ tenant, key: contactId, domain, fromSequence: 1 });
      if (kept.length === 0) contact.positions[domain] = 0;
    }
  }

  async function append(contact: ContactState, facts: readonly FactDraft[]): Promise<void> {
    const seen = new Set<string>();
    const built = facts.map((fact) => {
      const place = { tenant: contact.tenant, key: contact.contactId, home: contact.traceparent };
      const domain = fact.build(place).domain as ContactDomain;
      if (seen.has(domain)) return fact.build(place);
      seen.add(domain);
      return fact.build({ ...place, expectedSequence: contact.positions[domain] });
    });
    try {
      const appended = await bus.append(built);
      if (appended.some((place) => place.duplicate)) await refresh(contact);
      else for (const [index, fact] of facts.entries()) applyFact(manifest, contact, asFact(contact, fact, built[index], appended[index]?.sequence ?? 0, clock));
      writer.schedule(contact);
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (error.code === 'BUS_STALE_WRITER') {
        const before = { ...contact.positions };
        await refresh(contact);
        if (contactDomains.every((domain) => contact.positions[domain] === before[domain])) await forgetsExpired(contact);
      } else cache.delete(contact.contactId);
      throw error;
    }
  }

  async function findAmong<Found>(contact: ContactState, pick: (fact: AnyFact) => Found | undefined): Promise<Found | undefined> {
    if (!contact.forgot) return undefined;
    const facts = await bus.read({ tenant: contact.tenant, key: contact.contactId, domain: 'message', fromSequence: 1 });
    for (const fact of facts) {
      const found = pick(fact);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async function channelOf(tenant: string, contactId: string): Promise<string | undefined> {
    // Only the contact's own channel writes its snapshot, but all channels share the bucket.
    const snapshot = await snapshots.get(stateKey(contactId));
    if (snapshot !== undefined) return decodeState(snapshot.value).started?.channel;
    const [first] = await bus.read({ tenant, key: contactId, domain: 'contact', fromSequence: 1 });
    return first?.type === 'patchbay.contact.v1.ContactStarted' ? first.event.channel : undefined;
  }

  async function isOurs(tenant: string, contactId: string): Promise<boolean> {
    const known = cache.get(contactId)?.started?.channel ?? channels.get(contactId);
    if (known !== undefined) return known === manifest.channel;
    const channel = await channelOf(tenant, contactId);
    if (channel === undefined) return false;
    channels.set(contactId, channel);
    const [oldest] = channels.keys();
    if (channels.size > cachedContacts && oldest !== undefined) channels.delete(oldest);
    return channel === manifest.channel;
  }

  return {
    load,
    refresh,
    append,
    isOurs,
    findReceived: async (contact, messageId) =>
      contact.received.get(messageId) ??
      findAmong(contact, (fact) => (fact.type === 'patchbay.message.v1.MessageReceived' && fact.event.messageId === messageId ? fact.sequence : undefined)),
    async findOutcome(contact, commandId) {
      const known = contact.outcomes.get(commandId);
      if (known !== undefined || !contact.forgot) return known;
      const whole = emptyContact(contact.tenant, contact.contactId);
      return findAmong(contact, (fact) => {
        applyFact(manifest, whole, fact);
        return whole.outcomes.get(commandId);
      });
    },
    flush: () => writer.flush(),
  };
}

function asFact(contact: ContactState, fact: FactDraft, built: NewFact | undefined, sequence: number, clock: Clock): AnyFact {
  return {
    id: built?.id ?? '',
    type: fact.type,
    tenant: contact.tenant,
    domain: built?.domain,
    key: contact.contactId,
    partition: 0,
    source: '',
    timeMs: built?.timeMs ?? clock.nowMs(),
    sequence,
    causationId: undefined,
    traceparent: activeTraceparent(),
    event: fact.event,
  } as AnyFact;
}

/**
 * Writes snapshots some seconds after a change, so that a busy contact costs one write and not one a message. A snapshot
 * only shortens replay and bridges the seven days that facts are kept: losing one loses nothing.
 */
function createSnapshotWriter(dependencies: { snapshots: KeyValue; clock: Clock; log: Logger }) {
  const due = new Map<string, ContactState>();
  let cancel: (() => void) | undefined;

  async function flush(): Promise<void> {
    cancel?.();
    cancel = undefined;
    const contacts = [...due.values()];
    due.clear();
    for (const contact of contacts) {
      try {
        await dependencies.snapshots.put(stateKey(contact.contactId), encodeState(contact), { ttlMs: recordTtlMs });
      } catch (error) {
        dependencies.log.warn('contact snapshot was not written', { error, contactId: contact.contactId });
      }
    }
  }

  return {
    schedule(contact: ContactState): void {
      due.set(contact.contactId, contact);
      cancel ??= dependencies.clock.setTimer(snapshotDelayMs, () => void flush());
    },
    flush,
  };
}
