import type { AnyFact } from '@patchbay/bus/fact';

/** Facts of one contact, as the visitor's connection follows them. */
export interface ContactFacts {
  /** What is stored now, in stream order; domains contact, message and routing. */
  read(tenant: string, contactId: string): Promise<readonly AnyFact[]>;
  /** All facts of these domains from the first on, then each as it comes, in stream order, until the signal aborts. */
  follow(tenant: string, contactId: string, signal: AbortSignal): AsyncIterable<AnyFact>;
}

/** Small things the service keeps between restarts and shares between replicas. Keys are the service's own. */
export interface StateStore {
  get(key: string): Promise<{ value: Uint8Array; revision: number } | undefined>;
  /** BUS_CONFLICT when the key is there. */
  create(key: string, value: Uint8Array): Promise<number>;
  put(key: string, value: Uint8Array, options?: { ttlMs?: number }): Promise<number>;
  /** BUS_CONFLICT when the revision is not the newest. */
  delete(key: string, revision?: number): Promise<void>;
  /** Keys below a prefix of whole tokens. */
  keys(prefix: string): Promise<readonly string[]>;
}

/** One connection of a visitor. */
export interface VisitorSocket {
  /** Origin header of the upgrade; undefined when there was none. */
  readonly origin: string | undefined;
  /** Sends one text frame; never throws. */
  send(text: string): void;
  /** Bytes that were sent and not yet taken by the network. */
  bufferedBytes(): number;
  /** Closes with a code of RFC 6455 section 7.4 and a reason of at most 123 bytes. */
  close(code: number, reason: string): void;
}
