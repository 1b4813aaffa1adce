import { ActionIcon } from '@mantine/core';
import { IconUsersGroup, IconVolume, IconVolumeOff } from '@tabler/icons-react';
import { useDesk, useDeskState } from '../connection/desk.ts';
import { useTimed } from '../connection/now.ts';
import { useStore } from '../connection/store.ts';
import { useText } from '../i18n.ts';
import { AppHeader } from '../ui/app-header.tsx';
import { StateShape } from '../ui/state-shape.tsx';
import { Since, Until } from '../ui/timers.tsx';
import { useNames } from './names.ts';
import { QueueLoad } from './queue-load.tsx';
import { formatDuration } from '../format.ts';
import { ringSound } from './ring-sound.ts';
import { ShortcutSheet } from './shortcut-sheet.tsx';
import { StateControl } from './state-control.tsx';
import styles from './top-bar.module.css';

/** How many contacts the agent has in which stage. */
function WorkChips() {
  const { t } = useText();
  const { isVoice } = useNames();
  const slots = useDeskState((state) => state.agent?.slots ?? null);
  if (slots === null || slots.length === 0) return null;
  const talking = slots.find((slot) => slot.activity === 'engaged' && isVoice(slot.channel));
  const engaged = slots.filter((slot) => slot.activity === 'engaged' && !isVoice(slot.channel)).length;
  const wrapUps = slots.filter((slot) => slot.activity === 'wrap_up');
  const soonest = wrapUps.map((slot) => slot.endsMs).filter((endsMs) => endsMs !== null);
  return (
    <div className={styles['chips']} data-testid="work-chips">
      {talking !== undefined && (
        <span className={styles['chip']}>
          <StateShape shape="engaged" size={10} />
          {t('activity.talking')}
          <b>
            <Since ms={talking.sinceMs} />
          </b>
        </span>
      )}
      {engaged > 0 && (
        <span className={styles['chip']}>
          <StateShape shape="engaged" size={10} />
          {t('activity.engaged')} <b className="tabular">{engaged}</b>
        </span>
      )}
      {wrapUps.length > 0 && (
        <span className={styles['chip']}>
          <StateShape shape="wrap_up" size={10} />
          {t('activity.wrap_up')} <b className="tabular">{wrapUps.length > 1 || soonest.length === 0 ? wrapUps.length : <Until ms={Math.min(...soonest)} />}</b>
        </span>
      )}
    </div>
  );
}

/** Who waits in the agent's own queues, and how long already; pressed, queue by queue. */
function QueueChip() {
  const { t } = useText();
  const queues = useDeskState((state) => state.ownQueues);
  const waiting = queues.reduce((total, queue) => total + queue.waiting, 0);
  const oldest = queues.map((queue) => queue.oldestEnqueuedMs).filter((ms) => ms !== null);
  const longest = useTimed((nowMs) => (oldest.length === 0 ? '' : formatDuration(nowMs - Math.min(...oldest))));
  if (queues.length === 0) return null;
  return (
    <details className={styles['queues']} data-waiting={waiting > 0} data-testid="queue-chip">
      <summary>
        <IconUsersGroup size={16} aria-hidden />
        {t('queues.waiting')} <b className="tabular">{waiting}</b>
        {waiting > 0 && longest !== '' && <span className="tabular">{t('queues.longest', { time: longest })}</span>}
      </summary>
      <ul aria-label={t('queues.own')}>
        {queues.map((load) => (
          <QueueLoad key={load.queue} load={load} />
        ))}
      </ul>
    </details>
  );
}

function ConnectionState() {
  const { t } = useText();
  const { link } = useDesk();
  const phase = useStore(link.state, (state) => state.phase);
  const live = phase === 'live';
  return (
    <span className={styles['link']} data-live={live} role="status" data-testid="link-state">
      <span className={styles['dot']} aria-hidden />
      {t(live ? 'link.live' : 'link.connecting')}
    </span>
  );
}

function SoundSwitch() {
  const { t } = useText();
  const on = useStore(ringSound.store, (now) => now);
  const label = t(on ? 'nav.soundOn' : 'nav.soundOff');
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" title={label} aria-label={label} aria-pressed={on} onClick={ringSound.toggle}>
      {on ? <IconVolume size={18} aria-hidden /> : <IconVolumeOff size={18} aria-hidden />}
    </ActionIcon>
  );
}

export function TopBar() {
  return (
    <AppHeader
      current="desk"
      end={
        <>
          <QueueChip />
          <ConnectionState />
        </>
      }
      tools={
        <>
          <SoundSwitch />
          <ShortcutSheet />
        </>
      }
    >
      <StateControl />
      <WorkChips />
    </AppHeader>
  );
}
