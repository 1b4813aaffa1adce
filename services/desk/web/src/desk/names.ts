import { useMemo } from 'react';
import type { ContactView, PersonView } from '../../../src/domain/views.ts';
import { useDeskState } from '../connection/desk.ts';
import { maskAddress, titleIn } from '../format.ts';
import { hasText, useText, type Translate } from '../i18n.ts';
import { channelName } from '../ui/channel-icon.tsx';

/** Name of a customer for a list: the channel's, else the masked address. */
export function customerName(contact: ContactView | undefined, t: Translate): string {
  const { displayName = '', address = '' } = contact?.customer ?? {};
  return displayName || maskAddress(address) || t('conversation.anonymous');
}

/** Name of an agent with the number. */
export function agentName(agentId: string, people: Readonly<Record<string, PersonView>>): string {
  const person = people[agentId];
  if (person === undefined) return agentId;
  return person.agentNo === '' ? person.name : `${person.name} ${person.agentNo}`;
}

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
  return useMemo(
    () => ({
      queueName: (queue: string) => titleIn(queues[queue]?.titles, language, queue),
      channelName: (channel: string) => channelName(channel, channels, language, t),
      isVoice: (channel: string) => channels[channel]?.voice ?? channel === 'voice',
    }),
    [t, language, queues, channels],
  );
}
