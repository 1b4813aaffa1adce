import { useDesk, useDeskState } from '../connection/desk.ts';
import { workOf } from '../connection/desk-state.ts';
import { useText } from '../i18n.ts';
import { StateShape } from '../ui/state-shape.tsx';
import { QueueLoad } from './queue-load.tsx';
import styles from './idle.module.css';

/** Nothing is open: what the agent may expect, and what was done today. */
export function Idle() {
  const { t } = useText();
  const { session } = useDesk();
  const agent = useDeskState((state) => state.agent);
  const queues = useDeskState((state) => state.ownQueues);
  if (session.agent === '' || agent === null) return null;
  const shape = agent.state;
  const word = workOf(agent).length > 0 ? 'idle.choose' : (`idle.${shape}` as const);
  return (
    <div className={styles['idle']} data-testid="idle">
      <div className={styles['card']}>
        <p className={styles['title']}>
          <StateShape shape={shape} size={14} />
          {t(word)}
        </p>
        <dl className={styles['figures']}>
          <div>
            <dt>{t('idle.handled')}</dt>
            <dd className="tabular">{agent.handledToday}</dd>
          </div>
          <div>
            <dt>{t('queues.waiting')}</dt>
            <dd className="tabular">{queues.reduce((total, queue) => total + queue.waiting, 0)}</dd>
          </div>
        </dl>
        {queues.length > 0 && (
          <ul className={styles['queues']} aria-label={t('queues.own')}>
            {queues.map((load) => (
              <QueueLoad key={load.queue} load={load} />
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
