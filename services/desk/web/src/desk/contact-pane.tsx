import { useEffect, useState } from 'react';
import type { ParkedView, SlotView } from '../../../src/domain/views.ts';
import { useDesk, useDeskState } from '../connection/desk.ts';
import { useStore } from '../connection/store.ts';
import { Fault, Opening } from '../ui/whole.tsx';
import { Conversation } from './conversation.tsx';
import { Idle } from './idle.tsx';
import { SidePanel } from './side-panel.tsx';
import { subjectOf } from './subject.ts';
import styles from './contact-pane.module.css';

/** Follows the contact while it is shown, again after every reconnect. */
function useOpenContact(contactId: string): { error: unknown; retry: () => void } {
  const desk = useDesk();
  const epoch = useStore(desk.link.state, (state) => (state.phase === 'live' ? state.epoch : 0));
  const [error, setError] = useState<unknown>(undefined);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (contactId === '' || epoch === 0) return;
    let left = false;
    let close = () => {};
    desk.open(contactId).then(
      (closeIt) => {
        if (left) closeIt();
        else {
          close = closeIt;
          setError(undefined);
        }
      },
      (thrown: unknown) => {
        if (!left) setError(thrown);
      },
    );
    return () => {
      left = true;
      close();
    };
  }, [desk, contactId, epoch, attempt]);
  const retry = () => {
    setError(undefined);
    setAttempt((now) => now + 1);
  };
  return { error, retry };
}

/** One contact: its conversation in the middle, what is known about it on the right. */
export function ContactPane({ contactId, slot, parked }: { contactId: string; slot: SlotView | undefined; parked: ParkedView | undefined }) {
  const { error, retry } = useOpenContact(contactId);
  const contact = useDeskState((state) => state.contacts[contactId]);
  const items = useDeskState((state) => state.timelines[contactId]);
  if (contactId === '') {
    return (
      <main className={styles['alone']}>
        <Idle />
      </main>
    );
  }
  if (error !== undefined && items === undefined) {
    return (
      <main className={styles['alone']}>
        <Fault error={error} onRetry={retry} whole />
      </main>
    );
  }
  if (contact === undefined || items === undefined) {
    return (
      <main className={styles['alone']}>
        <Opening />
      </main>
    );
  }
  const subject = subjectOf(contact, items);
  return (
    <div className={styles['pane']}>
      <Conversation contact={contact} items={items} subject={subject} slot={slot} parked={parked} />
      <SidePanel contact={contact} subject={subject} slot={slot} />
    </div>
  );
}
