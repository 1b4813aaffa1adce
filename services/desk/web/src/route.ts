import { createStore, useStore } from './connection/store.ts';

/** Where the user is. */
export type Route = { page: 'home' } | { page: 'desk'; contactId: string } | { page: 'wall' } | { page: 'unknown' };

/** The place that a path names. */
export function parsePath(path: string): Route {
  const [, page = '', rest = ''] = path.split('/');
  if (page === '' || page === 'sign-in') return { page: 'home' };
  if (page === 'desk') return { page: 'desk', contactId: rest };
  return page === 'wall' ? { page: 'wall' } : { page: 'unknown' };
}

const path = createStore(typeof location === 'undefined' ? '/' : location.pathname);

/** Goes to a path; `replace` leaves no step behind. */
export function goTo(next: string, replace = false): void {
  if (next === path.get()) return;
  if (replace) history.replaceState(null, '', next);
  else history.pushState(null, '', next);
  path.set(next);
}

/** Follows the browser's own back and forward. */
export function followHistory(): void {
  addEventListener('popstate', () => {
    path.set(location.pathname);
  });
}

export function useRoute(): Route {
  return parsePath(useStore(path, (now) => now));
}
