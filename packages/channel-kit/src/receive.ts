import { ContactIdentified, ContactStarted, RoutingRequested } from '@patchbay/contracts/contact/v1/contact_event';
import { Direction, type CustomerIdentity } from '@patchbay/contracts/contact/v1/contact';
import { MessageReceived } from '@patchbay/contracts/message/v1/message_event';
import { AppError } from '@patchbay/runtime/app-error';
import { sleep, type Clock } from '@patchbay/runtime/clock';
import type { IdSource } from '@patchbay/runtime/ids';
import { createKeyedQueue } from '@patchbay/runtime/keyed-queue';
import type { ChannelManifest, EntryPointView, InboundMessage, Received } from './channel-adapter.ts';
import { draft, type ContactStore, type FactDraft } from './contact-store.ts';
import type { ContactState } from './contact-state.ts';
import { factId, raceDelayMs, type ContactWriter } from './contact-writer.ts';
import type { Centre } from './entry-points.ts';
import { channelError } from './errors.ts';
import { normaliseAddress } from './identity.ts';
import { checkInbound, summaryOf } from './inbound-rules.ts';
import { threadKey, type AccountPlace } from './keys.ts';
import type { Claim, Stored, ThreadRecord, ThreadTable } from './thread-table.ts';

/** What receiving stands on. */
export interface ReceiverDependencies {
  readonly manifest: ChannelManifest;
  readonly centre: Centre;
  readonly store: ContactStore;
  readonly writer: ContactWriter;
  readonly threads: ThreadTable;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** Takes inbound messages: each has one effect, however often and on how many replicas it is delivered. */
export interface Receiver {
  receive(message: InboundMessage): Promise<Received>;
  /** Messages in hand. */
  inHand(): number;
  idle(): Promise<void>;
}

/** One message on its way in, with what does not change from try to try. */
interface Arrival {
  readonly message: InboundMessage;
  readonly entry: EntryPointView;
  readonly place: AccountPlace;
  readonly thread: string;
  readonly customer: CustomerIdentity;
}

/** The contact a message goes to. */
interface Target {
  readonly record: ThreadRecord;
  /** The agent to try first: who had the conversation's contact before. */
  readonly preferredAgentId: string;
}

/** Somebody else was faster: look again. */
const again = Symbol('again');

const maxTries = 12;
const maxInHand = 5_000;
/** A thread record without facts this old lost them to the stream's age limit: its contact is over. */
const recordMeansStartedMs = 6 * 86_400_000;

/** Whether what stands at this place of the stream came after the end of the contact. */
function isLate(contact: ContactState, sequence: number): boolean {
  return contact.ended !== undefined && sequence > contact.ended.sequence;
}

/** Creates the inbound pipeline; docs/delivery.md of this package says why nothing is lost or doubled. */
export function createReceiver(dependencies: ReceiverDependencies): Receiver {
  const { manifest, centre, store, writer, threads, clock, ids } = dependencies;
  const queue = createKeyedQueue();
  let inHand = 0;

  function arrivalOf(message: InboundMessage): Arrival {
    checkInbound(message);
    const entry = centre.entryPoint(message.account);
    if (entry === undefined) throw channelError('CHANNEL_NO_ENTRY_POINT', { details: { channel: manifest.channel } });
    const address = normaliseAddress(manifest.identityType, message.sender.address);
    return {
      message,
      entry,
      place: { tenant: entry.tenant, channel: manifest.channel, account: entry.address },
      thread: message.thread ?? address,
      customer: { type: manifest.identityType, address, displayName: (message.sender.displayName ?? '').toWellFormed().slice(0, 200), verified: message.sender.verified },
    };
  }

  /** The contact that has the claimed message already, unless the message came there after its end. */
  async function findTaken(arrival: Arrival, claim: Claim): Promise<Received | undefined> {
    return writer.alone(claim.contactId, async () => {
      const contact = await store.load(arrival.entry.tenant, claim.contactId);
      await store.refresh(contact);
      const sequence = await store.findReceived(contact, claim.messageId);
      if (sequence === undefined || isLate(contact, sequence)) return undefined;
      return { kind: 'duplicate', contactId: claim.contactId, messageId: claim.messageId, sequence };
    });
  }

  /** The contact of a thread record, read again while this process has not seen it start. */
  async function loadStarted(tenant: string, contactId: string): Promise<ContactState> {
    const contact = await store.load(tenant, contactId);
    if (contact.started === undefined) await store.refresh(contact);
    return contact;
  }

  /** The thread's open contact, or a new one; `undefined` when there is none and the message opens none. */
  async function findTarget({ message, entry, place, thread }: Arrival): Promise<Target | undefined | typeof again> {
    const stored = await threads.getThread(place, thread);
    const previous = stored === undefined ? undefined : await writer.alone(stored.value.contactId, () => loadStarted(entry.tenant, stored.value.contactId));
    const isStarted = previous?.started !== undefined;
    const isOver = previous?.ended !== undefined || (stored !== undefined && !isStarted && clock.nowMs() - stored.value.createdMs > recordMeansStartedMs);
    if (message.effect === 'append' && (!isStarted || isOver)) return undefined;
    if (stored !== undefined && !isOver) return { record: stored.value, preferredAgentId: '' };

    const isSameMatter = stored !== undefined && previous?.ended !== undefined && clock.nowMs() - previous.ended.atMs <= manifest.conversationGapMs;
    const record: ThreadRecord = {
      tenant: entry.tenant,
      contactId: ids.next(),
      conversationId: isSameMatter ? stored.value.conversationId : ids.next(),
      createdMs: clock.nowMs(),
    };
    const written = await threads.putThread(place, thread, record, stored);
    return written === undefined ? again : { record, preferredAgentId: isSameMatter ? (previous?.agentId ?? '') : '' };
  }

  function startFacts(arrival: Arrival, target: Target, received: FactDraft): readonly FactDraft[] {
    const { entry, message, customer } = arrival;
    const { contactId, conversationId } = target.record;
    const known = message.sender.verified ? centre.customer(entry.tenant, customer) : undefined;
    const attributes = Object.entries(message.attributes ?? {}).map(([name, value]) => ({ name: name.slice(0, 64), value: value.toWellFormed().slice(0, 1024) }));
    const identified =
      known === undefined
        ? []
        : [
            draft(ContactIdentified, {
              id: factId('ContactIdentified', contactId),
              event: { contactId, customerId: known.customerId, confidence: 1, customerValue: known.value },
            }),
          ];
    return [
      draft(ContactStarted, {
        id: factId('ContactStarted', contactId),
        event: {
          contactId,
          conversationId,
          channel: manifest.channel,
          direction: Direction.INBOUND,
          entryPoint: entry.name,
          customer,
          attributes,
          parentContactId: '',
          summary: summaryOf(message),
        },
      }),
      ...identified,
      received,
      draft(RoutingRequested, {
        id: factId('RoutingRequested', contactId),
        event: {
          contactId,
          requestId: factId('request', contactId),
          queue: entry.queue,
          requirement: undefined,
          priority: known?.priority ?? 0,
          preferredAgentId: target.preferredAgentId,
          firstEnqueuedAt: undefined,
          plan: entry.plan,
          callBack: undefined,
          leftMessage: false,
          channel: manifest.channel,
        },
      }),
    ];
  }

  function receivedFact({ message, customer }: Arrival, contact: ContactState, messageId: string): FactDraft {
    return draft(MessageReceived, {
      id: factId('MessageReceived', contact.contactId, messageId),
      event: {
        contactId: contact.contactId,
        messageId,
        sender: customer,
        content: [...message.content],
        platformMessageId: message.platformMessageId,
        platformTime: message.platformTime,
        trust: message.trust,
        sequence: BigInt(contact.messageCount + 1),
        replyToPlatformIds: [...(message.replyToPlatformIds ?? [])],
      },
    });
  }

  async function appendTo(arrival: Arrival, target: Target, messageId: string): Promise<Received | typeof again> {
    const { contactId } = target.record;
    return writer.alone(contactId, async () => {
      const contact = await store.load(arrival.entry.tenant, contactId);
      if (contact.ended !== undefined) return again;
      const received = receivedFact(arrival, contact, messageId);
      const isNew = contact.started === undefined;
      try {
        await store.append(contact, isNew ? startFacts(arrival, target, received) : [received]);
      } catch (thrown) {
        const error = AppError.from(thrown);
        if (error.code === 'BUS_STALE_WRITER') return again;
        throw error;
      }
      // Another replica may have ended the contact between the decision and the append: then this message came late, and
      // nobody would read it there. The next round opens the contact that follows.
      if (!isNew) await store.refresh(contact, ['contact']);
      const sequence = await store.findReceived(contact, messageId);
      if (sequence === undefined || isLate(contact, sequence)) return again;
      return { kind: 'accepted', contactId, messageId, sequence };
    });
  }

  async function tryOnce(arrival: Arrival): Promise<Received | typeof again> {
    const { message, place } = arrival;
    const stored = await threads.getClaim(place, message.dedupKey);
    if (stored !== undefined) {
      const taken = await findTaken(arrival, stored.value);
      if (taken !== undefined) return taken;
    }
    const target = await findTarget(arrival);
    if (target === undefined) return { kind: 'ignored' };
    if (target === again) return again;
    const claim = await claimFor(arrival, stored, target.record.contactId);
    if (claim === undefined) return again;
    if (manifest.indexMessages && message.platformMessageId !== '') {
      const { contactId, conversationId } = target.record;
      await threads.putMessage(place, message.platformMessageId, {
        thread: arrival.thread,
        contactId,
        conversationId,
        customerAddress: arrival.customer.address,
        messageId: claim.messageId,
      });
    }
    return appendTo(arrival, target, claim.messageId);
  }

  async function claimFor({ place, message }: Arrival, stored: Stored<Claim> | undefined, contactId: string): Promise<Claim | undefined> {
    if (stored?.value.contactId === contactId) return stored.value;
    const claim = { contactId, messageId: stored?.value.messageId ?? ids.next() };
    return (await threads.putClaim(place, message.dedupKey, claim, stored))?.value;
  }

  async function receiveInOrder(arrival: Arrival): Promise<Received> {
    for (let attempt = 1; attempt <= maxTries; attempt += 1) {
      const result = await tryOnce(arrival);
      if (result !== again) return result;
      await sleep(clock, raceDelayMs(attempt));
    }
    throw channelError('CHANNEL_CONFLICT', { details: { channel: manifest.channel } });
  }

  return {
    async receive(message) {
      const arrival = arrivalOf(message);
      if (inHand >= maxInHand) throw channelError('CHANNEL_BUSY');
      inHand += 1;
      try {
        return await queue.run(threadKey(arrival.place, arrival.thread), () => receiveInOrder(arrival));
      } finally {
        inHand -= 1;
      }
    },
    inHand: () => inHand,
    idle: () => queue.idle(),
  };
}
