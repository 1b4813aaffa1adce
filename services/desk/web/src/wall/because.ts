import type { WaitingContactView } from '../../../src/domain/explanation-views.ts';
import { hasText, type Translate } from '../i18n.ts';

/** Why a contact still waits, in short. */
export function becauseText({ because, agentName }: Pick<WaitingContactView, 'because' | 'agentName'>, t: Translate): string {
  const key = `because.${because}`;
  const text = hasText(key) ? t(key) : because;
  return agentName === '' ? text : `${text} · ${agentName}`;
}
