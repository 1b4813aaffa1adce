import { Button, Kbd, VisuallyHidden } from '@mantine/core';
import { IconDeviceLandlinePhone } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { SlotView } from '../../../src/domain/views.ts';
import { useDesk, useDeskState } from '../connection/desk.ts';
import { offersOf } from '../connection/desk-state.ts';
import { useText } from '../i18n.ts';
import { goTo } from '../route.ts';
import { ChannelIcon } from '../ui/channel-icon.tsx';
import { tellFailure } from '../ui/errors.ts';
import { CountdownRing } from '../ui/ring.tsx';
import { useSince } from '../ui/timers.tsx';
import { callKind } from './call-kind.ts';
import { customerName, useNames } from './names.ts';
import { startRinging } from './ring-sound.ts';
import { useShortcut } from './shortcuts.ts';
import styles from './offer-bar.module.css';

const vipFrom = 80;

function useOfferActions(slot: SlotView) {
  const desk = useDesk();
  const [busy, setBusy] = useState<'accept' | 'reject' | null>(null);
  const { offerId, contactId } = slot;
  async function run(what: 'accept' | 'reject', work: () => Promise<unknown>): Promise<void> {
    if (busy !== null) return;
    setBusy(what);
    try {
      await work();
    } catch (error) {
      tellFailure(error);
      setBusy(null);
    }
  }
  return {
    busy,
    accept: () =>
      run('accept', async () => {
        await desk.request('offer.accept', { offerId, contactId });
        goTo(`/desk/${contactId}`);
      }),
    reject: () => run('reject', () => desk.request('offer.reject', { offerId, contactId, reason: '' })),
  };
}

const callTexts = { call: 'offer.call', callBack: 'offer.callBack', voicemail: 'offer.voicemail' } as const;

function Offer({ slot, keyed }: { slot: SlotView; keyed: boolean }) {
  const { t } = useText();
  const { queueName, channelName, isVoice } = useNames();
  const contact = useDeskState((state) => state.contacts[slot.contactId]);
  const { busy, accept, reject } = useOfferActions(slot);
  const voice = isVoice(slot.channel);
  useShortcut('a', keyed && !voice ? () => void accept() : undefined);
  useShortcut('r', keyed ? () => void reject() : undefined);
  const name = customerName(contact, t);
  const channel = channelName(slot.channel);
  const since = contact?.enqueuedMs ?? contact?.startedMs ?? 0;
  const waited = useSince(since);
  return (
    <li className={styles['offer']} data-testid="offer" data-contact={slot.contactId} data-channel={slot.channel}>
      {slot.endsMs !== null && <CountdownRing fromMs={slot.sinceMs} endsMs={slot.endsMs} label={(seconds) => t('offer.left', { seconds })} />}
      <ChannelIcon channel={slot.channel} size={44} />
      <div className={styles['who']}>
        <p className={styles['kind']}>
          {voice ? t(callTexts[callKind(contact)]) : t('offer.incoming', { channel })}
          <span className={styles['queue']}>{queueName(slot.queue)}</span>
          {(contact?.customerValue ?? 0) >= vipFrom && <span className={styles['vip']}>{t('offer.vip')}</span>}
        </p>
        <p className={styles['name']}>{name}</p>
        <p className={styles['detail']}>
          {since > 0 && <span className="tabular">{t('offer.waited', { time: waited })}</span>}
          {contact?.summary !== undefined && contact.summary !== '' && <span className={styles['summary']}>{contact.summary}</span>}
        </p>
      </div>
      <VisuallyHidden role="alert">{t('offer.announce', { channel, name, queue: queueName(slot.queue) })}</VisuallyHidden>
      <div className={styles['actions']}>
        {voice ? (
          <span className={styles['phone']} data-testid="answer-on-phone">
            <IconDeviceLandlinePhone size={20} aria-hidden />
            {t('offer.answerOnPhone')}
          </span>
        ) : (
          <Button size="md" color="teal.9" loading={busy === 'accept'} disabled={busy === 'reject'} rightSection={keyed ? <Kbd className={styles['key']}>A</Kbd> : undefined} onClick={() => void accept()} data-testid="offer-accept">
            {t('offer.accept')}
          </Button>
        )}
        <Button size="md" variant="default" loading={busy === 'reject'} disabled={busy === 'accept'} rightSection={keyed ? <Kbd className={styles['key']}>R</Kbd> : undefined} onClick={() => void reject()} data-testid="offer-reject">
          {t('offer.reject')}
        </Button>
      </div>
    </li>
  );
}

/** The page's title tells of an offer to somebody who looks at another tab. */
function useTitleFlash(on: boolean, text: string): void {
  useEffect(() => {
    if (!on) return;
    const plain = document.title;
    let lit = false;
    const timer = setInterval(() => {
      lit = !lit;
      document.title = lit ? text : plain;
    }, 900);
    return () => {
      clearInterval(timer);
      document.title = plain;
    };
  }, [on, text]);
}

/** Contacts that ring for the agent, soonest to run out first. */
export function OfferBar() {
  const { t } = useText();
  const agent = useDeskState((state) => state.agent);
  const offers = offersOf(agent);
  const ringing = offers.length > 0;
  const { isVoice } = useNames();
  // The keys are for the offer that can be accepted here; a call is accepted on the phone.
  const keyed = offers.find((slot) => !isVoice(slot.channel)) ?? offers[0];
  useTitleFlash(ringing, t('offer.title'));
  useEffect(() => (ringing ? startRinging() : undefined), [ringing]);
  return (
    <section aria-label={t('offer.region')} className={styles['bar']} data-testid="offer-bar">
      {ringing && (
        <ul className={styles['offers']}>
          {offers.map((slot) => (
            <Offer key={slot.offerId} slot={slot} keyed={slot === keyed} />
          ))}
        </ul>
      )}
    </section>
  );
}
