import { Button, Skeleton } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { IconMoodSmile } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import type { WaitingContactView } from '../../../src/domain/explanation-views.ts';
import type { QueueView } from '../../../src/domain/views.ts';
import { useDesk } from '../connection/desk.ts';
import { nameOfCustomer } from '../desk/naming.ts';
import { useText } from '../i18n.ts';
import { ChannelIcon } from '../ui/channel-icon.tsx';
import { Since, Until } from '../ui/timers.tsx';
import { Fault, Whole } from '../ui/whole.tsx';
import { Why } from '../ui/why.tsx';
import { WaitingActions } from './contact-actions.tsx';
import { becauseText } from './because.ts';
import styles from './details-sheet.module.css';

/** What no figure of the queue tells, a changed priority for one, is seen after so long. */
const againMs = 1_000;
const [firstRows, mostRows] = [100, 500];
const rowPx = 84;

function WaitingRow({ contact, queue }: { contact: WaitingContactView; queue: string }) {
  const { t } = useText();
  return (
    <div className={styles['row']} data-testid="waiting-contact" data-contact={contact.contactId}>
      <span className={`${styles['place'] ?? ''} tabular`}>{contact.place}</span>
      <ChannelIcon channel={contact.channel} size={26} />
      <span className={styles['who']}>
        <b>{nameOfCustomer(contact.customer, t)}</b>
        {contact.summary !== '' && <span>{contact.summary}</span>}
      </span>
      <span className={styles['note']} data-testid="waiting-because">
        {becauseText(contact, t)} {contact.untilMs !== null && <Until ms={contact.untilMs} />}
        {contact.priority !== 0 && <b> {t('because.priority', { seconds: contact.priority })}</b>}
      </span>
      <span className={styles['time']}>
        <Since ms={contact.enqueuedMs} />
      </span>
      <Why contactId={contact.contactId} />
      <WaitingActions contactId={contact.contactId} queue={queue} />
    </div>
  );
}

/** Only the rows in sight are drawn. */
function Rows({ contacts, queue }: { contacts: WaitingContactView[]; queue: string }) {
  const box = useRef<HTMLDivElement>(null);
  // The library hands out functions that are to be called while drawing; nothing here is memoised over them.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: contacts.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => contacts[index]?.contactId ?? index,
    overscan: 4,
  });
  return (
    <div ref={box} className={styles['scroll']} tabIndex={0} role="group" aria-labelledby="details-title">
      <ul className={styles['rows']} style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((item) => {
          const contact = contacts[item.index];
          return contact === undefined ? null : (
            <li key={item.key} ref={virtual.measureElement} data-index={item.index} className={styles['slice']} style={{ transform: `translateY(${item.start}px)` }}>
              <WaitingRow contact={contact} queue={queue} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

/** Who waits in a queue, who is served next first; asked again as soon as the queue's figures change. */
export function WaitingList({ queue, status }: { queue: string; status: QueueView | undefined }) {
  const { t } = useText();
  const desk = useDesk();
  const [limit, setLimit] = useState(firstRows);
  const waiting = useQuery({
    queryKey: ['waiting', queue, limit],
    queryFn: () => desk.request('waiting.list', { queue, limit: String(limit) }),
    refetchInterval: againMs,
    placeholderData: keepPreviousData,
  });
  const { refetch, data } = waiting;
  useEffect(() => {
    void refetch();
  }, [refetch, status]);
  if (waiting.isPending) return <Skeleton height={90} radius={10} />;
  if (waiting.isError || data === undefined) return <Fault error={waiting.error} onRetry={() => void refetch()} />;
  if (data.contacts.length === 0) return <Whole icon={<IconMoodSmile size={24} aria-hidden />} title={t('queues.none')} />;
  return (
    <>
      <p className={styles['none']} data-testid="waiting-total">
        {t('details.total', { count: data.total })}
      </p>
      <Rows contacts={data.contacts} queue={queue} />
      {data.total > data.contacts.length && limit < mostRows && (
        <Button variant="default" size="xs" onClick={() => void setLimit(mostRows)}>
          {t('details.more', { count: Math.min(mostRows, data.total) })}
        </Button>
      )}
    </>
  );
}
