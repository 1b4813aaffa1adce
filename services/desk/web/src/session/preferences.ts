import { savePreferences, type Preferences } from '../api.ts';
import { createStore } from '../connection/store.ts';
import { languageOf, switchLanguage, type Language } from '../i18n.ts';

const languageKey = 'patchbay.language';

/** Preferences of the user who is signed in; kept by the desk, so that they follow the user to another computer. */
export const preferences = createStore<Preferences>({ language: '', theme: '' });

/** Language last used in this browser, for the sign-in page. */
export function storedLanguage(): string | null {
  try {
    return localStorage.getItem(languageKey);
  } catch {
    // A browser that keeps nothing has no last language.
    return null;
  }
}

function storeLanguage(language: Language): void {
  try {
    localStorage.setItem(languageKey, language);
  } catch {
    // The language then holds for this page only.
  }
}

/** Takes over what the user set before; the user resource's language when nothing was set. */
export async function adoptPreferences(kept: Preferences, userLanguage: string): Promise<void> {
  preferences.set(kept);
  const wanted = kept.language || userLanguage;
  if (wanted === '') return;
  const language = languageOf(wanted);
  storeLanguage(language);
  await switchLanguage(language);
}

/** Switches the language now and for later; while nobody is signed in, for this browser only. */
export async function chooseLanguage(language: Language, signedIn: boolean): Promise<void> {
  storeLanguage(language);
  await switchLanguage(language);
  preferences.update((now) => ({ ...now, language }));
  // Losing a preference is no reason to disturb anybody.
  if (signedIn) await savePreferences(preferences.get()).catch(() => undefined);
}

/** Keeps the choice of light or dark. */
export async function chooseTheme(theme: 'light' | 'dark' | 'auto'): Promise<void> {
  preferences.update((now) => ({ ...now, theme }));
  await savePreferences(preferences.get()).catch(() => undefined);
}
