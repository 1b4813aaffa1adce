import { Button, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconChevronDown, IconClockPause, IconLogout, IconX } from '@tabler/icons-react';
import type { AgentView, PresenceState } from '../../../src/domain/views.ts';
import { useDesk, useDeskState } from '../connection/desk.ts';
import { useText } from '../i18n.ts';
import { attempt } from '../ui/errors.ts';
import { MenuButton, type MenuEntry } from '../ui/menu-button.tsx';
import { StateShape } from '../ui/state-shape.tsx';
import { Since } from '../ui/timers.tsx';
import { breakReasons, reasonText } from './names.ts';
import { useShortcut } from './shortcuts.ts';
import styles from './state-control.module.css';

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

function useStateEntries(): (state: PresenceState, reason: string) => MenuEntry[] {
  const { t } = useText();
  const { set, signOut } = useStateActions();
  const stateEntry = (state: 'ready' | 'not_ready', testId: string, now: PresenceState): MenuEntry => ({
    kind: 'item',
    key: state,
    label: t(`state.${state}`),
    icon: <StateShape shape={state} />,
    ticked: now === state,
    testId,
    onChoose: () => {
      set(state);
    },
  });
  return (state, reason) => [
    stateEntry('ready', 'set-ready', state),
    stateEntry('not_ready', 'set-not-ready', state),
    { kind: 'divider', key: 'before-breaks' },
    { kind: 'label', key: 'breaks', label: t('state.breakWith') },
    ...breakReasons.map(
      (one): MenuEntry => ({
        kind: 'item',
        key: one,
        label: reasonText(one, t),
        icon: <StateShape shape="break" />,
        ticked: state === 'break' && reason === one,
        testId: `set-break-${one}`,
        onChoose: () => {
          set('break', one);
        },
      }),
    ),
    { kind: 'divider', key: 'before-sign-out' },
    { kind: 'item', key: 'sign-out', label: t('state.signOut'), icon: <IconLogout size={14} aria-hidden />, testId: 'agent-sign-out', onChoose: signOut },
  ];
}

/** The agent's state with its time, the menu to change it, and the one press between ready and not ready. */
export function StateControl() {
  const { t } = useText();
  const { session } = useDesk();
  const agent = useDeskState((state) => state.agent);
  const known = useDeskState((state) => state.agentKnown);
  const presence = useDeskState((state) => state.presence);
  const { set } = useStateActions();
  const entries = useStateEntries();
  const signedIn = agent !== null && agent.state !== 'signed_out' && presence !== 'taken_over';
  const ready = agent?.state === 'ready';
  const toggle = () => {
    set(ready ? 'not_ready' : 'ready');
  };
  useShortcut('s', signedIn ? toggle : undefined);
  if (session.agent === '' || !known) return null;
  if (!signedIn) return <SignedOut takenOver={presence === 'taken_over'} />;
  const shown = agent.reason === '' ? t(`state.${agent.state}`) : `${t(`state.${agent.state}`)} · ${reasonText(agent.reason, t)}`;
  const pill = (
    <UnstyledButton className={styles['pill']} data-state={agent.state} data-testid="agent-state">
      <VisuallyHidden>{t('state.menu')}</VisuallyHidden>
      <StateShape shape={agent.state} />
      <span>{shown}</span>
      <span className={styles['time']}>
        <Since ms={agent.sinceMs} />
      </span>
      <IconChevronDown size={15} aria-hidden />
    </UnstyledButton>
  );
  return (
    <div className={styles['control']}>
      <MenuButton position="bottom-start" width={210} button={pill} entries={() => entries(agent.state, agent.reason)} />
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
