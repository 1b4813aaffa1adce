import { Button } from '@mantine/core';
import { IconCircleX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { ContactView, ParkedView, SlotView, TimelineItem } from '../../../src/domain/views.ts';
import { newCommandId, useDesk } from '../connection/desk.ts';
import { useText } from '../i18n.ts';
import { ChannelIcon } from '../ui/channel-icon.tsx';
import { attempt } from '../ui/errors.ts';
import { Since } from '../ui/timers.tsx';
import { callKind } from './call-kind.ts';
import { CallView } from './call-view.tsx';
import { Composer } from './composer.tsx';
import { LeftMessage } from './left-message.tsx';
import { customerName, useNames } from './names.ts';
import { ParkButton, ParkedBanner } from './park.tsx';
import { PromiseChip } from './promise.tsx';
import { useShortcut } from './shortcuts.ts';
import { Timeline } from './timeline.tsx';
import styles from './conversation.module.css';

const confirmMs = 4_000;

/** Ends the contact at the second press: once ended it cannot be taken back. */
function EndButton({ contactId }: { contactId: string }) {
  const { t } = useText();
  const desk = useDesk();
  const [armed, setArmed] = useState(false);
  useEffect(() => {
    if (!armed) return;
    const timer = setTimeout(() => {
      setArmed(false);
    }, confirmMs);
    return () => {
      clearTimeout(timer);
    };
  }, [armed]);
  const press = () => {
    if (armed) attempt(desk.request('contact.end', { contactId, commandId: newCommandId(desk.clock.nowMs()) }));
    setArmed(!armed);
  };
  useShortcut('e', press);
  return (
    <Button size="sm" variant={armed ? 'filled' : 'default'} color={armed ? 'red.9' : 'gray'} leftSection={<IconCircleX size={16} aria-hidden />} onClick={press} data-testid="end-contact">
      {t(armed ? 'conversation.endConfirm' : 'conversation.end')}
    </Button>
  );
}

interface ConversationProps {
  contact: ContactView;
  items: readonly TimelineItem[];
  subject: string;
  /** Set while the agent has it in hand. */
  slot: SlotView | undefined;
  /** Set while the agent has put it aside. */
  parked: ParkedView | undefined;
}

function ConversationHeader({ contact, items, slot, parked, subject }: ConversationProps) {
  const { t } = useText();
  const { queueName, channelName, isVoice } = useNames();
  const ended = contact.endedMs !== null;
  return (
    <header className={styles['header']}>
      <ChannelIcon channel={contact.channel} size={40} />
      <div className={styles['title']}>
        <h2>{customerName(contact, t)}</h2>
        <p>
          {channelName(contact.channel)} · {queueName(contact.queue)}
          {subject !== '' && ` · ${subject}`}
        </p>
      </div>
      <PromiseChip contact={contact} />
      {slot !== undefined && !ended && (
        <span className={styles['timer']} data-testid="contact-timer">
          <Since ms={contact.assignedMs ?? slot.sinceMs} />
        </span>
      )}
      {slot?.activity === 'engaged' && !ended && !isVoice(contact.channel) && <ParkButton slot={slot} items={items} />}
      {(slot?.activity === 'engaged' || parked !== undefined) && !ended && !isVoice(contact.channel) && <EndButton contactId={contact.contactId} />}
    </header>
  );
}

/** What was said and what happened, and the place to answer. */
export function Conversation(props: ConversationProps) {
  const { contact, items, slot, parked } = props;
  const { t } = useText();
  const desk = useDesk();
  const { isVoice } = useNames();
  const { contactId, customerMessages } = contact;
  const voice = isVoice(contact.channel);
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') desk.markSeen(contactId, customerMessages);
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
    };
  }, [desk, contactId, customerMessages]);
  const mine = slot?.activity === 'engaged' && contact.endedMs === null;
  return (
    <main className={styles['conversation']} data-testid="conversation" data-contact={contactId} data-status={contact.status}>
      <ConversationHeader {...props} />
      {voice && <CallView contact={contact} mine={mine} />}
      {voice && mine && callKind(contact) === 'voicemail' && <LeftMessage contact={contact} />}
      <Timeline contact={contact} items={items} />
      {!voice && mine && <Composer contact={contact} />}
      {parked !== undefined && contact.endedMs === null && <ParkedBanner parked={parked} />}
      {!mine && contact.endedMs !== null && <p className={styles['ended']}>{t('conversation.ended')}</p>}
    </main>
  );
}
