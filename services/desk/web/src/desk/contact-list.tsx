import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, type ReactNode } from 'react';
import type { ParkedView, SlotView } from '../../../src/domain/views.ts';
import type { HistoryEntry } from '../../../src/protocol.ts';
import { useDesk, useDeskState } from '../connection/desk.ts';
import { useNowSecond } from '../connection/now.ts';
import { useStore } from '../connection/store.ts';
import { formatDuration, formatWhen } from '../format.ts';
import { useText } from '../i18n.ts';
import { goTo } from '../route.ts';
import { ChannelIcon } from '../ui/channel-icon.tsx';
import { StateShape } from '../ui/state-shape.tsx';
import { Since, Until } from '../ui/timers.tsx';
import { Fault } from '../ui/whole.tsx';
import { callStage } from './call-stage.ts';
import { dispositionTitle } from './line-text.ts';
import { customerName, useNames } from './names.ts';
import { nameOfCustomer } from './naming.ts';
import { useShortcut } from './shortcuts.ts';
import { useDraft } from './use-draft.ts';
import styles from './contact-list.module.css';

const impatientMs = 60_000;

function Preview({ contactId }: { contactId: string }) {
  const { t } = useText();
  const contact = useDeskState((state) => state.contacts[contactId]);
  const { isVoice } = useNames();
  const [draft] = useDraft(contactId);
  if (draft !== '') {
    return (
      <>
        <span className={styles['draft']}>{t('list.draft')}</span> {draft}
      </>
    );
  }
  if (contact !== undefined && isVoice(contact.channel) && contact.endedMs === null) return <>{t(`call.${callStage(contact)}`)}</>;
  return <>{contact?.lastMessage?.text ?? contact?.summary ?? ''}</>;
}

/** What the row counts: wrap-up down, the customer's wait for an answer, else the time in hand. */
function RowTime({ slot }: { slot: SlotView }) {
  const { t } = useText();
  const contact = useDeskState((state) => state.contacts[slot.contactId]);
  const nowMs = useNowSecond();
  if (slot.activity === 'wrap_up') return <span className={styles['time']}>{slot.endsMs === null ? <Since ms={slot.sinceMs} /> : <Until ms={slot.endsMs} />}</span>;
  const waits = contact?.lastMessage?.from === 'customer' ? contact.lastMessage.timeMs : null;
  if (waits === null) {
    return (
      <span className={styles['time']}>
        <Since ms={slot.sinceMs} />
      </span>
    );
  }
  const waited = formatDuration(nowMs - waits);
  return (
    <span className={`${styles['time'] ?? ''} tabular`} data-late={nowMs - waits > impatientMs} title={t('list.customerWaits', { time: waited })}>
      {waited}
    </span>
  );
}

function Row({ slot, selected }: { slot: SlotView; selected: boolean }) {
  const { t } = useText();
  const { seen } = useDesk();
  const { queueName, channelName } = useNames();
  const contact = useDeskState((state) => state.contacts[slot.contactId]);
  const read = useStore(seen, (now) => now[slot.contactId] ?? 0);
  const unread = Math.max(0, (contact?.customerMessages ?? 0) - read);
  const shape = slot.activity === 'wrap_up' ? 'wrap_up' : contact?.status === 'held' ? 'held' : 'engaged';
  return (
    <li>
      <a
        href={`/desk/${slot.contactId}`}
        className={styles['row']}
        aria-current={selected ? 'true' : undefined}
        onClick={(event) => {
          event.preventDefault();
          goTo(`/desk/${slot.contactId}`);
        }}
        data-testid="contact-row"
        data-contact={slot.contactId}
        data-activity={slot.activity}
      >
        <ChannelIcon channel={slot.channel} size={38} />
        <span className={styles['body']}>
          <span className={styles['line']}>
            <span className={styles['name']}>{customerName(contact, t)}</span>
            <RowTime slot={slot} />
          </span>
          <span className={styles['line']}>
            <span className={styles['preview']}>
              <Preview contactId={slot.contactId} />
            </span>
            {unread > 0 && !selected && (
              <span className={styles['unread']} data-testid="unread">
                <span aria-hidden>{unread > 99 ? '99+' : unread}</span>
                <span className={styles['hidden']}>{t('list.unread', { count: unread })}</span>
              </span>
            )}
          </span>
          <span className={styles['meta']}>
            <StateShape shape={shape} size={9} />
            {channelName(slot.channel)} · {queueName(slot.queue)}
          </span>
        </span>
      </a>
    </li>
  );
}

interface QuietRowProps {
  contactId: string;
  channel: string;
  selected: boolean;
  testId: string;
  name: string;
  when: string;
  children: ReactNode;
}

/** A contact that nobody has in hand just now. */
function QuietRow({ contactId, channel, selected, testId, name, when, children }: QuietRowProps) {
  return (
    <li>
      <a
        href={`/desk/${contactId}`}
        className={`${styles['row'] ?? ''} ${styles['quiet'] ?? ''}`}
        aria-current={selected ? 'true' : undefined}
        onClick={(event) => {
          event.preventDefault();
          goTo(`/desk/${contactId}`);
        }}
        data-testid={testId}
        data-contact={contactId}
      >
        <ChannelIcon channel={channel} size={32} />
        <span className={styles['body']}>
          <span className={styles['line']}>
            <span className={styles['name']}>{name}</span>
            <span className={styles['when']}>{when}</span>
          </span>
          <span className={styles['outcome']}>{children}</span>
        </span>
      </a>
    </li>
  );
}

/** A contact put aside until its customer writes. */
function ParkedRow({ parked, selected }: { parked: ParkedView; selected: boolean }) {
  const { t, language } = useText();
  const { clock } = useDesk();
  const { channelName, queueName } = useNames();
  const contact = useDeskState((state) => state.contacts[parked.contactId]);
  return (
    <QuietRow contactId={parked.contactId} channel={parked.channel} selected={selected} testId="parked-row" name={customerName(contact, t)} when={t('list.parkedUntil', { when: formatWhen(parked.untilMs, clock.nowMs(), language) })}>
      {contact?.lastMessage?.text ?? `${channelName(parked.channel)} · ${queueName(parked.queue)}`}
    </QuietRow>
  );
}

function RecentRow({ entry, selected }: { entry: HistoryEntry; selected: boolean }) {
  const { t, language } = useText();
  const { clock } = useDesk();
  const { queueName } = useNames();
  const trees = useDeskState((state) => state.catalogue.dispositionTrees);
  const disposition = entry.disposition === '' ? '' : dispositionTitle(entry.disposition, trees, language);
  return (
    <QuietRow contactId={entry.contactId} channel={entry.channel} selected={selected} testId="recent-row" name={nameOfCustomer(entry.customer, t)} when={formatWhen(entry.endedMs ?? entry.startedMs, clock.nowMs(), language)}>
      {[disposition, queueName(entry.queue)].filter((word) => word !== '').join(' · ')}
    </QuietRow>
  );
}

function Parked({ parked, selected }: { parked: readonly ParkedView[]; selected: string }) {
  const { t } = useText();
  if (parked.length === 0) return null;
  return (
    <>
      <h2 className={styles['group']}>
        {t('list.parked')}
        <span className="tabular">{parked.length}</span>
      </h2>
      <ul className={styles['rows']}>
        {parked.map((one) => (
          <ParkedRow key={one.contactId} parked={one} selected={one.contactId === selected} />
        ))}
      </ul>
    </>
  );
}

function Recent({ work, selected }: { work: readonly SlotView[]; selected: string }) {
  const { t } = useText();
  const desk = useDesk();
  const live = useStore(desk.link.state, (state) => state.phase === 'live');
  const client = useQueryClient();
  const recent = useQuery({ queryKey: ['recent'], queryFn: () => desk.request('history.recent', {}), enabled: live });
  const count = work.length;
  const before = useRef(count);
  useEffect(() => {
    // The record follows the facts within moments: a contact that has just left shows up with the next look.
    const timer = count < before.current ? setTimeout(() => void client.invalidateQueries({ queryKey: ['recent'] }), 1_500) : undefined;
    before.current = count;
    return () => {
      clearTimeout(timer);
    };
  }, [count, client]);
  const inHand = new Set(work.map((slot) => slot.contactId));
  const entries = recent.data?.entries.filter((entry) => entry.status === 'closed' && !inHand.has(entry.contactId)) ?? [];
  if (recent.isError) return <Fault error={recent.error} onRetry={() => void recent.refetch()} />;
  if (entries.length === 0) return recent.isSuccess ? <p className={styles['none']}>{t('list.recentEmpty')}</p> : null;
  return (
    <ul className={styles['rows']}>
      {entries.map((entry) => (
        <RecentRow key={entry.contactId} entry={entry} selected={entry.contactId === selected} />
      ))}
    </ul>
  );
}

function Group({ title, slots, selected }: { title: string; slots: readonly SlotView[]; selected: string }) {
  if (slots.length === 0) return null;
  return (
    <>
      <h2 className={styles['group']}>
        {title}
        <span className="tabular">{slots.length}</span>
      </h2>
      <ul className={styles['rows']}>
        {slots.map((slot) => (
          <Row key={slot.contactId} slot={slot} selected={slot.contactId === selected} />
        ))}
      </ul>
    </>
  );
}

/** The agent's contacts of all media. */
export function ContactList({ work, parked, selected }: { work: readonly SlotView[]; parked: readonly ParkedView[]; selected: string }) {
  const { t } = useText();
  const walk = (step: 1 | -1) => {
    const at = work.findIndex((slot) => slot.contactId === selected);
    const next = work[(at + step + work.length) % work.length];
    if (next !== undefined) goTo(`/desk/${next.contactId}`);
  };
  useShortcut('j', () => { walk(1); });
  useShortcut('k', () => { walk(-1); });
  return (
    <nav className={styles['list']} aria-label={t('list.title')} data-testid="contact-list">
      <Group title={t('list.current')} slots={work.filter((slot) => slot.activity === 'engaged')} selected={selected} />
      <Group title={t('list.wrapUp')} slots={work.filter((slot) => slot.activity === 'wrap_up')} selected={selected} />
      {work.length === 0 && (
        <>
          <h2 className={styles['group']}>{t('list.current')}</h2>
          <p className={styles['none']}>{t('list.empty')}</p>
        </>
      )}
      <Parked parked={parked} selected={selected} />
      <h2 className={styles['group']}>{t('list.recent')}</h2>
      <Recent work={work} selected={selected} />
    </nav>
  );
}
