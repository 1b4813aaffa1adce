import type { Appended, NewFact } from '@patchbay/bus/append-facts';
import type { ChannelCommand, ReceivedCommand } from '@patchbay/bus/commands';
import type { AnyFact } from '@patchbay/bus/fact';
import type { Domain } from '@patchbay/bus/subjects';
import type { EventType } from '@patchbay/contracts/event-types';
import type { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { SurgeStatus } from '@patchbay/contracts/routing/v1/surge_service';
import type { ObjectRef } from '@patchbay/contracts/message/v1/content';

/** A key-value bucket, as far as the kit uses it. */
export interface KeyValue {
  get(key: string): Promise<{ value: Uint8Array; revision: number } | undefined>;
  /** BUS_CONFLICT when the key is there. Gives the revision. */
  create(key: string, value: Uint8Array, options?: { ttlMs?: number }): Promise<number>;
  /** BUS_CONFLICT when the revision is not the newest. Gives the revision. */
  update(key: string, value: Uint8Array, revision: number, options?: { ttlMs?: number }): Promise<number>;
  put(key: string, value: Uint8Array, options?: { ttlMs?: number }): Promise<number>;
  delete(key: string): Promise<void>;
  /** Keys below a prefix of whole tokens. */
  keys(prefix: string): Promise<readonly string[]>;
}

/** The buckets a channel writes. */
export type ChannelBucket = 'channel-threads' | 'channel-dedup' | 'channel-state' | 'channel-capabilities';

/** What a running consumption is to the kit. */
export interface Stoppable {
  /** Takes no more and waits for what is in hand. */
  stop(): Promise<void>;
}

/** A directory resource of a tenant that came, changed or went. */
export interface ResourceChange {
  readonly tenant: string;
  readonly kind: string;
  readonly name: string;
  /** undefined = removed. */
  readonly resource: Resource | undefined;
}

/**
 * The part of the bus that the kit stands on: the seam where tests put a bus in memory that fails at any step. Every
 * method has its own deadline and gives the errors of packages/bus.
 */
export interface ChannelBus {
  /** As `appendFacts`: one fact, or several as one atomic batch. */
  append(facts: readonly NewFact[]): Promise<readonly Appended[]>;
  /** Facts of one aggregate and domain from a stream sequence on, in order. */
  read(query: { tenant: string; key: string; domain: Domain; fromSequence: number }): Promise<readonly AnyFact[]>;
  keyValue(bucket: ChannelBucket): Promise<KeyValue>;
  consumeFacts(options: { consumer: string; domains: readonly Domain[]; types: readonly EventType[]; handle(fact: AnyFact): Promise<void> }): Promise<Stoppable>;
  consumeCommands(options: { channel: string; handle(command: ReceivedCommand, context: { signal: AbortSignal; deliveries: number }): Promise<void> }): Promise<Stoppable>;
  /** As `sendCommand`: stores a command; the same id is carried out once. */
  sendCommand(options: { tenant: string; channel: string } & ChannelCommand): Promise<void>;
  /** Live resources of these kinds, of all tenants; resolves when what is there now was reported. */
  watchResources(kinds: readonly string[], onChange: (change: ResourceChange) => void): Promise<Stoppable>;
  /** Secrets of an entry point, from directory. */
  getSecrets(tenant: string, entryPoint: string): Promise<Readonly<Record<string, string>>>;
  /** Surge plans of a tenant with what holds now, from routing. */
  listSurges(tenant: string): Promise<readonly SurgeStatus[]>;
  putObject(name: string, bytes: Uint8Array, as: { mime: string; name: string }): Promise<ObjectRef>;
  getObject(name: string): Promise<Uint8Array>;
}
