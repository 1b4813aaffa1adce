import { EndReason, Party, WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { ContactConnected, ContactEnded, RoutingWithdrawn } from '@patchbay/contracts/contact/v1/contact_event';
import { AppError } from '@patchbay/runtime/app-error';
import { sleep, type Clock } from '@patchbay/runtime/clock';
import { deterministicId, isUuid, uuidTimeMs } from '@patchbay/runtime/ids';
import { createKeyedQueue } from '@patchbay/runtime/keyed-queue';
import { draft, type ContactStore, type FactDraft } from './contact-store.ts';
import type { ContactState } from './contact-state.ts';
import { channelError } from './errors.ts';

/** Id of a fact that its cause gives once: the same for every delivery of the cause. */
export function factId(name: string, contactId: string, ...cause: string[]): string {
  return deterministicId(isUuid(contactId) ? uuidTimeMs(contactId) : 0, name, contactId, ...cause);
}

/** How a contact ends. */
export interface Ending {
  readonly by: Party;
  readonly reason: EndReason;
  /** Coded detail; empty for none. */
  readonly code?: string;
}

/** Changes contacts, one change at a time for each, on what is stored now. */
export interface ContactWriter {
  /**
   * Decides on a contact and appends the facts. When another replica was faster the decision is made again on the newer
   * state, so it must be a pure function of it; no facts = nothing to do.
   */
  change(place: { tenant: string; contactId: string }, decide: (contact: ContactState) => readonly FactDraft[] | Promise<readonly FactDraft[]>): Promise<ContactState>;
  /** Runs something that reads a contact and appends on its own, apart from other changes of it. */
  alone<Value>(contactId: string, task: () => Promise<Value>): Promise<Value>;
  /** Ends the contact and takes an open request back, in one step; harmless when it has ended. */
  end(place: { tenant: string; contactId: string }, ending: Ending): Promise<void>;
  /** Writes that customer and agent can talk; harmless when it was written. */
  connect(place: { tenant: string; contactId: string }, assignment: { assignmentId: string; agentId: string }): Promise<void>;
  /** Resolves when no change is in hand. */
  idle(): Promise<void>;
}

const maxTries = 12;

/** Waits a little longer after each lost race, with jitter, so that racing replicas part. */
export function raceDelayMs(attempt: number, random: () => number = Math.random): number {
  return Math.min(200, 5 * attempt) * (0.5 + random());
}

/** The end of a contact, with its open request taken back; none when it has ended. */
export function endFacts(contact: ContactState, ending: Ending): readonly FactDraft[] {
  if (contact.ended !== undefined || contact.started === undefined) return [];
  const { contactId, request } = contact;
  const ended = draft(ContactEnded, {
    id: factId('ContactEnded', contactId),
    event: { contactId, by: ending.by, reason: ending.reason, code: ending.code ?? '' },
  });
  if (request?.open !== true) return [ended];
  const customerLeft = ending.by === Party.CUSTOMER || ending.reason === EndReason.IDLE;
  const withdrawn = draft(RoutingWithdrawn, {
    id: factId('RoutingWithdrawn', contactId, request.requestId),
    event: { contactId, requestId: request.requestId, reason: customerLeft ? WithdrawalReason.CUSTOMER_LEFT : WithdrawalReason.FAILED },
  });
  return [withdrawn, ended];
}

/** Creates a writer over a store. */
export function createContactWriter(store: ContactStore, clock: Clock): ContactWriter {
  const queue = createKeyedQueue();

  const change: ContactWriter['change'] = ({ tenant, contactId }, decide) =>
    queue.run(contactId, async () => {
      const contact = await store.load(tenant, contactId);
      await store.refresh(contact);
      for (let attempt = 1; attempt <= maxTries; attempt += 1) {
        const facts = await decide(contact);
        if (facts.length === 0) return contact;
        try {
          await store.append(contact, facts);
          return contact;
        } catch (thrown) {
          const error = AppError.from(thrown);
          if (error.code !== 'BUS_STALE_WRITER') throw error;
          await sleep(clock, raceDelayMs(attempt));
        }
      }
      throw channelError('CHANNEL_CONFLICT', { details: { contactId } });
    });

  return {
    change,
    alone: (contactId, task) => queue.run(contactId, task),
    async end(place, ending) {
      await change(place, (contact) => endFacts(contact, ending));
    },
    async connect(place, { assignmentId, agentId }) {
      await change(place, (contact) => {
        if (contact.started === undefined || contact.ended !== undefined || contact.connectedAssignmentId === assignmentId) return [];
        const { contactId } = contact;
        return [draft(ContactConnected, { id: factId('ContactConnected', contactId, assignmentId), event: { contactId, assignmentId, agentId } })];
      });
    },
    idle: () => queue.idle(),
  };
}
