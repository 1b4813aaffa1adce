import { useMemo } from 'react';
import type { ContactView, PersonView } from '../../../src/domain/views.ts';
import { useDeskState } from '../connection/desk.ts';
import { titleIn } from '../format.ts';
import { hasText, useText, type Language, type Translate } from '../i18n.ts';
import { channelName } from '../ui/channel-icon.tsx';
import { nameOfCustomer, nameWithNumber } from './naming.ts';

/** Name of a contact's customer. */
export function customerName(contact: ContactView | undefined, t: Translate): string {
  return contact === undefined ? t('conversation.anonymous') : nameOfCustomer(contact.customer, t);
}

/** Name of an agent with the number. */
export function agentName(agentId: string, people: Readonly<Record<string, PersonView>>): string {
  const person = people[agentId];
  return person === undefined ? agentId : nameWithNumber(person.name, person.agentNo);
}

/** Name and value of call data as people say it; data of the centre's own keep their names. */
export function attributeText({ name, value }: { name: string; value: string }, language: Language, t: Translate): { label: string; text: string } {
  const key = `attribute.${name}`;
  const label = hasText(key) ? t(key) : name;
  if (name !== 'language') return { label, text: value };
  try {
    return { label, text: new Intl.DisplayNames(language, { type: 'language' }).of(value) ?? value };
  } catch {
    // Channels pass on what a browser claims; what is no language tag is shown as it came.
    return { label, text: value };
  }
}

/** What a break can be for. */
export const breakReasons = ['meal', 'meeting', 'training', 'rest'] as const;

/** Text of a reason code; the code itself when there is none. */
export function reasonText(reason: string, t: Translate): string {
  const key = `reason.${reason}`;
  return hasText(key) ? t(key) : reason;
}

/** Names of queues and channels in the language in use. */
export function useNames() {
  const { t, language } = useText();
  const queues = useDeskState((state) => state.catalogue.queues);
  const channels = useDeskState((state) => state.catalogue.channels);
  const entryPoints = useDeskState((state) => state.catalogue.entryPoints);
  const teams = useDeskState((state) => state.catalogue.teams);
  return useMemo(
    () => ({
      queueName: (queue: string) => titleIn(queues[queue]?.titles, language, queue),
      channelName: (channel: string) => channelName(channel, channels, language, t),
      entryPointName: (entryPoint: string) => titleIn(entryPoints[entryPoint], language, entryPoint),
      teamName: (team: string) => titleIn(teams[team], language, team),
      isVoice: (channel: string) => channels[channel]?.voice ?? channel === 'voice',
    }),
    [t, language, queues, channels, entryPoints, teams],
  );
}
