import { Skeleton, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconHistory } from '@tabler/icons-react';
import type { MouseEvent } from 'react';
import type { HistoryEntry } from '../../../src/protocol.ts';
import { useDesk, useDeskState } from '../connection/desk.ts';
import { useStore } from '../connection/store.ts';
import { formatWhen } from '../format.ts';
import { hasText, useText } from '../i18n.ts';
import { goTo } from '../route.ts';
import { ChannelIcon } from '../ui/channel-icon.tsx';
import { Fault, Whole } from '../ui/whole.tsx';
import { dispositionTitle } from './line-text.ts';
import { useNames } from './names.ts';
import styles from './history-list.module.css';

function Entry({ entry }: { entry: HistoryEntry }) {
  const { t, language } = useText();
  const { clock } = useDesk();
  const { queueName, channelName } = useNames();
  const trees = useDeskState((state) => state.catalogue.dispositionTrees);
  const outcome = `outcome.${entry.outcome}`;
  const said = entry.disposition === '' ? (hasText(outcome) ? t(outcome) : '') : dispositionTitle(entry.disposition, trees, language);
  const body = (
    <>
      <ChannelIcon channel={entry.channel} size={30} />
      <span className={styles['body']}>
        <span className={styles['line']}>
          <span className={styles['what']}>{entry.summary || said || channelName(entry.channel)}</span>
          <span className={`${styles['when'] ?? ''} tabular`}>{formatWhen(entry.startedMs, clock.nowMs(), language)}</span>
        </span>
        <span className={styles['meta']}>
          {[queueName(entry.queue), entry.agentName, entry.summary === '' ? '' : said].filter((word) => word !== '').join(' · ')}
        </span>
        {entry.sameMatter && <span className={styles['matter']}>{t('history.sameMatter')}</span>}
      </span>
    </>
  );
  const open = (event: MouseEvent) => {
    event.preventDefault();
    goTo(`/desk/${entry.contactId}`);
  };
  return (
    <li data-testid="history-entry">
      {entry.openable ? (
        <a href={`/desk/${entry.contactId}`} className={styles['entry']} onClick={open}>
          {body}
        </a>
      ) : (
        <div className={styles['entry']}>{body}</div>
      )}
    </li>
  );
}

function useHistory(contactId: string) {
  const desk = useDesk();
  const live = useStore(desk.link.state, (state) => state.phase === 'live');
  return useQuery({ queryKey: ['history', contactId], queryFn: () => desk.request('history.list', { contactId }), enabled: live });
}

const glance = 3;

/** The customer's last contacts, at a glance. */
export function RecentHistory({ contactId, onAll }: { contactId: string; onAll: () => void }) {
  const { t } = useText();
  const history = useHistory(contactId);
  const entries = history.data?.entries ?? [];
  return (
    <section data-testid="recent-history">
      <div className={styles['head']}>
        <h2>{t('history.recent')}</h2>
        {entries.length > glance && (
          <UnstyledButton className={styles['all']} onClick={onAll}>
            {t('history.all', { count: entries.length })}
          </UnstyledButton>
        )}
      </div>
      {entries.length === 0 && <p className={styles['none']}>{history.isSuccess ? t('history.first') : '…'}</p>}
      {entries.length > 0 && (
        <ul className={styles['entries']}>
          {entries.slice(0, glance).map((entry) => (
            <Entry key={entry.contactId} entry={entry} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** Earlier contacts of the same matter and the same customer. */
export function HistoryList({ contactId }: { contactId: string }) {
  const { t } = useText();
  const history = useHistory(contactId);
  if (history.isPending) return <Skeleton height={120} radius={12} />;
  if (history.isError) return <Fault error={history.error} onRetry={() => void history.refetch()} />;
  const { entries } = history.data;
  if (entries.length === 0) return <Whole icon={<IconHistory size={24} aria-hidden />} title={t('history.empty')} />;
  return (
    <ul className={styles['entries']}>
      {entries.map((entry) => (
        <Entry key={entry.contactId} entry={entry} />
      ))}
    </ul>
  );
}
