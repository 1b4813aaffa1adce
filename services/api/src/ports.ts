import type { Actor } from '@patchbay/bus/actor';
import type { AnyFact } from '@patchbay/bus/fact';
import type { RpcDefinition } from '@patchbay/bus/rpc-definition';
import type { Domain } from '@patchbay/bus/subjects';
import type { Principal } from '@patchbay/contracts/directory/v1/identity_service';
import type { User } from '@patchbay/contracts/directory/v1/resource';
import type { DeadLetter } from '@patchbay/bus/dead-letters';

/** For whom and how long a call is passed on. */
export interface ForwardedCall {
  tenant: string;
  actor: Actor;
  /** Time left, milliseconds. */
  timeoutMs: number;
  /** Aborted when the caller goes away or this server stops. */
  signal: AbortSignal;
}

/** Passes calls on to the services inside. Errors are AppErrors with the service's code. */
export interface Forwarder {
  unary(definition: RpcDefinition, method: string, request: Uint8Array, call: ForwardedCall): Promise<unknown>;
  stream(definition: RpcDefinition, method: string, request: Uint8Array, call: ForwardedCall): AsyncIterable<unknown>;
}

/** Who may come in, as the directory knows it. */
export interface IdentitySource {
  /** JSON Web Key Set that tokens are checked with. */
  signingKeys(): Promise<string>;
  /** Whose an API key is; an AppError with status `unauthenticated` when nobody's. */
  verifyApiKey(apiKey: string): Promise<Principal>;
  /** A user as it stands now; undefined when there is none. In memory, so that every call can ask. */
  findUser(tenant: string, user: string): User | undefined;
}

/** What is watched. */
export interface FactWatch {
  tenant: string;
  domains: readonly Domain[];
  key: string | undefined;
  /** First place in the stream. */
  fromSequence: number;
  signal: AbortSignal;
}

/** Facts and dead letters of the bus. */
export interface EventSource {
  /** Facts from a place on, in order, none twice. */
  watch(watch: FactWatch): AsyncIterable<AnyFact>;
  /** Places that the stream keeps; `last` is 0 when it is empty. */
  range(): Promise<{ first: number; last: number }>;
  /** Oldest first. */
  deadLetters(options: { tenant: string; service: string | undefined; limit: number }): Promise<DeadLetter[]>;
  /** Hands dead letters over again; gives how many were handled. */
  replay(letters: readonly Pick<DeadLetter, 'sequence' | 'service'>[]): Promise<number>;
}
