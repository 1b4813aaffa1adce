import { randomBytes } from 'node:crypto';
import { connectBus } from '@patchbay/bus/connection';
import { serveRpc } from '@patchbay/bus/rpc-server';
import { ensureTopology } from '@patchbay/bus/topology';
import { DirectoryServiceDefinition } from '@patchbay/contracts/directory/v1/directory_service';
import { IdentityServiceDefinition } from '@patchbay/contracts/directory/v1/identity_service';
import type { RunningService, ServiceContext } from '@patchbay/runtime/run-service';
import { createArgon2Hasher } from './adapters/argon2-hasher.ts';
import { createBusAnnouncer } from './adapters/bus-announcer.ts';
import { createKvResourceMirror, createKvResourceStore } from './adapters/kv-resource-store.ts';
import { createKvVault } from './adapters/kv-vault.ts';
import { createLeaseLock } from './adapters/lease-lock.ts';
import { createWorkerParser } from './adapters/worker-parser.ts';
import { bootstrap } from './bootstrap.ts';
import type { DirectoryConfig } from './config.ts';
import { defaultLockOutPolicy } from './domain/lock-out.ts';
import { createApiKeys } from './identity/api-keys.ts';
import { createSigningKeys } from './identity/signing-keys.ts';
import { createTokens } from './identity/tokens.ts';
import { createIdentityHandlers } from './identity-handlers.ts';
import { createResourceHandlers } from './resource-handlers.ts';
import { createWriter } from './resources/writer.ts';

/** How often it is looked whether the signing key is due for a new one, milliseconds. */
const rotateEveryMs = 6 * 3_600_000;
/** How often a change that was cut off by a lost connection is tried again, milliseconds. */
const healEveryMs = 5_000;

export async function startDirectory(config: DirectoryConfig, { name, log, metrics, readiness }: Pick<ServiceContext, 'name' | 'log' | 'metrics' | 'readiness'>): Promise<RunningService> {
  const bus = await connectBus({
    servers: config.natsUrl,
    name,
    log,
    metrics,
    replicas: config.replicas,
    onConnected: (connected) => {
      readiness.set('bus', connected);
    },
  });
  const { clock, ids } = bus;
  await ensureTopology(bus);
  const vault = await createKvVault(bus);
  const store = await createKvResourceStore(bus);
  const mirror = await createKvResourceMirror(bus);
  const hasher = createArgon2Hasher();
  const parser = createWorkerParser();
  const writer = createWriter({ lock: createLeaseLock(bus), vault, store, announcer: createBusAnnouncer(bus) });
  const healed = await writer.heal();
  if (healed > 0) log.info('unfinished changes were finished', { changes: healed });
  await bootstrap({ store, vault, writer, hasher, clock, ids, log }, config);
  const keys = createSigningKeys({ vault, clock, ids });
  await keys.rotate();
  const rotation = setInterval(() => {
    keys.rotate().catch((error: unknown) => {
      log.warn('signing key was not rotated', { error });
    });
  }, rotateEveryMs);
  const healing = setInterval(() => {
    if (!writer.isBehind()) return;
    writer.heal().catch((error: unknown) => {
      log.warn('unfinished change could not be finished yet', { error });
    });
  }, healEveryMs);
  const identity = {
    vault,
    mirror,
    hasher,
    keys,
    tokens: createTokens({ keys, clock, ids }),
    apiKeys: createApiKeys({ vault, mirror, clock }),
    clock,
    metrics,
    policy: defaultLockOutPolicy,
    decoyHash: await hasher.hash(randomBytes(16).toString('hex')),
  };
  const servers = [
    serveRpc(bus, DirectoryServiceDefinition, createResourceHandlers({ parser, store, vault, writer, hasher, clock, ids, mirror })),
    serveRpc(bus, IdentityServiceDefinition, createIdentityHandlers(identity)),
  ];
  return {
    async stop() {
      clearInterval(rotation);
      clearInterval(healing);
      await Promise.all(servers.map((server) => server.stop()));
      mirror.stop();
      await parser.stop();
      await bus.drain();
    },
  };
}
