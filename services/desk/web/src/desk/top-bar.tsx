import { ActionIcon, Tooltip } from '@mantine/core';
import { IconVolume, IconVolumeOff } from '@tabler/icons-react';
import { useDesk, useDeskState } from '../connection/desk.ts';
import { useStore } from '../connection/store.ts';
import { useText } from '../i18n.ts';
import { AppHeader } from '../ui/app-header.tsx';
import { StateShape } from '../ui/state-shape.tsx';
import { useNames } from './names.ts';
import { soundOn, toggleSound } from './ring-sound.ts';
import { StateControl } from './state-control.tsx';
import styles from './top-bar.module.css';

/** How many contacts the agent has in which stage. */
function WorkChips() {
  const { t } = useText();
  const { isVoice } = useNames();
  const slots = useDeskState((state) => state.agent?.slots ?? null);
  if (slots === null || slots.length === 0) return null;
  const talking = slots.filter((slot) => slot.activity === 'engaged' && isVoice(slot.channel)).length;
  const engaged = slots.filter((slot) => slot.activity === 'engaged').length - talking;
  const wrapUp = slots.filter((slot) => slot.activity === 'wrap_up').length;
  return (
    <div className={styles['chips']} data-testid="work-chips">
      {talking > 0 && (
        <span className={styles['chip']}>
          <StateShape shape="engaged" size={10} />
          {t('activity.talking')}
        </span>
      )}
      {engaged > 0 && (
        <span className={styles['chip']}>
          <StateShape shape="engaged" size={10} />
          {t('activity.engaged')} <b className="tabular">{engaged}</b>
        </span>
      )}
      {wrapUp > 0 && (
        <span className={styles['chip']}>
          <StateShape shape="wrap_up" size={10} />
          {t('activity.wrap_up')} <b className="tabular">{wrapUp}</b>
        </span>
      )}
    </div>
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
  const on = useStore(soundOn, (now) => now);
  const label = t(on ? 'nav.soundOn' : 'nav.soundOff');
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} aria-pressed={on} onClick={toggleSound}>
        {on ? <IconVolume size={18} aria-hidden /> : <IconVolumeOff size={18} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}

export function TopBar() {
  return (
    <AppHeader current="desk" end={<ConnectionState />} tools={<SoundSwitch />}>
      <StateControl />
      <WorkChips />
    </AppHeader>
  );
}
