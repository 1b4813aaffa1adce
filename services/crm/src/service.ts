import { connectBus } from '@patchbay/bus/connection';
import { consumeFacts } from '@patchbay/bus/consume-facts';
import { serveRpc } from '@patchbay/bus/rpc-server';
import { ensureTopology } from '@patchbay/bus/topology';
import { ContactServiceDefinition } from '@patchbay/contracts/crm/v1/contact_service';
import type { RunningService, ServiceContext } from '@patchbay/runtime/run-service';
import { createPostgresContactStore } from './adapters/postgres-contact-store.ts';
import type { CrmConfig } from './config.ts';
import { contactDomains, createFactProjector } from './project-facts.ts';
import { getContact, listContacts } from './read-contacts.ts';
import { endContact, holdOrRetrieve, sendMessage } from './steer-contact.ts';
import { watchContacts } from './watch-contacts.ts';

/** Starts the projection of contacts and the service over it. */
export async function startCrm(config: CrmConfig, { name, log, metrics, readiness }: ServiceContext): Promise<RunningService> {
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
  await ensureTopology(bus);
  const store = await createPostgresContactStore({ url: config.databaseUrl, poolSize: config.poolSize, log });
  const steering = { store, bus };
  const rpc = serveRpc(bus, ContactServiceDefinition, {
    listContacts: (request, context) => listContacts(store, request, context),
    getContact: (request, context) => getContact(store, bus, request, context),
    watchContacts: (request, context) => watchContacts(store, request, context),
    sendMessage: (request, context) => sendMessage(steering, request, context),
    endContact: (request, context) => endContact(steering, request, context),
    holdContact: (request, context) => holdOrRetrieve(steering, 'HoldContact', request, context),
    retrieveContact: (request, context) => holdOrRetrieve(steering, 'RetrieveContact', request, context),
  });
  const consumption = await consumeFacts(bus, { consumer: 'records', domains: contactDomains, handle: createFactProjector(store) });
  return {
    async stop() {
      await rpc.stop();
      await consumption.stop();
      await bus.drain();
      await store.close();
    },
  };
}
