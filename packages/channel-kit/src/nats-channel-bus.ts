import { serviceActor } from '@patchbay/bus/actor';
import { appendFacts } from '@patchbay/bus/append-facts';
import { consumeCommands, sendCommand } from '@patchbay/bus/commands';
import type { BusConnection } from '@patchbay/bus/connection';
import { consumeFacts } from '@patchbay/bus/consume-facts';
import { openKv } from '@patchbay/bus/kv';
import { mirrorKv } from '@patchbay/bus/kv-mirror';
import { openObjects } from '@patchbay/bus/objects';
import { readFacts } from '@patchbay/bus/read-facts';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { DirectoryServiceDefinition } from '@patchbay/contracts/directory/v1/directory_service';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { SurgeServiceDefinition } from '@patchbay/contracts/routing/v1/surge_service';
import type { ChannelBus } from './channel-bus.ts';

const secretsTimeoutMs = 5_000;
const surgesTimeoutMs = 1_000;

/** The real bus behind the kit's port. */
export async function createNatsChannelBus(connection: BusConnection): Promise<ChannelBus> {
  const directory = createRpcClient(connection, DirectoryServiceDefinition);
  const routing = createRpcClient(connection, SurgeServiceDefinition);
  const objects = await openObjects(connection, 'attachments');
  return {
    append: (facts) => appendFacts(connection, facts),
    read: ({ tenant, key, domain, fromSequence }) => readFacts(connection, { tenant, key, domains: [domain], fromSequence }),
    keyValue: (bucket) => openKv(connection, bucket),
    consumeFacts: (options) => consumeFacts(connection, options),
    consumeCommands: (options) => consumeCommands(connection, options),
    sendCommand: (options) => sendCommand(connection, options),
    async watchResources(kinds, onChange) {
      const mirrors = await Promise.all(
        kinds.map((kind) =>
          mirrorKv(connection, {
            bucket: 'directory',
            prefix: `*.${kind}`,
            decode: (bytes) => Resource.decode(bytes),
            onChange(key, resource) {
              const [tenant = '', , ...name] = key.split('.');
              onChange({ tenant, kind, name: name.join('.'), resource });
            },
          }),
        ),
      );
      return {
        stop() {
          for (const mirror of mirrors) mirror.stop();
          return Promise.resolve();
        },
      };
    },
    async getSecrets(tenant, entryPoint) {
      const answer = await directory.getSecrets({ entryPoint }, { tenant, actor: serviceActor(connection.name), timeoutMs: secretsTimeoutMs });
      return answer.secrets;
    },
    async listSurges(tenant) {
      const { surges } = await routing.listSurges({}, { tenant, actor: serviceActor(connection.name), timeoutMs: surgesTimeoutMs });
      return surges;
    },
    async putObject(name, bytes, { mime, name: fileName }) {
      return { ...(await objects.put(name, bytes, { mime })), name: fileName };
    },
    getObject: (name) => objects.get(name),
  };
}
