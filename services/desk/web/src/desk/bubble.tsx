import { UnstyledButton } from '@mantine/core';
import { IconAlertCircle, IconCheck, IconChecks, IconClock, IconHelpCircle, IconShieldX } from '@tabler/icons-react';
import type { ContactView, Delivery, MessageItem } from '../../../src/domain/views.ts';
import { useDesk, useDeskState } from '../connection/desk.ts';
import type { Sending } from '../connection/outbox.ts';
import { useStore } from '../connection/store.ts';
import { formatWhen } from '../format.ts';
import { hasText, useText } from '../i18n.ts';
import { agentName } from './names.ts';
import { Part } from './part.tsx';
import styles from './bubble.module.css';

const deliveryIcons: Partial<Record<Delivery, typeof IconCheck>> = {
  sent: IconCheck,
  delivered: IconChecks,
  read: IconChecks,
  failed: IconAlertCircle,
  expired: IconAlertCircle,
  unknown: IconHelpCircle,
};

const troubled = new Set<Delivery>(['failed', 'expired', 'unknown']);

/** Buttons under a message that did not make it, as long as its words are still here. */
function Again({ commandId }: { commandId: string }) {
  const { t } = useText();
  const { outbox } = useDesk();
  const kept = useStore(outbox.sendings, (now) => now[commandId] !== undefined);
  if (!kept) return null;
  return (
    <>
      <UnstyledButton
        className={styles['again']}
        onClick={() => {
          outbox.resend(commandId);
        }}
        data-testid="resend"
      >
        {t('delivery.retry')}
      </UnstyledButton>
      <UnstyledButton
        className={styles['again']}
        onClick={() => {
          outbox.discard(commandId);
        }}
      >
        {t('delivery.discard')}
      </UnstyledButton>
    </>
  );
}

function DeliveryMark({ delivery, code }: { delivery: Delivery; code: string }) {
  const { t } = useText();
  const Icon = deliveryIcons[delivery];
  if (Icon === undefined || delivery === 'received') return null;
  const reason = `error.${code}`;
  return (
    <span className={styles['delivery']} data-delivery={delivery} title={hasText(reason) ? t(reason) : code} data-testid="delivery">
      <Icon size={14} aria-hidden />
      {t(`delivery.${delivery}`)}
    </span>
  );
}

/** One message. */
export function Bubble({ item, contact }: { item: MessageItem; contact: ContactView }) {
  const { t, language } = useText();
  const { outbox, clock, session } = useDesk();
  const people = useDeskState((state) => state.people);
  const lost = useStore(outbox.sendings, (now) => now[item.commandId]?.text);
  const own = item.from !== 'customer';
  // The side says who speaks; a name is needed where it is neither the customer nor the reader.
  const author = !own || item.agentId === session.agent ? '' : item.from === 'agent' ? agentName(item.agentId, people) : t(`party.${item.from}`);
  return (
    <li className={styles['row']} data-own={own} data-testid="message" data-from={item.from} data-delivery={item.delivery}>
      <div className={styles['bubble']} data-troubled={troubled.has(item.delivery)}>
        {item.parts.map((part, index) => (
          <Part key={index} part={part} contactId={contact.contactId} />
        ))}
        {item.parts.length === 0 && <p className={styles['lost']}>{lost ?? t('part.lost')}</p>}
      </div>
      <p className={styles['foot']}>
        {author !== '' && <span>{author}</span>}
        <time className="tabular" dateTime={new Date(item.timeMs).toISOString()}>
          {formatWhen(item.timeMs, clock.nowMs(), language)}
        </time>
        {item.distrusted && (
          <span className={styles['delivery']} data-delivery="failed">
            <IconShieldX size={14} aria-hidden />
            {t('delivery.distrusted')}
          </span>
        )}
        {own && <DeliveryMark delivery={item.delivery} code={item.code} />}
        {item.degradations.length > 0 && <span title={item.degradations.join(', ')}>{t('delivery.degraded')}</span>}
        {troubled.has(item.delivery) && <Again commandId={item.commandId} />}
      </p>
    </li>
  );
}

/** A message of the agent's on its way. */
export function PendingBubble({ sending }: { sending: Sending }) {
  const { t, language } = useText();
  const { link, clock } = useDesk();
  const live = useStore(link.state, (state) => state.phase === 'live');
  const refused = sending.state === 'refused';
  const reason = `error.${sending.code}`;
  return (
    <li className={styles['row']} data-own data-testid="message" data-from="agent" data-delivery={refused ? 'failed' : 'sending'}>
      <div className={styles['bubble']} data-troubled={refused} data-pending={!refused}>
        <p>{sending.text}</p>
      </div>
      <p className={styles['foot']}>
        <time className="tabular" dateTime={new Date(sending.createdMs).toISOString()}>
          {formatWhen(sending.createdMs, clock.nowMs(), language)}
        </time>
        <span className={styles['delivery']} data-delivery={refused ? 'failed' : 'sending'} data-testid="delivery">
          {refused ? <IconAlertCircle size={14} aria-hidden /> : <IconClock size={14} aria-hidden />}
          {t(refused ? 'delivery.failed' : live || sending.state === 'accepted' ? 'delivery.sending' : 'delivery.waiting')}
        </span>
        {refused && hasText(reason) && <span>{t(reason)}</span>}
        {refused && <Again commandId={sending.commandId} />}
      </p>
    </li>
  );
}
