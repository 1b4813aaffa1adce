import type { AnyFact } from '@patchbay/bus/fact';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { RoutingRequested } from '@patchbay/contracts/contact/v1/contact_event';
import { AppError } from '@patchbay/runtime/app-error';
import type { CancelTimer, Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import type { ChannelManifest, EntryPointView } from './channel-adapter.ts';
import type { ChannelBus } from './channel-bus.ts';
import type { ContactState, UnservedState } from './contact-state.ts';
import { draft, type FactDraft } from './contact-store.ts';
import { endFacts, factId, type ContactWriter } from './contact-writer.ts';
import type { Centre } from './entry-points.ts';
import type { SystemTextKey } from './system-texts.ts';
import type { TellCustomer } from './tell-customer.ts';

/** A contact of a tenant. */
interface Place {
  readonly tenant: string;
  readonly contactId: string;
}

/** Takes messages (留言) of customers for whom nobody was free. */
export interface MessageTaking {
  /** Routing found nobody: asks the customer for a message, if that is what is done now. False when it is not. Harmless when it comes again. */
  begin(fact: AnyFact): Promise<boolean>;
  /** The customer says that the message is whole: it is not waited for more. Harmless when none is being taken. */
  close(place: Place): Promise<void>;
  /** The customer went away: true when a message of theirs stays, so that the contact must not end. */
  keepsMessage(place: Place): Promise<boolean>;
  /** Takes up what other processes had in hand, now and every half minute. */
  start(): Promise<void>;
  stop(): void;
}

/** What taking messages stands on. */
export interface MessageTakingDependencies {
  readonly manifest: Pick<ChannelManifest, 'channel' | 'isLetter'>;
  readonly bus: Pick<ChannelBus, 'keyValue'>;
  readonly writer: ContactWriter;
  readonly centre: Centre;
  readonly tell: TellCustomer;
  readonly clock: Clock;
  readonly log: Logger;
}

const defaultQuietSeconds = 60;
const mostQuietSeconds = 3_600;
const adoptEveryMs = 30_000;
const retryMs = 5_000;
const recordTtlMs = 7 * 86_400_000;

/** What a customer is told when the request ended so; undefined when no message is taken then. */
function askingText(entry: Pick<EntryPointView, 'settings'> | undefined, outcome: string): SystemTextKey | undefined {
  if (outcome === 'message' || outcome === 'voicemail') return 'text.message';
  if (outcome === 'call_back') return 'text.message.call_back';
  const also = (entry?.settings['message.when'] ?? '').split(',').map((word) => word.trim());
  if (!also.includes(outcome)) return undefined;
  return outcome === 'hours' ? 'text.message.hours' : 'text.message';
}

/** How long a customer may be silent before what they wrote counts as whole, milliseconds. */
function quietMsOf(entry: Pick<EntryPointView, 'settings'> | undefined): number {
  const seconds = Number(entry?.settings['message.quietSeconds'] ?? defaultQuietSeconds);
  return (seconds >= 1 && seconds <= mostQuietSeconds ? seconds : defaultQuietSeconds) * 1_000;
}

/** Whether the customer has written since nobody was found. */
function hasWritten(contact: ContactState, { sequence }: UnservedState): boolean {
  return [...contact.received.values()].some((received) => received > sequence);
}

/** Asks for an agent who reads and answers the message, at the contact's old place in line. */
function requestFact(contact: ContactState, unserved: UnservedState, channel: string, queue: string): FactDraft {
  const { contactId } = contact;
  return draft(RoutingRequested, {
    id: factId('RoutingRequested', contactId, unserved.requestId),
    event: {
      contactId,
      requestId: factId('request', contactId, unserved.requestId),
      queue,
      requirement: undefined,
      priority: 0,
      preferredAgentId: '',
      firstEnqueuedAt: new Date(unserved.enqueuedAtMs),
      channel,
      plan: '',
      callBack: undefined,
      leftMessage: true,
    },
  });
}

/**
 * Creates the taking of messages. Everything that is decided follows from the contact's facts, so any replica may decide and
 * deciding twice changes nothing; a record in the state bucket makes sure that one does, whichever process dies meanwhile.
 */
export async function createMessageTaking(dependencies: MessageTakingDependencies): Promise<MessageTaking> {
  const { manifest, writer, centre, tell, clock, log } = dependencies;
  const { channel } = manifest;
  const records = await dependencies.bus.keyValue('channel-state');
  const prefix = `message-taking.${channel}`;
  const recordKey = (contactId: string) => `${prefix}.${contactId}`;
  const timers = new Map<string, CancelTimer>();
  let cancelAdopting: CancelTimer = () => {};
  let isStopped = false;

  /** The contact's unserved request when a message is being taken. */
  function takingOf(contact: ContactState): { unserved: UnservedState; entry: EntryPointView | undefined; text: SystemTextKey } | undefined {
    const { unserved, started, ended } = contact;
    if (unserved === undefined || started === undefined || ended !== undefined) return undefined;
    const entry = centre.entryPointByName(contact.tenant, started.entryPoint);
    const text = askingText(entry, unserved.outcome);
    return text === undefined ? undefined : { unserved, entry, text };
  }

  /** When what is being taken is looked at next, milliseconds; 0 when it is whole, or was not begun in time. */
  function restMs(contact: ContactState, unserved: UnservedState, entry: EntryPointView | undefined): number {
    const sinceMs = hasWritten(contact, unserved) ? Math.max(unserved.atMs, contact.lastReceived?.atMs ?? 0) : unserved.atMs;
    return Math.max(0, sinceMs + quietMsOf(entry) - clock.nowMs());
  }

  function arm(place: Place, delayMs: number): void {
    timers.get(place.contactId)?.();
    if (isStopped) return;
    const look = () => {
      timers.delete(place.contactId);
      settle(place, false).catch((error: unknown) => {
        log.warn('message in hand was not looked at', { error: AppError.from(error), contactId: place.contactId });
        arm(place, retryMs);
      });
    };
    timers.set(place.contactId, clock.setTimer(delayMs, look));
  }

  /** Closes a message that is whole, ends a contact that left none, or waits on. */
  async function settle(place: Place, isWhole: boolean): Promise<void> {
    let waitMs = 0;
    const contact = await writer.change(place, (now) => {
      waitMs = 0;
      const taking = takingOf(now);
      if (taking === undefined) return [];
      const { unserved, entry } = taking;
      const written = manifest.isLetter === true || hasWritten(now, unserved);
      if (manifest.isLetter !== true && !(isWhole && written)) waitMs = restMs(now, unserved, entry);
      if (waitMs > 0) return [];
      const queue = unserved.queue === '' ? (entry?.queue ?? '') : unserved.queue;
      if (written && queue !== '') return [requestFact(now, unserved, channel, queue)];
      return endFacts(now, { by: Party.SYSTEM, reason: EndReason.EXPIRED, code: unserved.outcome });
    });
    if (waitMs > 0) {
      arm(place, waitMs);
      return;
    }
    const { request } = contact;
    if (request?.leftMessage === true && contact.ended === undefined) {
      await tell(contact, manifest.isLetter === true ? 'text.message.letter' : 'text.message.taken', `message-taken ${request.requestId}`);
    }
    await records.delete(recordKey(place.contactId));
  }

  async function adopt(): Promise<void> {
    for (const key of await records.keys(prefix)) {
      const contactId = key.slice(prefix.length + 1);
      const record = timers.has(contactId) ? undefined : await records.get(key);
      if (record !== undefined) arm({ contactId, tenant: Buffer.from(record.value).toString() }, 0);
    }
  }

  function adoptAgain(): void {
    if (isStopped) return;
    cancelAdopting = clock.setTimer(adoptEveryMs, () => {
      adopt()
        .catch((error: unknown) => {
          log.warn('messages in hand were not listed', { error: AppError.from(error) });
        })
        .finally(adoptAgain);
    });
  }

  return {
    async begin(fact) {
      const place = { tenant: fact.tenant, contactId: fact.key };
      const contact = await writer.change(place, () => []);
      const taking = takingOf(contact);
      if (taking === undefined || taking.unserved.sequence !== fact.sequence) return false;
      await records.put(recordKey(fact.key), Buffer.from(fact.tenant), { ttlMs: recordTtlMs });
      if (manifest.isLetter === true) await settle(place, true);
      else {
        await tell(contact, taking.text, `message ${fact.id}`);
        arm(place, restMs(contact, taking.unserved, taking.entry));
      }
      return true;
    },
    close: (place) => settle(place, true),
    async keepsMessage(place) {
      const contact = await writer.change(place, () => []);
      const taking = takingOf(contact);
      if (taking !== undefined && hasWritten(contact, taking.unserved)) {
        await settle(place, true);
        return true;
      }
      return contact.ended === undefined && contact.request?.leftMessage === true && contact.request.open;
    },
    async start() {
      await adopt();
      adoptAgain();
    },
    stop() {
      isStopped = true;
      cancelAdopting();
      for (const cancel of timers.values()) cancel();
    },
  };
}
