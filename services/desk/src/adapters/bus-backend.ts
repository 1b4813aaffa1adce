import type { BusConnection } from '@patchbay/bus/connection';
import { openKv, type Kv } from '@patchbay/bus/kv';
import { mirrorKv, type KvMirror } from '@patchbay/bus/kv-mirror';
import { openObjects } from '@patchbay/bus/objects';
import { readFacts } from '@patchbay/bus/read-facts';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import type { Domain } from '@patchbay/bus/subjects';
import { factRange, watchFacts } from '@patchbay/bus/watch-facts';
import { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import { AnalyticsServiceDefinition } from '@patchbay/contracts/analytics/v1/analytics_service';
import { Capabilities } from '@patchbay/contracts/channel/v1/capabilities';
import { ContactServiceDefinition } from '@patchbay/contracts/crm/v1/contact_service';
import { IdentityServiceDefinition } from '@patchbay/contracts/directory/v1/identity_service';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { QualityServiceDefinition } from '@patchbay/contracts/quality/v1/quality_service';
import { RecordingServiceDefinition } from '@patchbay/contracts/recording/v1/recording_service';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { SteeringServiceDefinition } from '@patchbay/contracts/routing/v1/steering_service';
import type { Backend, Directory, Preferences, PreferenceStore, Services } from '../ports.ts';

/** Domains whose facts are keyed by contact. */
const contactDomains: readonly Domain[] = ['contact', 'routing', 'message', 'voice', 'recording', 'quality'];

function busServices(connection: BusConnection): Services {
  return {
    identity: createRpcClient(connection, IdentityServiceDefinition),
    agents: createRpcClient(connection, AgentServiceDefinition),
    routing: createRpcClient(connection, RoutingServiceDefinition),
    steering: createRpcClient(connection, SteeringServiceDefinition),
    contacts: createRpcClient(connection, ContactServiceDefinition),
    recordings: createRpcClient(connection, RecordingServiceDefinition),
    quality: createRpcClient(connection, QualityServiceDefinition),
    analytics: createRpcClient(connection, AnalyticsServiceDefinition),
  };
}

/** Keys are `<tenant>.<Kind>.<name>`; a name may have dots of its own. */
function tenantOf(key: string): string {
  return key.slice(0, key.indexOf('.'));
}

/** Resources of all tenants, by tenant, so that a tenant's are found without looking at the others'. */
async function mirrorDirectory(connection: BusConnection): Promise<Directory & { stop(): void }> {
  const listeners = new Set<(tenant: string | undefined) => void>();
  const byTenant = new Map<string, Map<string, Resource>>();
  const tell = (tenant: string | undefined) => {
    for (const listener of listeners) listener(tenant);
  };
  const resources = await mirrorKv(connection, {
    bucket: 'directory',
    prefix: '',
    decode: (bytes) => Resource.decode(bytes),
    onChange(key, resource) {
      const tenant = tenantOf(key);
      const own = byTenant.get(tenant) ?? new Map<string, Resource>();
      byTenant.set(tenant, own);
      if (resource === undefined) own.delete(key);
      else own.set(key, resource);
      tell(tenant);
    },
  });
  const channels: KvMirror<Capabilities> = await mirrorKv(connection, {
    bucket: 'channel-capabilities',
    prefix: '',
    decode: (bytes) => Capabilities.decode(bytes),
    onChange: () => void tell(undefined),
  });
  return {
    resources: (tenant) => byTenant.get(tenant)?.values() ?? [],
    resource: (tenant, kind, name) => byTenant.get(tenant)?.get(`${tenant}.${kind}.${name}`),
    channels: () => channels.values(),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop() {
      resources.stop();
      channels.stop();
    },
  };
}

function kvPreferences(kv: Kv): PreferenceStore {
  // User names may hold signs that a key cannot.
  const keyOf = (tenant: string, user: string) => `preferences.${tenant}.${Buffer.from(user).toString('hex')}`;
  return {
    async read(tenant, user) {
      const entry = await kv.get(keyOf(tenant, user));
      const none: Preferences = { language: '', theme: '' };
      return entry === undefined ? none : { ...none, ...(JSON.parse(Buffer.from(entry.value).toString('utf8')) as Partial<Preferences>) };
    },
    async write(tenant, user, preferences) {
      await kv.put(keyOf(tenant, user), Buffer.from(JSON.stringify(preferences)));
    },
  };
}

/** The backend over the bus. `connected` says whether NATS can be reached now. */
export async function createBusBackend(connection: BusConnection, connected: () => boolean): Promise<Backend & { stop(): void }> {
  const [directory, preferences, attachments] = await Promise.all([
    mirrorDirectory(connection),
    openKv(connection, 'desk-state'),
    openObjects(connection, 'attachments'),
  ]);
  return {
    services: busServices(connection),
    facts: {
      read: (tenant, contactId) => readFacts(connection, { tenant, key: contactId, domains: contactDomains }),
      position: async () => (await factRange(connection)).last,
      watch: (tenant, afterSequence, signal) => watchFacts(connection, { tenant, domains: contactDomains, fromSequence: afterSequence + 1, signal }),
      connected,
    },
    directory,
    preferences: kvPreferences(preferences),
    attachments: { read: (object) => Promise.resolve(attachments.stream(object)) },
    stop: directory.stop,
  };
}
