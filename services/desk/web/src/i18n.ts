import { createInstance, type i18n } from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { TextKey } from './locales/zh-cn.ts';

/** Languages of the user interface. */
export const languages = ['zh-CN', 'en'] as const;
export type Language = (typeof languages)[number];

/** A text by its name, with values filled in. */
export type Translate = (key: TextKey, values?: Record<string, string | number>) => string;

const loaders: Record<Language, () => Promise<Record<TextKey, string>>> = {
  'zh-CN': async () => (await import('./locales/zh-cn.ts')).zhCn,
  en: async () => (await import('./locales/en.ts')).en,
};

/** The language that fits a tag best; Chinese when nothing does. */
export function languageOf(tag: string | null | undefined): Language {
  return tag?.toLowerCase().startsWith('en') === true ? 'en' : 'zh-CN';
}

const instance: i18n = createInstance();

/** Loads a language and switches to it. Only the one in use is loaded. */
export async function switchLanguage(language: Language): Promise<void> {
  const texts = await loaders[language]();
  if (!instance.isInitialized) {
    await instance.use(initReactI18next).init({
      lng: language,
      fallbackLng: false,
      keySeparator: false,
      nsSeparator: false,
      interpolation: { escapeValue: false },
      resources: { [language]: { translation: texts } },
    });
  } else {
    instance.addResourceBundle(language, 'translation', texts);
    await instance.changeLanguage(language);
  }
  document.documentElement.lang = language;
}

export { instance as texts };

/** Texts for a component, in the language in use. */
export function useText(): { t: Translate; language: Language } {
  const { t, i18n } = useTranslation(undefined, { i18n: instance });
  return { t: t as unknown as Translate, language: languageOf(i18n.language) };
}

/** Whether there is a text of this name; codes of facts and errors grow faster than texts. */
export function hasText(key: string): key is TextKey {
  return instance.exists(key);
}
