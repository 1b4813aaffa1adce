import { ActionIcon, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconDeviceDesktop, IconLogout, IconMoon, IconSun, IconUser } from '@tabler/icons-react';
import type { MouseEvent, ReactNode } from 'react';
import { signOut } from '../api.ts';
import { useDesk } from '../connection/desk.ts';
import { useStore } from '../connection/store.ts';
import { initialOf } from '../format.ts';
import { useText } from '../i18n.ts';
import { goTo } from '../route.ts';
import { chooseTheme, preferences } from '../session/preferences.ts';
import { sessionState } from '../session/session-store.ts';
import { LanguageSwitch } from './language-switch.tsx';
import { Logo } from './logo.tsx';
import { MenuButton, type MenuEntry } from './menu-button.tsx';
import { attempt } from './errors.ts';
import styles from './app-header.module.css';

function NavLink({ to, current, label }: { to: string; current: boolean; label: string }) {
  const go = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    goTo(to);
  };
  return (
    <a href={to} className={styles['tab']} aria-current={current ? 'page' : undefined} onClick={go}>
      {label}
    </a>
  );
}

function ThemeMenu() {
  const { t } = useText();
  const chosen = useStore(preferences, (now) => now.theme) || 'auto';
  const rows = [
    { theme: 'light', label: t('nav.themeLight'), Icon: IconSun },
    { theme: 'dark', label: t('nav.themeDark'), Icon: IconMoon },
    { theme: 'auto', label: t('nav.themeAuto'), Icon: IconDeviceDesktop },
  ] as const;
  const entries = (): MenuEntry[] =>
    rows.map(({ theme, label, Icon }) => ({ kind: 'item', key: theme, label, icon: <Icon size={16} aria-hidden />, ticked: chosen === theme, testId: `theme-${theme}`, onChoose: () => void chooseTheme(theme) }));
  const button = (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('nav.theme')} data-testid="theme-menu">
      {chosen === 'dark' ? <IconMoon size={18} aria-hidden /> : <IconSun size={18} aria-hidden />}
    </ActionIcon>
  );
  return <MenuButton position="bottom-end" width={180} button={button} entries={entries} />;
}

function UserMenu() {
  const { t } = useText();
  const { session } = useDesk();
  const leave = async () => {
    await signOut();
    sessionState.set({ phase: 'out', tenant: session.tenant, ended: false });
    goTo('/sign-in', true);
  };
  const button = (
    <UnstyledButton className={styles['user']} data-testid="user-menu">
      <span className={styles['avatar']} aria-hidden>
        {initialOf(session.displayName) || <IconUser size={16} />}
      </span>
      <span className={styles['name']}>{session.displayName}</span>
      <VisuallyHidden>{t('nav.menu')}</VisuallyHidden>
    </UnstyledButton>
  );
  const entries = (): MenuEntry[] => [
    {
      kind: 'item',
      key: 'sign-out',
      label: t('nav.signOut'),
      icon: <IconLogout size={16} aria-hidden />,
      testId: 'sign-out',
      onChoose: () => {
        attempt(leave());
      },
    },
  ];
  return <MenuButton position="bottom-end" width={220} button={button} entries={entries} />;
}

/** The bar on top of every page: where one is, what the page puts in, and the user's own settings. */
export function AppHeader(props: { current: 'desk' | 'wall'; children?: ReactNode; end?: ReactNode; tools?: ReactNode }) {
  const { t } = useText();
  const { session } = useDesk();
  const both = session.pages.desk && session.pages.wall;
  const here = t(props.current === 'desk' ? 'nav.desk' : 'nav.wall');
  return (
    <header className={styles['header']}>
      <div className={styles['brand']}>
        <Logo size={30} />
        {both ? (
          <>
            <VisuallyHidden component="h1">{here}</VisuallyHidden>
            <nav className={styles['tabs']} aria-label={t('nav.main')}>
              <NavLink to="/desk" current={props.current === 'desk'} label={t('nav.desk')} />
              <NavLink to="/wall" current={props.current === 'wall'} label={t('nav.wall')} />
            </nav>
          </>
        ) : (
          <h1 className={styles['where']}>{here}</h1>
        )}
      </div>
      <div className={styles['middle']}>{props.children}</div>
      <div className={styles['end']}>
        {props.end}
        <span className={styles['rule']} aria-hidden />
        {props.tools}
        <ThemeMenu />
        <LanguageSwitch signedIn />
        <UserMenu />
      </div>
    </header>
  );
}
