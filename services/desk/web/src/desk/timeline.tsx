import { Button } from '@mantine/core';
import { IconArrowDown } from '@tabler/icons-react';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { ContactView, LineItem, TimelineItem } from '../../../src/domain/views.ts';
import { useDesk, useDeskState } from '../connection/desk.ts';
import type { Sending } from '../connection/outbox.ts';
import { useStore } from '../connection/store.ts';
import { formatWhen } from '../format.ts';
import { useText } from '../i18n.ts';
import { Why } from '../ui/why.tsx';
import { Bubble, PendingBubble } from './bubble.tsx';
import { lineText } from './line-text.ts';
import { useNames } from './names.ts';
import { quietLines } from './quiet-lines.ts';
import styles from './timeline.module.css';

const nearEndPx = 80;

function Line({ item, contactId }: { item: LineItem; contactId: string }) {
  const { t, language } = useText();
  const { clock, session } = useDesk();
  const catalogue = useDeskState((state) => state.catalogue);
  const people = useDeskState((state) => state.people);
  return (
    <li className={styles['line']} data-testid="timeline-line" data-code={item.code}>
      <span>{lineText(item, { t, language, catalogue, people })}</span>
      <time className="tabular" dateTime={new Date(item.timeMs).toISOString()}>
        {formatWhen(item.timeMs, clock.nowMs(), language)}
      </time>
      {item.params['offer'] !== undefined && session.pages.wall && <Why contactId={contactId} offerId={item.params['offer']} />}
    </li>
  );
}

/** Messages of the agent's that have no outcome in the timeline yet, oldest first. */
function useSendings(contactId: string, items: readonly TimelineItem[]): Sending[] {
  const { outbox } = useDesk();
  const sendings = useStore(outbox.sendings, (now) => now);
  return useMemo(() => {
    const shown = new Set(items.map((item) => (item.kind === 'message' ? item.commandId : '')));
    return Object.values(sendings)
      .filter((sending) => sending.contactId === contactId && !shown.has(sending.commandId))
      .sort((left, right) => left.createdMs - right.createdMs);
  }, [sendings, contactId, items]);
}

/** Stays at the newest while the reader is there; somebody who reads back is told of news instead. */
function useStickToEnd(length: number) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [news, setNews] = useState(false);
  const toEnd = () => {
    const element = box.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
    atEnd.current = true;
    setNews(false);
  };
  useLayoutEffect(() => {
    if (atEnd.current) toEnd();
  }, [length]);
  useEffect(() => {
    // Only somebody who has scrolled back needs to be told.
    if (!atEnd.current) setNews(true);
  }, [length]);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  const onScroll = () => {
    const element = box.current;
    if (element === null) return;
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < nearEndPx;
    if (atEnd.current) setNews(false);
  };
  return { box, onScroll, news, toEnd };
}

/** The conversation: messages as bubbles, what happened as lines in between. */
export function Timeline({ contact, items }: { contact: ContactView; items: readonly TimelineItem[] }) {
  const { t } = useText();
  const { isVoice } = useNames();
  const shown = useMemo(() => quietLines(items, isVoice(contact.channel)), [items, isVoice, contact.channel]);
  const sendings = useSendings(contact.contactId, items);
  const { box, onScroll, news, toEnd } = useStickToEnd(items.length + sendings.length);
  return (
    <div className={styles['frame']}>
      <div ref={box} className={styles['scroll']} onScroll={onScroll} tabIndex={0} role="log" aria-label={t('conversation.timeline')} aria-live="polite" data-testid="timeline">
        <ol className={styles['items']}>
          {shown.map((item) => (item.kind === 'line' ? <Line key={item.key} item={item} contactId={contact.contactId} /> : <Bubble key={item.key} item={item} contact={contact} />))}
          {sendings.map((sending) => (
            <PendingBubble key={sending.commandId} sending={sending} />
          ))}
        </ol>
      </div>
      {news && (
        <Button className={styles['news'] ?? ''} size="compact-sm" radius="xl" leftSection={<IconArrowDown size={14} aria-hidden />} onClick={toEnd}>
          {t('conversation.newMessages')}
        </Button>
      )}
    </div>
  );
}
