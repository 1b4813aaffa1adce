import { notifications } from '@mantine/notifications';
import { RequestError } from '../connection/link.ts';
import { hasText, texts, useText } from '../i18n.ts';
import type { TextKey } from '../locales/zh-cn.ts';

/** Text for an error: by its code, else by its kind. */
export function errorKey(thrown: unknown): TextKey {
  if (!(thrown instanceof RequestError)) return 'error.other';
  const { code, status } = thrown.error;
  for (const key of [`error.${code}`, `error.${status}`]) if (hasText(key)) return key;
  return 'error.other';
}

export function useErrorText(): (thrown: unknown) => string {
  const { t } = useText();
  return (thrown) => t(errorKey(thrown));
}

/** Says that something the user asked for did not work. */
export function tellFailure(thrown: unknown): void {
  const key = errorKey(thrown);
  notifications.show({ id: key, color: 'red', title: texts.t('fault.action'), message: texts.t(key) });
}

/** Runs what the user asked for; a failure is told. */
export function attempt(work: Promise<unknown>): void {
  work.catch(tellFailure);
}
