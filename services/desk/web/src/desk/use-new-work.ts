import { useEffect, useRef } from 'react';
import type { SlotView } from '../../../src/domain/views.ts';
import { goTo } from '../route.ts';

/**
 * Opens a contact that just came into the agent's hands, unless another one is being worked on: nobody is torn away from
 * a half-written answer.
 */
export function useNewWork(work: readonly SlotView[] | undefined, selected: string): void {
  const known = useRef<ReadonlySet<string> | undefined>(undefined);
  useEffect(() => {
    // Until the agent is known, nothing is new.
    if (work === undefined) return;
    const before = known.current;
    const now = new Set(work.map((slot) => slot.contactId));
    known.current = now;
    if (before === undefined) return;
    const fresh = work.find((slot) => !before.has(slot.contactId));
    const busy = work.some((slot) => slot.contactId === selected && slot.activity === 'engaged');
    if (fresh !== undefined && !busy) goTo(`/desk/${fresh.contactId}`);
  }, [work, selected]);
}
