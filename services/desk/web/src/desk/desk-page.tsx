import { useEffect } from 'react';
import { useDesk, useDeskState } from '../connection/desk.ts';
import { workOf } from '../connection/desk-state.ts';
import { useStore } from '../connection/store.ts';
import { goTo } from '../route.ts';
import { LinkBanner } from '../ui/link-banner.tsx';
import { ContactList } from './contact-list.tsx';
import { ContactPane } from './contact-pane.tsx';
import { OfferBar } from './offer-bar.tsx';
import { TopBar } from './top-bar.tsx';
import { useNewWork } from './use-new-work.ts';
import styles from './desk-page.module.css';

export function DeskPage({ contactId }: { contactId: string }) {
  const desk = useDesk();
  const agent = useDeskState((state) => state.agent);
  const work = workOf(agent);
  const live = useStore(desk.link.state, (state) => state.phase === 'live');
  useNewWork(agent === null ? undefined : work, contactId);

  // A contact that left the agent's hands stays open until another one is chosen; with nothing chosen, the first one opens.
  const first = work[0]?.contactId;
  useEffect(() => {
    if (contactId === '' && first !== undefined) goTo(`/desk/${first}`, true);
  }, [contactId, first]);

  return (
    <div className={styles['page']} data-testid="desk" data-live={live}>
      <TopBar />
      <LinkBanner />
      <OfferBar />
      <div className={styles['columns']}>
        <ContactList work={work} parked={agent?.parked ?? []} selected={contactId} />
        <ContactPane key={contactId} contactId={contactId} slot={agent?.slots.find((slot) => slot.contactId === contactId && slot.activity !== 'reserved')} parked={agent?.parked.find((one) => one.contactId === contactId)} />
      </div>
    </div>
  );
}
