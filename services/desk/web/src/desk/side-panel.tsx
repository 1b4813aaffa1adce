import { useState } from 'react';
import type { ContactView, SlotView } from '../../../src/domain/views.ts';
import { useText } from '../i18n.ts';
import { ContactFacts } from './contact-facts.tsx';
import { HistoryList } from './history-list.tsx';
import { Review } from './review.tsx';
import { WrapUp } from './wrap-up.tsx';
import styles from './side-panel.module.css';

const tabs = ['contact', 'history', 'review'] as const;
type Tab = (typeof tabs)[number];

function TabBar({ tab, shown, onTab }: { tab: Tab; shown: readonly Tab[]; onTab: (tab: Tab) => void }) {
  const { t } = useText();
  return (
    <div className={styles['tabs']} role="tablist" aria-label={t('panel.title')}>
      {shown.map((one) => (
        <button
          key={one}
          type="button"
          role="tab"
          id={`panel-tab-${one}`}
          aria-selected={one === tab}
          aria-controls="panel-body"
          tabIndex={one === tab ? 0 : -1}
          className={styles['tab']}
          onClick={() => {
            onTab(one);
          }}
          onKeyDown={(event) => {
            const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
            const next = shown[(shown.indexOf(one) + step + shown.length) % shown.length];
            if (step === 0 || next === undefined) return;
            onTab(next);
            document.getElementById(`panel-tab-${next}`)?.focus();
          }}
          data-testid={`tab-${one}`}
        >
          {t(`panel.${one}`)}
        </button>
      ))}
    </div>
  );
}

/** What is known about the contact and its customer; the paperwork on top while it is due. */
export function SidePanel({ contact, subject, slot }: { contact: ContactView; subject: string; slot: SlotView | undefined }) {
  const { t } = useText();
  const ended = contact.endedMs !== null;
  const [chosen, setChosen] = useState<Tab | null>(null);
  const shown = tabs.filter((one) => one !== 'review' || ended);
  const tab = chosen ?? (contact.status === 'closed' ? 'review' : 'contact');
  return (
    <aside className={styles['panel']} aria-label={t('panel.title')} data-testid="side-panel">
      {slot?.activity === 'wrap_up' && <WrapUp key={slot.assignmentId} slot={slot} />}
      <TabBar tab={tab} shown={shown} onTab={setChosen} />
      <div id="panel-body" role="tabpanel" aria-labelledby={`panel-tab-${tab}`} className={styles['body']} tabIndex={0}>
        {tab === 'contact' && <ContactFacts contact={contact} subject={subject} onHistory={() => { setChosen('history'); }} />}
        {tab === 'history' && <HistoryList contactId={contact.contactId} />}
        {tab === 'review' && <Review contact={contact} />}
      </div>
    </aside>
  );
}
