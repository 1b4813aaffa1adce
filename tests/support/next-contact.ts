import type { BusConnection } from '@patchbay/bus/connection';
import { watchFacts } from '@patchbay/bus/watch-facts';

/** Does something and gives the contact that begins upon it. */
export async function nextContact(bus: BusConnection, tenant: string, act: () => Promise<unknown>): Promise<string> {
  const stop = new AbortController();
  const started = (async () => {
    for await (const fact of watchFacts(bus, { tenant, domains: ['contact'], signal: stop.signal })) if (fact.type === 'patchbay.contact.v1.ContactStarted') return fact.key;
    throw new Error('the watch ended');
  })();
  await act();
  const contactId = await started;
  stop.abort();
  return contactId;
}
