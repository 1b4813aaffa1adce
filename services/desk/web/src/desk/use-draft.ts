import { useSyncExternalStore } from 'react';
import { useDesk } from '../connection/desk.ts';

const listeners = new Set<() => void>();

/** The draft of a contact: kept in the browser, so that neither a reload nor a restarted server loses it. */
export function useDraft(contactId: string): [draft: string, setDraft: (text: string) => void] {
  const { drafts } = useDesk();
  const draft = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => drafts.get(contactId) ?? '',
  );
  const setDraft = (text: string) => {
    if (text === '') drafts.remove(contactId);
    else drafts.put(contactId, text);
    for (const listener of [...listeners]) listener();
  };
  return [draft, setDraft];
}
