import { IconClockExclamation, IconClockHour4 } from '@tabler/icons-react';
import type { ContactView, PromiseView } from '../../../src/domain/views.ts';
import { useTimed } from '../connection/now.ts';
import { formatDuration, secondsLeft } from '../format.ts';
import { useText } from '../i18n.ts';
import styles from './promise.module.css';

/** The promise to look at: one that is broken, else the one that runs out first. */
function pressing(promises: readonly PromiseView[]): PromiseView | undefined {
  const open = promises.filter(({ state, dueMs }) => dueMs !== null && (state === 'running' || state === 'at_risk' || state === 'breached'));
  return open.sort((left, right) => (left.dueMs ?? 0) - (right.dueMs ?? 0))[0];
}

/** What was promised, and how long there is, or since when it is too late. */
export function PromiseCountdown({ promise }: { promise: PromiseView }) {
  const { t } = useText();
  const { dueMs } = promise;
  const words = useTimed((nowMs) => (dueMs === null ? t('promise.stands') : nowMs < dueMs ? t('promise.left', { time: formatDuration(secondsLeft(dueMs, nowMs) * 1_000) }) : t('promise.late', { time: formatDuration(nowMs - dueMs) })));
  const state = promise.state === 'running' ? 'running' : promise.state;
  const Icon = state === 'running' ? IconClockHour4 : IconClockExclamation;
  return (
    <span className={styles['promise']} data-state={state} data-testid="promise">
      <Icon size={16} aria-hidden />
      {t(`promise.${promise.kind}`)}
      <span className="tabular">{words}</span>
    </span>
  );
}

/** How long there is to keep what the customer was promised: amber from four fifths on, red when it is broken. */
export function PromiseChip({ contact }: { contact: ContactView }) {
  const promise = contact.endedMs === null ? pressing(contact.promises) : undefined;
  return promise === undefined ? null : <PromiseCountdown promise={promise} />;
}
