import { useQuery } from '@tanstack/react-query';
import { IconClockExclamation, IconStack2 } from '@tabler/icons-react';
import { useMemo } from 'react';
import type { QueueView } from '../../../src/domain/views.ts';
import type { KpiView } from '../../../src/domain/record-types.ts';
import { useDesk } from '../connection/desk.ts';
import { useTimed } from '../connection/now.ts';
import { useStore } from '../connection/store.ts';
import { formatClock, formatCount, formatDuration, formatPercent, percentOf, titleIn } from '../format.ts';
import { useText } from '../i18n.ts';
import { Whole } from '../ui/whole.tsx';
import { wallDetails } from './details.ts';
import { abandonBand, levelBand, serviceLevelOf, waitBand, type Band } from './figures.ts';
import { BandMark } from './tiles.tsx';
import styles from './queue-table.module.css';

const kpisEveryMs = 30_000;

function Banded({ band, children }: { band: Band; children: string }) {
  return (
    <span className={styles['banded']} data-band={band}>
      {(band === 'warn' || band === 'bad') && <BandMark band={band} />}
      {children}
    </span>
  );
}

function LongestCell({ oldestMs }: { oldestMs: number | null }) {
  const text = useTimed((nowMs) => (oldestMs === null ? '–' : formatDuration(nowMs - oldestMs)));
  const band = useTimed((nowMs) => waitBand(oldestMs === null ? null : nowMs - oldestMs));
  return <Banded band={oldestMs === null ? 'none' : band}>{text}</Banded>;
}

/** How many promises to customers are at risk or broken; nothing while all are kept. */
function PromiseMark({ atRisk, broken }: { atRisk: number; broken: number }) {
  const { t } = useText();
  if (atRisk + broken === 0) return null;
  return (
    <span className={styles['promises']} data-band={broken > 0 ? 'bad' : 'warn'} title={t('promises.count', { broken, atRisk })} data-testid="queue-promises">
      <IconClockExclamation size={14} role="img" aria-label={t('promises.count', { broken, atRisk })} />
      {atRisk + broken}
    </span>
  );
}

function QueueRow({ queue, kpi }: { queue: QueueView; kpi: KpiView | undefined }) {
  const { t, language } = useText();
  const level = serviceLevelOf(queue);
  const abandon = percentOf(queue.abandonedToday, queue.offeredToday);
  const asaMs = queue.answeredToday > 0 ? queue.answeredWaitMsToday / queue.answeredToday : null;
  return (
    <tr data-testid="queue-row" data-queue={queue.queue}>
      <th scope="row">
        <button
          type="button"
          className={styles['open']}
          title={t('details.openQueue')}
          onClick={() => {
            wallDetails.set({ kind: 'queue', queue: queue.queue });
          }}
          data-testid="open-queue"
        >
          {titleIn(queue.titles, language, queue.queue)}
        </button>
        {queue.pausedSinceMs !== null && (
          <span className={styles['paused']} title={queue.pausedReason} data-testid="queue-paused">
            {t('wall.paused')}
          </span>
        )}
        <PromiseMark atRisk={queue.promisesAtRisk} broken={queue.promisesBroken} />
      </th>
      <td className={styles['strong']} data-some={queue.waiting > 0}>
        {formatCount(queue.waiting, language)}
      </td>
      <td>
        <LongestCell oldestMs={queue.oldestEnqueuedMs} />
      </td>
      <td>
        <Banded band={queue.agentsAvailable === 0 && queue.waiting > 0 ? 'bad' : 'none'}>{`${queue.agentsAvailable} / ${queue.agentsSignedIn}`}</Banded>
      </td>
      <td className={styles['minor']}>{queue.engaged}</td>
      <td className={styles['minor']}>{formatCount(queue.offeredToday, language)}</td>
      <td className={styles['minor']}>{formatCount(queue.answeredToday, language)}</td>
      <td>
        <Banded band={abandonBand(abandon)}>{formatPercent(abandon)}</Banded>
      </td>
      <td>
        <Banded band={levelBand(level, queue.targetPct)}>{formatPercent(level)}</Banded>
      </td>
      <td className={styles['minor']}>{asaMs === null ? '–' : formatDuration(asaMs)}</td>
      <td className={styles['minor']}>{kpi?.ahtSeconds === null || kpi?.ahtSeconds === undefined ? '–' : formatDuration(kpi.ahtSeconds * 1000)}</td>
    </tr>
  );
}

/** Handling times come from the warehouse, some seconds late; everything else is live. */
function useKpis() {
  const desk = useDesk();
  const live = useStore(desk.link.state, (state) => state.phase === 'live');
  return useQuery({ queryKey: ['kpis'], queryFn: () => desk.request('kpis.today', {}), enabled: live, refetchInterval: kpisEveryMs });
}

/** The minor ones are left out where letters are large. */
const columns = [
  { name: 'colWaiting', minor: false },
  { name: 'colLongest', minor: false },
  { name: 'colAvailable', minor: false },
  { name: 'colEngaged', minor: true },
  { name: 'colOffered', minor: true },
  { name: 'colAnswered', minor: true },
  { name: 'colAbandon', minor: false },
  { name: 'colLevel', minor: false },
  { name: 'colAsa', minor: true },
  { name: 'colAht', minor: true },
] as const;

/** Every queue with its figures. */
export function QueueTable() {
  const { t, language } = useText();
  const { wall } = useDesk();
  const queues = useStore(wall.state, (state) => state.queues);
  const rows = useMemo(() => [...queues.values()].sort((left, right) => left.queue.localeCompare(right.queue)), [queues]);
  const kpis = useKpis();
  const byQueue = new Map(kpis.data?.kpis.map((kpi) => [kpi.queue, kpi]));
  const asOf = kpis.data?.asOfMs ?? null;
  return (
    <section className={styles['panel']} aria-labelledby="wall-queues">
      <div className={styles['head']}>
        <h2 id="wall-queues">{t('wall.queues')}</h2>
        {asOf !== null && <span className={`${styles['note'] ?? ''} tabular`}>{t('wall.kpisAsOf', { time: formatClock(asOf, language) })}</span>}
      </div>
      {rows.length === 0 ? (
        <Whole icon={<IconStack2 size={24} aria-hidden />} title={t('wall.noQueues')} hint={t('wall.noQueuesHint')} />
      ) : (
        <div className={styles['scroll']} tabIndex={0} role="group" aria-labelledby="wall-queues">
          <table className={`${styles['table'] ?? ''} tabular`}>
            <thead>
              <tr>
                <th scope="col">{t('wall.queue')}</th>
                {columns.map(({ name, minor }) => (
                  <th key={name} scope="col" className={minor ? styles['minor'] : undefined}>
                    {t(`wall.${name}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((queue) => (
                <QueueRow key={queue.queue} queue={queue} kpi={byQueue.get(queue.queue)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
