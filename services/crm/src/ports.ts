import type { Contact } from '@patchbay/contracts/crm/v1/contact_service';
import type { ContactRecord, RecordFact } from './domain/contact-record.ts';

/** A fact with the envelope that the record keeps of it. */
export type StoredFact = RecordFact & { readonly id: string; readonly tenant: string; readonly source: string; readonly body: Uint8Array };

/** A fact as it is kept, undecoded. */
export interface KeptFact {
  id: string;
  type: string;
  source: string;
  timeMs: number;
  sequence: number;
  body: Uint8Array;
}

/** Which records a page or a watch wants. */
export interface ContactFilter {
  tenant: string;
  statuses?: readonly number[];
  channel?: string;
  queue?: string;
  agentId?: string;
  startedFrom?: Date;
  startedBefore?: Date;
  customerAddress?: string;
  conversationId?: string;
  contactIds?: readonly string[];
  openOnly?: boolean;
  /** Only records changed at or after this, by the database's clock. */
  changedFrom?: Date;
}

/** Place in a listing: records strictly older than it follow. */
export interface PageMark {
  startedAtMs: number;
  contactId: string;
}

/** Where records live. Errors are CRM_DATABASE. */
export interface ContactStore {
  /**
   * Folds facts of one contact into its record and keeps them, in one transaction, each once: what was folded before
   * changes nothing. Gives the record after it.
   */
  fold(facts: readonly StoredFact[], evolve: (record: ContactRecord, fact: RecordFact) => ContactRecord): Promise<Contact>;
  /** The record, or undefined. */
  get(tenant: string, contactId: string): Promise<ContactRecord | undefined>;
  /** Every fact kept of a contact, in stream order. */
  facts(tenant: string, contactId: string): Promise<KeptFact[]>;
  /** Records, newest start first, at most `limit`. */
  list(filter: ContactFilter, limit: number, after?: PageMark): Promise<Contact[]>;
  /** The database's clock. */
  now(): Promise<Date>;
  /** Told of every changed record by any replica; the returned function ends it. Missed while the database is away: `onGap` says so. */
  onChange(listener: (change: { tenant: string; contactId: string }) => void, onGap: () => void): () => void;
  close(): Promise<void>;
}
