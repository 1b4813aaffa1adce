import type { NewFact } from '@patchbay/bus/append-facts';
import type { AnyFact } from '@patchbay/bus/fact';
import type { StoredObject } from '@patchbay/bus/objects';
import type { AudioChunk } from '@patchbay/contracts/voice/v1/media';
import type { KeptContact } from './domain/kept-contact.ts';

/** The facts of one contact. */
export interface FactLog {
  /** Facts of contact, routing, voice, message and recording, in stream order. */
  read(tenant: string, contactId: string): Promise<AnyFact[]>;
  /** Appends, all or none; BUS_STALE_WRITER when a fact expected another last sequence. */
  append(facts: readonly NewFact[]): Promise<void>;
}

/** Sound on its way to the recorder. */
export interface Sound {
  /** What is stored of a contact's sound, in the order it came: all legs, or one. */
  chunks(tenant: string, contactId: string, legId?: string): AsyncIterable<AudioChunk>;
  /** Removes it; harmless when there is none. */
  remove(tenant: string, contactId: string): Promise<void>;
}

/** Where files are kept. */
export interface Files {
  /** Stores a file over what was there; resolves when it is on disk. */
  put(name: string, bytes: Uint8Array | AsyncIterable<Uint8Array>, options: { mime: string }): Promise<StoredObject>;
  /** The bytes in order, in pieces of at most 256 KiB; BUS_OBJECT_UNKNOWN when there are none. */
  stream(name: string): AsyncIterable<Uint8Array>;
  /** Removes; harmless when there is nothing. */
  delete(name: string): Promise<void>;
}

/** An entry with what `update` compares. */
export interface IndexEntry {
  kept: KeptContact;
  revision: number;
}

/** What is kept of each contact, for longer than the stream keeps facts. */
export interface KeptIndex {
  get(tenant: string, contactId: string): Promise<IndexEntry | undefined>;
  /** Writes over whatever is there. */
  put(tenant: string, kept: KeptContact): Promise<void>;
  /** Writes over exactly this revision; BUS_CONFLICT when there is a newer one. */
  update(tenant: string, kept: KeptContact, revision: number): Promise<void>;
  /** Tenant and contact of every entry. */
  keys(): Promise<{ tenant: string; contactId: string }[]>;
}

/** How centres are set up, live. */
export interface Centres {
  /** Retention class of a queue's contacts: its own or `default`. */
  retentionClassOf(tenant: string, queue: string): string;
  /** Days of a class: 0 for ever, undefined when the tenant has no such class. */
  retentionDays(tenant: string, retentionClass: string): number | undefined;
}
