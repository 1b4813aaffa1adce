import type { BusConnection } from '@patchbay/bus/connection';
import { mirrorKv } from '@patchbay/bus/kv-mirror';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import type { FlowDefinition } from '@patchbay/flow/definition';
import { isOpenAt } from '@patchbay/flow/opening-hours';
import { parseFlow } from '@patchbay/flow/parse-flow';
import type { CentreView } from '../../ports.ts';

/** A resource with its place. */
interface Placed {
  readonly tenant: string;
  readonly name: string;
  readonly resource: Resource;
}

const usedKinds = ['EntryPoint', 'Flow', 'Hours', 'Agent', 'Tenant', 'Customer', 'Queue'] as const;
const fallbackTimeZone = 'UTC';

function placeOf(key: string): { tenant: string; name: string } {
  const [tenant = '', , ...name] = key.split('.');
  return { tenant, name: name.join('.') };
}

/** Keys of a telephone and the signs that people write between them. */
const dialledPattern = /^\+?[0-9*#() .-]{1,64}$/;

/** What a number is dialled as: `+86…` and `0086…` stay what the trunk sends, only signs that are no keys go. */
export function normaliseDialled(dialled: string): string {
  return dialled.replaceAll(/[^0-9*#]/g, '');
}

const isGiven = (text: string) => text !== '';
const callerKey = (tenant: string, number: string) => `${tenant} ${number.replaceAll(/[^0-9]/g, '')}`;

/** The directory's resources that voice uses, live; goes on while the directory itself is down. */
export async function createKvCentre(bus: BusConnection): Promise<CentreView & { stop(): void }> {
  const flows = new Map<string, { readonly flow: FlowDefinition; readonly revision: bigint } | undefined>();
  const byNumber = new Map<string, Placed[]>();
  const byPhone = new Map<string, Placed[]>();
  const byCaller = new Map<string, Placed[]>();
  const zones = new Map<string, string>();
  const tables = new Map<string, Map<string, Placed>>();

  /** Keeps an index from a field to the resources that have it, by name. */
  function reindex(index: Map<string, Placed[]>, placed: Placed, before: readonly string[], now: readonly string[]): void {
    const isOther = (other: Placed) => other.tenant !== placed.tenant || other.name !== placed.name;
    for (const key of before) {
      const others = (index.get(key) ?? []).filter(isOther);
      if (others.length === 0) index.delete(key);
      else index.set(key, others);
    }
    for (const key of now) index.set(key, [...(index.get(key) ?? []).filter(isOther), placed].sort((left, right) => (left.name < right.name ? -1 : 1)));
  }

  const numberOf = (resource: Resource | undefined) =>
    resource?.spec?.$case === 'entryPoint' && resource.spec.value.channel === 'voice' ? [normaliseDialled(resource.spec.value.address)].filter(isGiven) : [];
  const phoneOf = (resource: Resource | undefined) => (resource?.spec?.$case === 'agent' ? [resource.spec.value.sipUsername].filter(isGiven) : []);
  const callersOf = (tenant: string, resource: Resource | undefined) =>
    resource?.spec?.$case === 'customer' ? resource.spec.value.identities.filter(({ type }) => type === 'tel').map(({ address }) => callerKey(tenant, address)) : [];

  function takeFlow(key: string, resource: Resource | undefined): void {
    if (resource?.spec?.$case !== 'flow') {
      flows.delete(key);
      return;
    }
    const parsed = parseFlow(resource.spec.value.definitionJson);
    if ('flow' in parsed) flows.set(key, { flow: parsed.flow, revision: resource.revision });
    else {
      flows.delete(key);
      bus.log.error('flow does not parse', { code: 'VOICE_BAD_FLOW', flow: key, faults: parsed.faults.slice(0, 10).map(({ path, message }) => `${path.join('.')}: ${message}`) });
    }
  }

  const mirrors = await Promise.all(
    usedKinds.map((kind) => {
      const table = new Map<string, Placed>();
      tables.set(kind, table);
      return mirrorKv(bus, {
        bucket: 'directory',
        prefix: `*.${kind}`,
        decode: (bytes) => Resource.decode(bytes),
        onChange(key, resource, previous) {
          const { tenant, name } = placeOf(key);
          const place = `${tenant}.${name}`;
          if (resource === undefined) table.delete(place);
          else table.set(place, { tenant, name, resource });
          const placed: Placed = { tenant, name, resource: resource ?? Resource.fromPartial({}) };
          if (kind === 'EntryPoint') reindex(byNumber, placed, numberOf(previous), numberOf(resource));
          if (kind === 'Agent') reindex(byPhone, placed, phoneOf(previous), phoneOf(resource));
          if (kind === 'Customer') reindex(byCaller, placed, callersOf(tenant, previous), callersOf(tenant, resource));
          if (kind === 'Flow') takeFlow(place, resource);
          if (kind === 'Tenant') zones.set(tenant, resource?.spec?.$case === 'tenant' ? resource.spec.value.timeZone : fallbackTimeZone);
        },
      });
    }),
  );

  const specOf = (kind: (typeof usedKinds)[number], tenant: string, name: string) => tables.get(kind)?.get(`${tenant}.${name}`)?.resource.spec;

  return {
    entryPointOf(dialled) {
      // A name with digits in it is no number: nobody dialled 4000 by `4000>`.
      const [found] = dialledPattern.test(dialled) ? (byNumber.get(normaliseDialled(dialled)) ?? []) : [];
      return found?.resource.spec?.$case === 'entryPoint' ? { tenant: found.tenant, name: found.name, spec: found.resource.spec.value } : undefined;
    },
    flow: (tenant, name) => flows.get(`${tenant}.${name}`),
    isOpen(tenant, name) {
      const hours = specOf('Hours', tenant, name);
      if (hours?.$case !== 'hours') return true;
      try {
        return isOpenAt(hours.value, bus.clock.nowMs(), zones.get(tenant) || fallbackTimeZone);
      } catch (error) {
        bus.log.error('hours have a time zone that is not known', { error, tenant, hours: name });
        return true;
      }
    },
    agent(tenant, agentId) {
      const agent = specOf('Agent', tenant, agentId);
      return agent?.$case === 'agent' ? agent.value : undefined;
    },
    customerWithNumber(tenant, number) {
      const [found] = number === '' ? [] : (byCaller.get(callerKey(tenant, number)) ?? []);
      return found?.resource.spec?.$case === 'customer' ? { customerId: found.name, value: found.resource.spec.value.value } : undefined;
    },
    forbidsCalls(tenant, number) {
      const known = number === '' ? [] : (byCaller.get(callerKey(tenant, number)) ?? []);
      return known.some(({ resource }) => resource.spec?.$case === 'customer' && resource.spec.value.doNotCall);
    },
    hasQueue: (tenant, name) => specOf('Queue', tenant, name) !== undefined,
    entryPointNamed(tenant, name) {
      const found = specOf('EntryPoint', tenant, name);
      return found?.$case === 'entryPoint' && found.value.channel === 'voice' ? found.value : undefined;
    },
    agentsWithPhone: (sipUsername) => (byPhone.get(sipUsername) ?? []).map(({ tenant, name }) => ({ tenant, agentId: name })),
    stop() {
      for (const mirror of mirrors) mirror.stop();
    },
  };
}
