import type { RpcClient } from '@patchbay/bus/rpc-client';
import type { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import type { AnalyticsServiceDefinition } from '@patchbay/contracts/analytics/v1/analytics_service';
import type { Capabilities } from '@patchbay/contracts/channel/v1/capabilities';
import type { ContactServiceDefinition } from '@patchbay/contracts/crm/v1/contact_service';
import type { IdentityServiceDefinition } from '@patchbay/contracts/directory/v1/identity_service';
import type { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { QualityServiceDefinition } from '@patchbay/contracts/quality/v1/quality_service';
import type { RecordingServiceDefinition } from '@patchbay/contracts/recording/v1/recording_service';
import type { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import type { SteeringServiceDefinition } from '@patchbay/contracts/routing/v1/steering_service';
import type { StoryFact } from './domain/story.ts';

/** A fact with the aggregate it belongs to. */
export type ContactFact = StoryFact & { readonly key: string };

/** The services behind the desk. */
export interface Services {
  identity: Pick<RpcClient<typeof IdentityServiceDefinition>, 'signIn' | 'refreshToken' | 'getSigningKeys'>;
  agents: RpcClient<typeof AgentServiceDefinition>;
  routing: RpcClient<typeof RoutingServiceDefinition>;
  steering: RpcClient<typeof SteeringServiceDefinition>;
  contacts: RpcClient<typeof ContactServiceDefinition>;
  recordings: RpcClient<typeof RecordingServiceDefinition>;
  quality: RpcClient<typeof QualityServiceDefinition>;
  analytics: RpcClient<typeof AnalyticsServiceDefinition>;
}

/** The stories of contacts, as the stream of facts tells them. */
export interface FactLog {
  /** Facts of one contact in stream order, as far as the stream keeps them; empty for a contact it does not know (any more). */
  read(tenant: string, contactId: string): Promise<ContactFact[]>;
  /** Sequence of the last fact stored now. */
  position(): Promise<number>;
  /** Facts of all contacts of a tenant in stream order, those after a sequence first, then live. A lost connection is bridged. */
  watch(tenant: string, afterSequence: number, signal: AbortSignal): AsyncIterable<ContactFact>;
  /** Whether the stream can be reached now. */
  connected(): boolean;
}

/** Configuration of the centres, kept up to date. */
export interface Directory {
  /** Resources of a tenant. */
  resources(tenant: string): Iterable<Resource>;
  /** One resource, or undefined. */
  resource(tenant: string, kind: string, name: string): Resource | undefined;
  /** What the channels can do. */
  channels(): Iterable<Capabilities>;
  /** Calls back with the tenant after a change of its resources, with undefined after a change of a channel. Returns how to stop. */
  onChange(listener: (tenant: string | undefined) => void): () => void;
}

/** What a user set for themselves. */
export interface Preferences {
  /** Language tag; empty for the user resource's. */
  language: string;
  /** `light`, `dark` or `auto`. */
  theme: string;
}

/** Preferences by tenant and user. */
export interface PreferenceStore {
  read(tenant: string, user: string): Promise<Preferences>;
  write(tenant: string, user: string, preferences: Preferences): Promise<void>;
}

/** Files of messages. */
export interface AttachmentStore {
  /** Bytes of an object in order. NOT_FOUND when there is none. */
  read(object: string): Promise<AsyncIterable<Uint8Array>>;
}

/** Everything outside the desk. */
export interface Backend {
  services: Services;
  facts: FactLog;
  directory: Directory;
  preferences: PreferenceStore;
  attachments: AttachmentStore;
}
