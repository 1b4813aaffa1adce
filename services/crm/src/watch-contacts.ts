import type { CallContext } from '@patchbay/bus/rpc-server';
import type { Contact, WatchContactsRequest, WatchContactsResponse } from '@patchbay/contracts/crm/v1/contact_service';
import { mayReadAll, ownAgent } from './access.ts';
import { crmError } from './errors.ts';
import type { ContactFilter, ContactStore } from './ports.ts';
import { readResumeToken, writeResumeToken } from './tokens.ts';

/** A transaction is never open longer than this, so a look back by it misses none that was not committed yet. */
const overlapMs = 20_000;
/** A watcher that was away longer begins again with a snapshot. */
const longestAwayMs = 6 * 86_400_000;
const bookmarkEveryMs = 10_000;
const pageSize = 500;
/** Contacts that may wait to be read for a slow watcher: they are ids, each once, so the table has a natural bound. */
type Wake = () => void;

function watchFilter(request: WatchContactsRequest, context: CallContext): ContactFilter {
  const agentId = mayReadAll(context.actor) ? request.agentId : ownAgent(context.actor);
  if (request.agentId !== '' && request.agentId !== agentId) throw crmError('CRM_NOT_ALLOWED');
  return {
    tenant: context.tenant,
    ...(request.contactIds.length === 0 ? {} : { contactIds: request.contactIds }),
    ...(agentId === '' ? {} : { agentId }),
  };
}

async function* listAll(store: ContactStore, filter: ContactFilter): AsyncGenerator<Contact> {
  let after: { startedAtMs: number; contactId: string } | undefined;
  for (;;) {
    const page = await store.list(filter, pageSize, after);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = { startedAtMs: last.startedAt?.getTime() ?? 0, contactId: last.contactId };
  }
}

/**
 * Streams records: the snapshot or what changed since the token, then each change of any replica. A record that changes
 * often comes as it stands when the reader is ready for it, so that a slow reader costs no memory.
 */
export async function* watchContacts(store: ContactStore, request: WatchContactsRequest, context: CallContext): AsyncGenerator<WatchContactsResponse> {
  const filter = watchFilter(request, context);
  const sent = new Map<string, bigint>();
  const changed = new Set<string>();
  let missed = false;
  let wake: Wake = () => {};
  const stopListening = store.onChange(
    ({ tenant, contactId }) => {
      if (tenant !== context.tenant) return;
      changed.add(contactId);
      wake();
    },
    () => {
      missed = true;
      wake();
    },
  );
  try {
    let seenMs = (await store.now()).getTime();
    const fresh = (contact: Contact): boolean => {
      if ((sent.get(contact.contactId) ?? -1n) >= contact.lastSequence) return false;
      sent.set(contact.contactId, contact.lastSequence);
      return true;
    };
    const response = (contact: Contact): WatchContactsResponse => ({ update: { $case: 'contact', value: contact }, resumeToken: writeResumeToken(seenMs) });
    const sinceMs = request.resumeToken === '' ? undefined : readResumeToken(request.resumeToken);
    if (sinceMs !== undefined && seenMs - sinceMs > longestAwayMs) throw crmError('RESUME_TOKEN_EXPIRED');
    const first = sinceMs === undefined ? { ...filter, openOnly: request.openOnly } : { ...filter, changedFrom: new Date(sinceMs - overlapMs) };
    for await (const contact of listAll(store, first)) if (fresh(contact)) yield response(contact);
    yield { update: { $case: 'snapshotDone', value: true }, resumeToken: writeResumeToken(seenMs) };
    while (!context.signal.aborted) {
      if (changed.size === 0 && !missed) await waitForWake((callback) => (wake = callback), context.signal);
      const now = (await store.now()).getTime();
      const ids = [...changed];
      changed.clear();
      const catchUp = missed;
      missed = false;
      const look = catchUp ? { ...filter, changedFrom: new Date(seenMs - overlapMs) } : { ...filter, contactIds: wantedIds(filter, ids) };
      if (catchUp || (look.contactIds?.length ?? 0) > 0) for await (const contact of listAll(store, look)) if (fresh(contact)) yield response(contact);
      seenMs = now;
      if (ids.length === 0 && !catchUp) yield { update: { $case: 'bookmark', value: true }, resumeToken: writeResumeToken(seenMs) };
    }
  } finally {
    stopListening();
  }
}

function wantedIds(filter: ContactFilter, ids: readonly string[]): string[] {
  return filter.contactIds === undefined ? [...ids] : ids.filter((id) => filter.contactIds?.includes(id));
}

/** Resolves when woken, after ten seconds for a bookmark, or at once when the caller goes away. */
function waitForWake(register: (wake: Wake) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      register(() => {});
      resolve();
    };
    const timer = setTimeout(finish, bookmarkEveryMs);
    signal.addEventListener('abort', finish, { once: true });
    register(finish);
    if (signal.aborted) finish();
  });
}
