import { UnstyledButton } from '@mantine/core';
import { IconCopy, IconShieldCheck, IconShieldQuestion, IconStarFilled, IconUser } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { ContactView } from '../../../src/domain/views.ts';
import { useDesk, useDeskState } from '../connection/desk.ts';
import { formatDuration, formatWhen, initialOf } from '../format.ts';
import { useText } from '../i18n.ts';
import { Since } from '../ui/timers.tsx';
import { dispositionTitle } from './line-text.ts';
import { agentName, attributeText, customerName, useNames } from './names.ts';
import { RecentHistory } from './history-list.tsx';
import styles from './contact-facts.module.css';

const vipFrom = 80;

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={styles['row']}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A value that can be taken along. */
function Copyable({ value }: { value: string }) {
  const { t } = useText();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
  };
  return (
    <span className={styles['copyable']}>
      <span className={styles['value']}>{value}</span>
      <UnstyledButton
        className={styles['copy']}
        aria-label={t(copied ? 'panel.copied' : 'panel.copy')}
        // Without the right to the clipboard the value can still be selected by hand.
        onClick={() => void copy().catch(() => undefined)}
      >
        <IconCopy size={14} aria-hidden />
      </UnstyledButton>
    </span>
  );
}

function CustomerCard({ contact }: { contact: ContactView }) {
  const { t } = useText();
  const { customer, customerValue } = contact;
  const name = customerName(contact, t);
  return (
    <section className={styles['customer']} aria-label={t('panel.customer')}>
      <span className={styles['avatar']} aria-hidden>
        {initialOf(customer.displayName) || <IconUser size={22} />}
      </span>
      <div className={styles['who']}>
        <p className={styles['name']}>
          {name}
          {customerValue >= vipFrom && (
            <span className={styles['vip']} title={`${t('panel.value')} ${customerValue}`}>
              <IconStarFilled size={12} aria-hidden />
              {t('panel.vip')}
            </span>
          )}
        </p>
        {customer.address !== '' && (
          <p className={styles['address']}>
            <Copyable value={customer.address} />
          </p>
        )}
        <p className={styles['trust']} data-verified={customer.verified}>
          {customer.verified ? <IconShieldCheck size={14} aria-hidden /> : <IconShieldQuestion size={14} aria-hidden />}
          {t(customer.verified ? 'panel.verified' : 'panel.unverified')}
        </p>
      </div>
    </section>
  );
}

/** What the channel and the menu gave along; what stands above already is left out. */
function Attributes({ contact: { attributes, summary } }: { contact: ContactView }) {
  const { t, language } = useText();
  const shown = attributes.filter(({ value }) => value !== '' && value !== summary);
  if (shown.length === 0) return null;
  return (
    <section>
      <h2 className={styles['heading']}>{t('panel.attributes')}</h2>
      <dl className={styles['rows']}>
        {shown.map((attribute) => {
          const { label, text } = attributeText(attribute, language, t);
          return (
            <Row key={attribute.name} label={label}>
              {text}
            </Row>
          );
        })}
      </dl>
    </section>
  );
}

/** Customer and contact at a glance. */
export function ContactFacts({ contact, subject, onHistory }: { contact: ContactView; subject: string; onHistory: () => void }) {
  const { t, language } = useText();
  const { clock } = useDesk();
  const { queueName, channelName, entryPointName } = useNames();
  const people = useDeskState((state) => state.people);
  const trees = useDeskState((state) => state.catalogue.dispositionTrees);
  const { assignedMs, endedMs, enqueuedMs, servedBy } = contact;
  return (
    <>
      <CustomerCard contact={contact} />
      <RecentHistory contactId={contact.contactId} onAll={onHistory} />
      <section>
        <h2 className={styles['heading']}>{t('panel.contact')}</h2>
        <dl className={styles['rows']}>
          {subject !== '' && <Row label={t('panel.summary')}>{subject}</Row>}
          <Row label={t('panel.channel')}>{channelName(contact.channel)}</Row>
          <Row label={t('panel.queue')}>{queueName(contact.queue)}</Row>
          <Row label={t('panel.startedAt')}>{formatWhen(contact.startedMs, clock.nowMs(), language)}</Row>
          {enqueuedMs !== null && assignedMs !== null && <Row label={t('panel.waited')}>{formatDuration(assignedMs - enqueuedMs)}</Row>}
          {assignedMs !== null && <Row label={t('panel.handled')}>{endedMs === null ? <Since ms={assignedMs} /> : formatDuration(endedMs - assignedMs)}</Row>}
          {servedBy.length > 0 && <Row label={t('panel.servedBy')}>{servedBy.map((agent) => agentName(agent, people)).join(', ')}</Row>}
          {contact.disposition !== '' && <Row label={t('panel.disposition')}>{dispositionTitle(contact.disposition, trees, language)}</Row>}
          {contact.outcome !== null && contact.outcome !== 'handled' && <Row label={t('panel.contact')}>{t(`outcome.${contact.outcome}`)}</Row>}
          <Row label={t('panel.entryPoint')}>{entryPointName(contact.entryPoint)}</Row>
          <Row label={t('panel.contactId')}>
            <Copyable value={contact.contactId} />
          </Row>
        </dl>
      </section>
      <Attributes contact={contact} />
    </>
  );
}
