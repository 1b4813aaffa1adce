import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { CandidateView, LeftOutView, WaitingExplanationView } from '../../../src/domain/explanation-views.ts';
import { useDesk } from '../connection/desk.ts';
import { useNames } from '../desk/names.ts';
import { formatClock, formatDuration } from '../format.ts';
import { hasText, useText } from '../i18n.ts';
import { Fault } from './whole.tsx';
import styles from './explanation.module.css';

/** How often what is true now is asked for again. */
const againMs = 5_000;

function useClockText(): (ms: number) => string {
  const { language } = useText();
  return (ms) => formatClock(ms, language, true);
}

function Candidates({ title, agents, chosen }: { title: string; agents: readonly CandidateView[]; chosen?: string }) {
  const { t } = useText();
  const clock = useClockText();
  return (
    <>
      <p className={styles['title']}>{title}</p>
      <ol className={styles['agents']}>
        {agents.map(({ agentId, name, inHand, idleSinceMs }) => (
          <li key={agentId} data-chosen={agentId === chosen} data-testid="candidate">
            <b>{name}</b>
            <span className="tabular">{[t('why.inHand', { count: inHand }), idleSinceMs === null ? '' : t('why.idle', { time: clock(idleSinceMs) })].filter((word) => word !== '').join(' · ')}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

function LeftOut({ rows }: { rows: readonly LeftOutView[] }) {
  const { t } = useText();
  const clock = useClockText();
  if (rows.length === 0) return null;
  return (
    <>
      <p className={styles['title']}>{t('why.leftOut')}</p>
      <dl className={styles['reasons']}>
        {rows.map(({ reason, count, agents }) => {
          const key = `leftOut.${reason}`;
          const names = agents.map(({ name, untilMs }) => (untilMs === null ? name : `${name} (${t('why.until', { time: clock(untilMs) })})`));
          const more = count - agents.length;
          return (
            <div key={reason} data-testid="left-out" data-reason={reason}>
              <dt>
                {hasText(key) ? t(key) : reason} <b className="tabular">{count}</b>
              </dt>
              <dd>{[...names, ...(more > 0 ? [t('why.more', { count: more })] : [])].join(t('why.comma'))}</dd>
            </div>
          );
        })}
      </dl>
    </>
  );
}

function Facts({ lines }: { lines: string[] }) {
  return (
    <ul className={styles['facts']}>
      {lines.map((line) => (
        <li key={line} className="tabular">
          {line}
        </li>
      ))}
    </ul>
  );
}

function Box({ children, testId }: { children: ReactNode; testId: string }) {
  return (
    <div className={styles['box']} data-testid={testId}>
      {children}
    </div>
  );
}

function useWaitingLines(): (view: WaitingExplanationView) => string[] {
  const { t } = useText();
  const clock = useClockText();
  return ({ ahead, openOffers, expectedWait, waitsForPreferredUntilMs, nextRelaxationMs, movesOnMs, candidates }) => {
    const place = openOffers > 0 ? t('why.ringing') : ahead === 0 ? t('why.first') : t('why.ahead', { count: ahead });
    return [
      place,
      expectedWait !== null && t('why.expected', { from: formatDuration(expectedWait.p50Ms), to: formatDuration(expectedWait.p90Ms) }),
      waitsForPreferredUntilMs !== null && t('why.preferred', { time: clock(waitsForPreferredUntilMs) }),
      nextRelaxationMs !== null && t('why.relaxes', { time: clock(nextRelaxationMs) }),
      movesOnMs !== null && t('why.movesOn', { time: clock(movesOnMs) }),
      candidates.length === 0 && openOffers === 0 && t('why.nobody'),
    ].filter((line) => line !== false);
  };
}

/** Why a contact is still waiting, kept up to date. */
export function WhyWaiting({ contactId }: { contactId: string }) {
  const { t } = useText();
  const desk = useDesk();
  const linesOf = useWaitingLines();
  const { data, error, refetch } = useQuery({ queryKey: ['why-waiting', contactId], queryFn: () => desk.request('explain.waiting', { contactId }), refetchInterval: againMs });
  if (error !== null) return <Fault error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton height={90} radius={10} />;
  return (
    <Box testId="why-waiting">
      <Facts lines={linesOf(data)} />
      {data.candidates.length > 0 && <Candidates title={t('why.couldTake')} agents={data.candidates} />}
      <LeftOut rows={data.leftOut} />
    </Box>
  );
}

/** Why an offer went to its agent; the contact's last one when none is named. */
export function WhyOffer({ contactId, offerId }: { contactId: string; offerId: string }) {
  const { t } = useText();
  const desk = useDesk();
  const clock = useClockText();
  const { queueName } = useNames();
  const { data, error, refetch } = useQuery({ queryKey: ['why-offer', contactId, offerId], queryFn: () => desk.request('explain.offer', { contactId, offerId }), staleTime: Infinity });
  if (error !== null) return <Fault error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton height={90} radius={10} />;
  const choice = `choice.${data.choice}`;
  const lines = [
    t('why.chosen', { agent: data.name, time: clock(data.offeredMs) }),
    data.namedBy !== '' && t('why.named', { user: data.namedBy }),
    data.namedBy === '' && t('why.chosenBy', { queue: queueName(data.queue), choice: hasText(choice) ? t(choice) : data.choice }),
    data.passedContacts > 0 && t('why.passed', { count: data.passedContacts }),
    data.centreChanged && t('why.changed'),
  ].filter((line) => line !== false);
  return (
    <Box testId="why-offer">
      <Facts lines={lines} />
      {data.candidates.length > 0 && <Candidates title={t('why.couldHave')} agents={data.candidates} chosen={data.agentId} />}
      <LeftOut rows={data.leftOut} />
    </Box>
  );
}
