import { Button, Menu, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconChevronDown, IconClockPause, IconLogout, IconX } from '@tabler/icons-react';
import type { AgentView, PresenceState } from '../../../src/domain/views.ts';
import { useDesk, useDeskState } from '../connection/desk.ts';
import { useText } from '../i18n.ts';
import { attempt } from '../ui/errors.ts';
import { StateShape } from '../ui/state-shape.tsx';
import { Since } from '../ui/timers.tsx';
import { reasonText } from './names.ts';
import { useShortcut } from './shortcuts.ts';
import styles from './state-control.module.css';

const breakReasons = ['meal', 'meeting', 'training', 'rest'];

function useStateActions() {
  const desk = useDesk();
  return {
    set(state: 'ready' | 'not_ready' | 'break', reason = '') {
      attempt(desk.request('agent.setState', { state, reason }));
    },
    signIn: () => {
      attempt(desk.takeAgent());
    },
    signOut: () => {
      attempt(desk.request('agent.signOut', {}));
    },
  };
}

function SignedOut({ takenOver }: { takenOver: boolean }) {
  const { t } = useText();
  const { signIn } = useStateActions();
  return (
    <div className={styles['out']} role="status">
      <span className={styles['pill']} data-state="signed_out" data-testid="agent-state">
        <StateShape shape="signed_out" />
        {t('state.signed_out')}
      </span>
      <Button size="sm" onClick={signIn} data-testid="agent-sign-in">
        {t(takenOver ? 'state.takeBack' : 'state.signIn')}
      </Button>
      <span className={styles['hint']}>{t(takenOver ? 'state.takenOver' : 'state.signedOutHint')}</span>
    </div>
  );
}

function PendingState({ agent }: { agent: AgentView }) {
  const { t } = useText();
  const { set } = useStateActions();
  if (agent.pendingState === null) return null;
  const reason = agent.pendingReason === '' ? '' : ` · ${reasonText(agent.pendingReason, t)}`;
  return (
    <Button
      size="compact-sm"
      variant="light"
      color="violet"
      radius="xl"
      leftSection={<IconClockPause size={14} aria-hidden />}
      rightSection={<IconX size={12} aria-hidden />}
      title={t('state.pendingCancel')}
      onClick={() => {
        set('ready');
      }}
      data-testid="agent-pending"
    >
      {t('state.pending', { state: t(`state.${agent.pendingState}`) + reason })}
    </Button>
  );
}

function StateMenu({ state, reason }: { state: PresenceState; reason: string }) {
  const { t } = useText();
  const { set, signOut } = useStateActions();
  const tick = (now: boolean) => (now ? <IconCheck size={16} aria-hidden /> : undefined);
  return (
    <Menu.Dropdown>
      <Menu.Item leftSection={<StateShape shape="ready" />} rightSection={tick(state === 'ready')} onClick={() => set('ready')} data-testid="set-ready">
        {t('state.ready')}
      </Menu.Item>
      <Menu.Item leftSection={<StateShape shape="not_ready" />} rightSection={tick(state === 'not_ready')} onClick={() => set('not_ready')} data-testid="set-not-ready">
        {t('state.not_ready')}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Label>{t('state.breakWith')}</Menu.Label>
      {breakReasons.map((one) => (
        <Menu.Item key={one} leftSection={<StateShape shape="break" />} rightSection={tick(state === 'break' && reason === one)} onClick={() => set('break', one)} data-testid={`set-break-${one}`}>
          {reasonText(one, t)}
        </Menu.Item>
      ))}
      <Menu.Divider />
      <Menu.Item leftSection={<IconLogout size={14} aria-hidden />} onClick={signOut} data-testid="agent-sign-out">
        {t('state.signOut')}
      </Menu.Item>
    </Menu.Dropdown>
  );
}

/** The agent's state with its time, the menu to change it, and the one press between ready and not ready. */
export function StateControl() {
  const { t } = useText();
  const { session } = useDesk();
  const agent = useDeskState((state) => state.agent);
  const known = useDeskState((state) => state.agentKnown);
  const presence = useDeskState((state) => state.presence);
  const { set } = useStateActions();
  const signedIn = agent !== null && agent.state !== 'signed_out' && presence !== 'taken_over';
  const ready = agent?.state === 'ready';
  const toggle = () => {
    set(ready ? 'not_ready' : 'ready');
  };
  useShortcut('s', signedIn ? toggle : undefined);
  if (session.agent === '' || !known) return null;
  if (!signedIn) return <SignedOut takenOver={presence === 'taken_over'} />;
  const shown = agent.reason === '' ? t(`state.${agent.state}`) : `${t(`state.${agent.state}`)} · ${reasonText(agent.reason, t)}`;
  return (
    <div className={styles['control']}>
      <Menu position="bottom-start" width={210} returnFocus>
        <Menu.Target>
          <UnstyledButton className={styles['pill']} data-state={agent.state} data-testid="agent-state">
            <VisuallyHidden>{t('state.menu')}</VisuallyHidden>
            <StateShape shape={agent.state} />
            <span>{shown}</span>
            <span className={styles['time']}>
              <Since ms={agent.sinceMs} />
            </span>
            <IconChevronDown size={15} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <StateMenu state={agent.state} reason={agent.reason} />
      </Menu>
      <Button
        size="sm"
        variant={ready ? 'default' : 'filled'}
        color={ready ? 'gray' : 'teal.9'}
        onClick={toggle}
        data-testid="toggle-ready"
      >
        {t(ready ? 'state.goNotReady' : 'state.goReady')}
      </Button>
      <PendingState agent={agent} />
    </div>
  );
}
