import { serviceActor } from '@patchbay/bus/actor';
import type { BusConnection } from '@patchbay/bus/connection';
import { mirrorKv } from '@patchbay/bus/kv-mirror';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { IdentityServiceDefinition } from '@patchbay/contracts/directory/v1/identity_service';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { busError } from '@patchbay/bus/errors';
import type { IdentitySource } from '../ports.ts';

/** Keys and tokens belong to no tenant before they are read; no tenant has this name. */
const noTenant = '_';
const timeoutMs = 5_000;

/** The directory over the bus, and its users live in memory. */
export async function createBusIdentity(connection: BusConnection): Promise<IdentitySource & { stop(): void }> {
  const client = createRpcClient(connection, IdentityServiceDefinition);
  const call = { tenant: noTenant, actor: serviceActor('api'), timeoutMs };
  const users = await mirrorKv(connection, { bucket: 'directory', prefix: '*.User', decode: (bytes) => Resource.decode(bytes).spec });
  return {
    async signingKeys() {
      return (await client.getSigningKeys({}, call)).jwksJson;
    },
    async verifyApiKey(apiKey) {
      const { principal } = await client.verifyApiKey({ apiKey }, call);
      if (principal === undefined) throw busError('BUS_BAD_RESPONSE');
      return principal;
    },
    findUser(tenant, user) {
      const spec = users.get(`${tenant}.User.${user}`);
      return spec?.$case === 'user' ? spec.value : undefined;
    },
    stop() {
      users.stop();
    },
  };
}
