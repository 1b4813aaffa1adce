import type { SessionView } from '../../../src/protocol.ts';
import { fetchSession, type SessionAnswer } from '../api.ts';
import { createStore } from '../connection/store.ts';
import { adoptPreferences } from './preferences.ts';

/** Whether somebody is signed in. */
export type SessionState =
  | { phase: 'loading' }
  | { phase: 'away'; error: unknown }
  | { phase: 'out'; tenant: string; ended: boolean }
  /** `fresh` right after the password was given. */
  | { phase: 'in'; session: SessionView; fresh: boolean };

export const sessionState = createStore<SessionState>({ phase: 'loading' });

/** Takes over what the desk said about the session. */
export async function adoptSession(answer: SessionAnswer, options: { fresh?: boolean; ended?: boolean } = {}): Promise<void> {
  if (answer.session === null) {
    sessionState.set({ phase: 'out', tenant: answer.tenant, ended: options.ended ?? false });
    return;
  }
  await adoptPreferences(answer.preferences, answer.session.language);
  sessionState.set({ phase: 'in', session: answer.session, fresh: options.fresh ?? false });
}

/** Asks the desk who is signed in. */
export async function loadSession(): Promise<void> {
  sessionState.set({ phase: 'loading' });
  try {
    await adoptSession(await fetchSession());
  } catch (error) {
    sessionState.set({ phase: 'away', error });
  }
}
