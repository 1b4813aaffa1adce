import { Button } from '@mantine/core';
import { IconHelpCircle } from '@tabler/icons-react';
import { lazy, Suspense, useId, useState } from 'react';
import { useText } from '../i18n.ts';
import styles from './why.module.css';

const WhyOffer = lazy(async () => ({ default: (await import('./explanation.tsx')).WhyOffer }));
const WhyWaiting = lazy(async () => ({ default: (await import('./explanation.tsx')).WhyWaiting }));

/** A question that opens its answer below: why a contact waits, or, with an offer, why it went to its agent. */
export function Why({ contactId, offerId }: { contactId: string; offerId?: string | undefined }) {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div className={styles['why']}>
      <Button
        variant="subtle"
        size="compact-xs"
        leftSection={<IconHelpCircle size={14} aria-hidden />}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => {
          setOpen((now) => !now);
        }}
        data-testid={offerId === undefined ? 'ask-why-waiting' : 'ask-why-offer'}
      >
        {t(offerId === undefined ? 'why.waiting' : 'why.offer')}
      </Button>
      <div id={id} className={styles['answer']} aria-live="polite">
        {open && <Suspense>{offerId === undefined ? <WhyWaiting contactId={contactId} /> : <WhyOffer contactId={contactId} offerId={offerId} />}</Suspense>}
      </div>
    </div>
  );
}
