import { useEffect, useRef } from 'react';
import { createKeptFlag } from '../connection/kept-flag.ts';

/** Whether single keys act: people who speak to their computer turn them off (WCAG 2.2, 2.1.4). */
export const shortcutKeys = createKeptFlag('patchbay.keys');

/** Whether a key press belongs to somebody who is writing, an input method included. */
export function isWriting(event: Pick<KeyboardEvent, 'isComposing' | 'keyCode' | 'target'>): boolean {
  // 229: browsers that report a composing key without saying so (UI Events, section 7.3.1).
  if (event.isComposing || event.keyCode === 229) return true;
  const target = event.target as { tagName?: string; isContentEditable?: boolean } | null;
  return target?.isContentEditable === true || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target?.tagName ?? '');
}

/** Does something at a single key, while nobody writes and no other key is held; undefined leaves the key alone. */
export function useShortcut(key: string, action: (() => void) | undefined): void {
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const act = latest.current;
      if (act === undefined || event.key.toLowerCase() !== key || !shortcutKeys.store.get()) return;
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || isWriting(event)) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', press);
    return () => {
      removeEventListener('keydown', press);
    };
  }, [key]);
}
