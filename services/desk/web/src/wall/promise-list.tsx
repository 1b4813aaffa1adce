import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { PressingPromiseView } from '../../../src/domain/explanation-views.ts';
import type { QueueView } from '../../../src/domain/views.ts';
import { useDesk } from '../connection/desk.ts';
import { useNames } from '../desk/names.ts';
import { nameOfCustomer } from '../desk/naming.ts';
import { PromiseCountdown } from '../desk/promise.tsx';
import { useText } from '../i18n.ts';
import { ChannelIcon } from '../ui/channel-icon.tsx';
import { Fault } from '../ui/whole.tsx';
import { InHandActions, WaitingActions } from './contact-actions.tsx';
import styles from './details-sheet.module.css';

const againMs = 5_000;

function PromiseRow({ promise, queue }: { promise: PressingPromiseView; queue: string }) {
  const { t } = useText();
  const { isVoice } = useNames();
  const { contactId, channel, agentId, kind, broken, dueMs } = promise;
  return (
    <li className={styles['row']} data-testid="pressing-promise" data-contact={contactId} data-broken={broken}>
      <ChannelIcon channel={channel} size={26} />
      <span className={styles['who']}>
        <b>{nameOfCustomer(promise.customer, t)}</b>
        {promise.summary !== '' && <span>{promise.summary}</span>}
      </span>
      <span className={styles['note']}>{agentId === '' ? t('promises.waits') : t('promises.with', { agent: promise.agentName })}</span>
      <PromiseCountdown promise={{ kind, state: broken ? 'breached' : 'at_risk', dueMs }} />
      {agentId === '' && <WaitingActions contactId={contactId} queue={queue} />}
      {agentId !== '' && !isVoice(channel) && <InHandActions contactId={contactId} agentId={agentId} />}
    </li>
  );
}

/** Promises to customers of a queue that are at risk or broken, most pressing first; nothing while all are kept. */
export function PromiseList({ queue, status }: { queue: string; status: QueueView | undefined }) {
  const { t } = useText();
  const desk = useDesk();
  const count = (status?.promisesAtRisk ?? 0) + (status?.promisesBroken ?? 0);
  const list = useQuery({ queryKey: ['promises', queue], queryFn: () => desk.request('promises.list', { queue }), enabled: count > 0, refetchInterval: againMs });
  const { refetch } = list;
  useEffect(() => {
    if (count > 0) void refetch();
  }, [refetch, count]);
  if (count === 0) return null;
  return (
    <section aria-labelledby="promises-title" data-testid="promise-list">
      <h3 id="promises-title" className={styles['part']}>
        {t('promises.title')}
      </h3>
      {list.isError && <Fault error={list.error} onRetry={() => void refetch()} />}
      <ul className={styles['rows']}>
        {list.data?.promises.map((promise) => (
          <PromiseRow key={`${promise.contactId}-${promise.kind}`} promise={promise} queue={queue} />
        ))}
      </ul>
      {list.data !== undefined && list.data.total > list.data.promises.length && <p className={styles['none']}>{t('promises.more', { count: list.data.total - list.data.promises.length })}</p>}
    </section>
  );
}
