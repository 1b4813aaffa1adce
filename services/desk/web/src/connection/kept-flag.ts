import { createStore, type Store } from './store.ts';

/** A choice between yes and no that this browser remembers. */
export interface KeptFlag {
  store: Store<boolean>;
  toggle(): void;
}

/** Yes until the user says no. */
export function createKeptFlag(key: string): KeptFlag {
  const read = () => {
    try {
      return localStorage.getItem(key) !== 'off';
    } catch {
      // Nothing can be kept: as from the start.
      return true;
    }
  };
  const store = createStore(read());
  return {
    store,
    toggle() {
      store.update((now) => !now);
      try {
        localStorage.setItem(key, store.get() ? 'on' : 'off');
      } catch {
        // The choice then holds for this page only.
      }
    },
  };
}
