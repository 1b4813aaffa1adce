import type { CustomerIdentity } from '@patchbay/contracts/contact/v1/contact';
import type { Logger } from '@patchbay/runtime/logger';
import type { EntryPointView } from './channel-adapter.ts';
import type { ChannelBus, ResourceChange } from './channel-bus.ts';
import { normaliseAddress } from './identity.ts';

/** A customer whose value the centre knows. */
export interface KnownCustomer {
  /** Name of the resource. */
  readonly customerId: string;
  /** 0 to 100. */
  readonly value: number;
  /** Seconds of waiting that it is worth. */
  readonly priority: number;
}

/** What the directory says that a channel needs, live. Works on while directory is down. */
export interface Centre {
  entryPoint(account: string): EntryPointView | undefined;
  entryPointByName(tenant: string, name: string): EntryPointView | undefined;
  entryPoints(): readonly EntryPointView[];
  onEntryPointChange(callback: (now: EntryPointView | undefined, previous: EntryPointView | undefined) => void): void;
  /** The customer with this identity, when the centre has one. */
  customer(tenant: string, identity: Pick<CustomerIdentity, 'type' | 'address'>): KnownCustomer | undefined;
  stop(): Promise<void>;
}

const identityKey = (tenant: string, type: string, address: string) => `${tenant}\0${type}\0${normaliseAddress(type, address)}`;
const nameKey = (tenant: string, name: string) => `${tenant}\0${name}`;

/**
 * Follows entry points of one channel and known customers. Of two entry points with one address the first by tenant and
 * name is used, on every replica the same one, and the other is logged.
 */
export async function openCentre(dependencies: { bus: ChannelBus; channel: string; identityType: string; log: Logger }): Promise<Centre> {
  const { bus, channel, identityType, log } = dependencies;
  const byName = new Map<string, EntryPointView>();
  const customers = new Map<string, KnownCustomer>();
  const identitiesOf = new Map<string, string[]>();
  const callbacks: ((now: EntryPointView | undefined, previous: EntryPointView | undefined) => void)[] = [];
  const normal = (account: string) => normaliseAddress(identityType === 'email' ? 'email' : 'account', account);

  function find(account: string): EntryPointView | undefined {
    const wanted = normal(account);
    const [first] = [...byName].filter(([, view]) => view.address === wanted).sort(([left], [right]) => (left < right ? -1 : 1));
    return first?.[1];
  }

  function changeEntryPoint({ tenant, name, resource }: ResourceChange): void {
    const key = nameKey(tenant, name);
    const previous = byName.get(key);
    const spec = resource?.spec?.$case === 'entryPoint' && resource.spec.value.channel === channel ? resource.spec.value : undefined;
    if (spec === undefined) {
      if (!byName.delete(key)) return;
      for (const callback of callbacks) callback(undefined, previous);
      return;
    }
    const address = normal(spec.address);
    const holder = find(address);
    if (holder !== undefined && holder !== previous) log.error('two entry points have one address', { tenant, entryPoint: name, other: holder.name });
    const { queue, plan, flow, settings, titles, secretNames } = spec;
    const view: EntryPointView = { tenant, name, address, queue, plan, flow, settings, titles, secretNames, revision: Number(resource?.revision ?? 0n) };
    byName.set(key, view);
    for (const callback of callbacks) callback(view, previous);
  }

  function changeCustomer({ tenant, name, resource }: ResourceChange): void {
    const key = nameKey(tenant, name);
    for (const identity of identitiesOf.get(key) ?? []) customers.delete(identity);
    identitiesOf.delete(key);
    if (resource?.spec?.$case !== 'customer') return;
    const { identities, value, priority } = resource.spec.value;
    const keys = identities.map((identity) => identityKey(tenant, identity.type, identity.address));
    for (const identity of keys) customers.set(identity, { customerId: name, value, priority });
    identitiesOf.set(key, keys);
  }

  const watching = await bus.watchResources(['EntryPoint', 'Customer'], (change) => {
    if (change.kind === 'EntryPoint') changeEntryPoint(change);
    else changeCustomer(change);
  });
  return {
    entryPoint: find,
    entryPointByName: (tenant, name) => byName.get(nameKey(tenant, name)),
    entryPoints: () => [...byName.values()],
    onEntryPointChange: (callback) => void callbacks.push(callback),
    customer: (tenant, { type, address }) => customers.get(identityKey(tenant, type, address)),
    stop: () => watching.stop(),
  };
}
