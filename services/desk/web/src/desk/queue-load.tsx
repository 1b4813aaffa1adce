import type { QueueLoadView } from '../../../src/domain/views.ts';
import { useTimed } from '../connection/now.ts';
import { formatDuration } from '../format.ts';
import { useText } from '../i18n.ts';
import { useNames } from './names.ts';
import styles from './queue-load.module.css';

/** A queue of the agent's own with who waits there: a line of a list. */
export function QueueLoad({ load }: { load: QueueLoadView }) {
  const { t } = useText();
  const { queueName } = useNames();
  const { oldestEnqueuedMs, waiting } = load;
  const longest = useTimed((nowMs) => (oldestEnqueuedMs === null ? '' : formatDuration(nowMs - oldestEnqueuedMs)));
  return (
    <li className={styles['queue']}>
      <span className={styles['name']}>{queueName(load.queue)}</span>
      <span className="tabular" data-waiting={waiting > 0}>
        {waiting === 0 ? t('queues.none') : t('queues.load', { count: waiting, time: longest })}
      </span>
    </li>
  );
}
