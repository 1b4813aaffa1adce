import { ActionIcon } from '@mantine/core';
import { IconArrowsMaximize, IconArrowsMinimize, IconClockExclamation } from '@tabler/icons-react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useDesk, useDeskState } from '../connection/desk.ts';
import { useNowSecond, useTimed } from '../connection/now.ts';
import { useStore } from '../connection/store.ts';
import { formatClock } from '../format.ts';
import { useText } from '../i18n.ts';
import { AppHeader } from '../ui/app-header.tsx';
import { tellFailure } from '../ui/errors.ts';
import { Opening } from '../ui/whole.tsx';
import { AgentGrid } from './agent-grid.tsx';
import { wallDetails } from './details.ts';
import { QueueTable } from './queue-table.tsx';
import { Tiles } from './tiles.tsx';
import styles from './wall-page.module.css';

const DetailsSheet = lazy(async () => ({ default: (await import('./details-sheet.tsx')).DetailsSheet }));

const staleMs = 3_000;
const driftMs = 2_000;

/** Asks for the wall's pushes while the page is open, again after every reconnect. */
function useWallFeed(): void {
  const desk = useDesk();
  const epoch = useStore(desk.link.state, (state) => (state.phase === 'live' ? state.epoch : 0));
  useEffect(() => {
    if (epoch === 0) return;
    desk.request('wall.open', {}).catch(tellFailure);
    return () => {
      // A lost connection has closed it already.
      desk.request('wall.close', {}).catch(() => undefined);
    };
  }, [desk, epoch]);
}

/** Seconds since the picture was last known to be right; 0 while it is fresh. */
function useStaleSeconds(): number {
  const { clock } = useDesk();
  const feeds = useDeskState((state) => state.feeds);
  return useTimed(() => {
    const silentMs = clock.silentMs();
    const ageMs = Math.max(feeds.queues, feeds.agents) + silentMs;
    return ageMs > staleMs ? Math.floor(ageMs / 1000) : 0;
  });
}

function Freshness({ staleSeconds }: { staleSeconds: number }) {
  const { t, language } = useText();
  const { clock } = useDesk();
  const nowMs = useNowSecond();
  const drift = Math.abs(clock.driftMs());
  return (
    <>
      {staleSeconds > 0 && (
        <span className={styles['stale']} role="status" data-testid="wall-stale">
          <IconClockExclamation size={16} aria-hidden />
          <span className="tabular">{t('wall.stale', { seconds: staleSeconds })}</span>
        </span>
      )}
      {drift > driftMs && <span className={styles['drift']}>{t('wall.drift', { seconds: Math.round(drift / 1000) })}</span>}
      <time className={`${styles['clock'] ?? ''} tabular`}>{formatClock(nowMs, language, true)}</time>
    </>
  );
}

/** Full screen of the whole page, with letters to be read from afar. */
function useFullScreen() {
  const page = useRef<HTMLDivElement>(null);
  const [full, setFull] = useState(false);
  useEffect(() => {
    const change = () => {
      setFull(document.fullscreenElement !== null);
    };
    document.addEventListener('fullscreenchange', change);
    return () => {
      document.removeEventListener('fullscreenchange', change);
    };
  }, []);
  const toggle = async () => {
    if (document.fullscreenElement === null) await page.current?.requestFullscreen();
    else await document.exitFullscreen();
  };
  return { page, full, toggle };
}

/** What was opened, over the wall; it goes with the page. */
function Details() {
  const open = useStore(wallDetails, (now) => now);
  useEffect(
    () => () => {
      wallDetails.set(null);
    },
    [],
  );
  return open === null ? null : (
    <Suspense>
      <DetailsSheet open={open} />
    </Suspense>
  );
}

export function WallPage() {
  const { t } = useText();
  const desk = useDesk();
  useWallFeed();
  const filled = useStore(desk.wall.state, (state) => state.filled);
  const staleSeconds = useStaleSeconds();
  const { page, full, toggle } = useFullScreen();
  const label = t(full ? 'wall.leaveFullScreen' : 'wall.fullScreen');
  const button = (
    <ActionIcon variant="subtle" color="gray" size="lg" title={label} aria-label={label} onClick={() => void toggle().catch(tellFailure)} data-testid="full-screen">
      {full ? <IconArrowsMinimize size={18} aria-hidden /> : <IconArrowsMaximize size={18} aria-hidden />}
    </ActionIcon>
  );
  return (
    <div ref={page} className={styles['page']} data-full={full} data-testid="wall">
      {full ? (
        <header className={styles['banner']}>
          <h1>{t('wall.title')}</h1>
          <span className={styles['spacer']} />
          <Freshness staleSeconds={staleSeconds} />
          {button}
        </header>
      ) : (
        <AppHeader current="wall" end={<Freshness staleSeconds={staleSeconds} />} tools={button} />
      )}
      {filled ? (
        <main className={styles['board']} data-stale={staleSeconds > 0} data-testid="wall-board">
          <Tiles />
          <div className={styles['floors']}>
            <QueueTable />
            <AgentGrid compact={full} />
          </div>
          <Details />
        </main>
      ) : (
        <main className={styles['board']}>
          <Opening />
        </main>
      )}
    </div>
  );
}
