import { useEffect, useRef } from 'react';

/** Whether a key press belongs to somebody who is writing, an input method included. */
export function isWriting(event: Pick<KeyboardEvent, 'isComposing' | 'keyCode' | 'target'>): boolean {
  // 229: browsers that report a composing key without saying so (UI Events, section 7.3.1).
  if (event.isComposing || event.keyCode === 229) return true;
  const target = event.target as { tagName?: string; isContentEditable?: boolean } | null;
  return target?.isContentEditable === true || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target?.tagName ?? '');
}

/** A accepts and R rejects, while nobody writes and no other key is held. */
export function useOfferKeys(options: { enabled: boolean; accept: (() => Promise<void>) | undefined; reject: () => Promise<void> }): void {
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { enabled, accept, reject } = latest.current;
      if (!enabled || event.repeat || event.ctrlKey || event.metaKey || event.altKey || isWriting(event)) return;
      const action = { a: accept, r: reject }[event.key.toLowerCase()];
      if (action === undefined) return;
      event.preventDefault();
      void action();
    };
    addEventListener('keydown', press);
    return () => {
      removeEventListener('keydown', press);
    };
  }, []);
}
