import { useMemo, type ReactNode } from 'react';
import type { AgentView } from '../../../src/domain/views.ts';
import { useDesk } from '../connection/desk.ts';
import { useTimed } from '../connection/now.ts';
import { useStore } from '../connection/store.ts';
import { formatCount, formatDuration, formatPercent, titleIn } from '../format.ts';
import { useText } from '../i18n.ts';
import { abandonBand, abandonTargetPct, availableBand, levelBand, totalsOf, waitBand, waitingBand, type Band } from './figures.ts';
import styles from './tiles.module.css';

/** Good is a disc, watch a triangle, bad a square with a cross: told apart without colour. */
export function BandMark({ band }: { band: Band }) {
  if (band === 'none') return null;
  return (
    <svg className={styles['mark']} viewBox="0 0 16 16" aria-hidden>
      {band === 'good' && <circle cx="8" cy="8" r="7" />}
      {band === 'warn' && <path d="M8 1 15.5 14.5H.5z" />}
      {band === 'bad' && <path d="M1 1h14v14H1z" />}
      {band === 'good' && <path d="m5 8.2 2.1 2.1L11 6.4" className={styles['cut']} />}
      {band === 'warn' && <path d="M8 6v4M8 12v.6" className={styles['cut']} />}
      {band === 'bad' && <path d="m5 5 6 6M11 5l-6 6" className={styles['cut']} />}
    </svg>
  );
}

function Tile(props: { name: string; label: string; value: ReactNode; band: Band; foot: string }) {
  const { t } = useText();
  const { name, label, value, band, foot } = props;
  return (
    <section className={styles['tile']} data-band={band} aria-label={label} data-testid={`tile-${name}`}>
      <p className={styles['label']}>
        <span className={styles['name']}>{label}</span>
        {band !== 'none' && (
          <span className={styles['band']}>
            <BandMark band={band} />
            <span className={styles['bandWord']}>{t(`wall.${band}`)}</span>
          </span>
        )}
      </p>
      <p className={`${styles['value'] ?? ''} tabular`}>{value}</p>
      <p className={styles['foot']}>{foot}</p>
    </section>
  );
}

function LongestTile({ oldestMs, queue }: { oldestMs: number | null; queue: string }) {
  const { t } = useText();
  const text = useTimed((nowMs) => (oldestMs === null ? '0:00' : formatDuration(nowMs - oldestMs)));
  const band = useTimed((nowMs) => waitBand(oldestMs === null ? null : nowMs - oldestMs));
  return <Tile name="longest" label={t('wall.longest')} value={text} band={band} foot={oldestMs === null ? t('wall.nobodyWaits') : t('wall.longestQueue', { queue })} />;
}

function agentCounts(agents: Iterable<AgentView>): { signedIn: number; available: number } {
  let signedIn = 0;
  let available = 0;
  for (const agent of agents) {
    if (agent.state === 'signed_out') continue;
    signedIn += 1;
    if (agent.state === 'ready' && agent.slots.length === 0) available += 1;
  }
  return { signedIn, available };
}

/** The six figures of the day. */
export function Tiles() {
  const { t, language } = useText();
  const { wall } = useDesk();
  const queues = useStore(wall.state, (state) => state.queues);
  const agents = useStore(wall.state, (state) => state.agents);
  const totals = useMemo(() => totalsOf(queues.values()), [queues]);
  const { signedIn, available } = useMemo(() => agentCounts(agents.values()), [agents]);
  const target = totals.targetPct > 0 ? t('wall.serviceLevelTarget', { pct: totals.targetPct, seconds: totals.targetSeconds }) : t('wall.noData');
  return (
    <div className={styles['tiles']}>
      <Tile name="service-level" label={t('wall.serviceLevel')} value={formatPercent(totals.serviceLevelPct)} band={levelBand(totals.serviceLevelPct, totals.targetPct)} foot={target} />
      <Tile name="waiting" label={t('wall.waiting')} value={formatCount(totals.waiting, language)} band={waitingBand(totals.stuck, totals.engaged)} foot={t('wall.waitingBy', { count: totals.offered })} />
      <LongestTile oldestMs={totals.oldestEnqueuedMs} queue={titleIn(queues.get(totals.oldestQueue)?.titles, language, totals.oldestQueue)} />
      <Tile name="available" label={t('wall.available')} value={formatCount(available, language)} band={availableBand(available, totals.stuck)} foot={t('wall.availableOf', { count: formatCount(signedIn, language) })} />
      <Tile name="abandon" label={t('wall.abandon')} value={formatPercent(totals.abandonPct)} band={abandonBand(totals.abandonPct)} foot={t('wall.abandonTarget', { pct: abandonTargetPct })} />
      <Tile name="answered" label={t('wall.answered')} value={formatCount(totals.answeredToday, language)} band="none" foot={t('wall.answeredOf', { count: formatCount(totals.offeredToday, language) })} />
    </div>
  );
}
