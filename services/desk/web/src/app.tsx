import { MantineProvider, type MantineProviderProps } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Component, lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import type { SessionView } from '../../src/protocol.ts';
import { createDesk, DeskContext, type Desk } from './connection/desk.ts';
import { useStore } from './connection/store.ts';
import { texts, useText } from './i18n.ts';
import { goTo, useRoute } from './route.ts';
import { preferences } from './session/preferences.ts';
import { loadSession, sessionState } from './session/session-store.ts';
import { theme } from './theme.ts';
import { Fault, Opening, Whole } from './ui/whole.tsx';

const SignInPage = lazy(async () => ({ default: (await import('./session/sign-in-page.tsx')).SignInPage }));
const DeskPage = lazy(async () => ({ default: (await import('./desk/desk-page.tsx')).DeskPage }));
const WallPage = lazy(async () => ({ default: (await import('./wall/wall-page.tsx')).WallPage }));

const queryClient = new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 10_000, refetchOnWindowFocus: false } } });

function styleNonce(): string {
  return document.querySelector('meta[name="csp-nonce"]')?.getAttribute('content') ?? '';
}

/** A fault nobody foresaw: says so, and offers to load the page again. */
class LastResort extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    const reload = () => {
      location.reload();
    };
    return <Whole page title={texts.t('app.broken')} hint={texts.t('app.brokenHint')} action={texts.t('app.reload')} onAction={reload} />;
  }
}

function useConnectedDesk(session: SessionView, fresh: boolean): Desk | null {
  const [desk, setDesk] = useState<Desk | null>(null);
  useEffect(() => {
    const created = createDesk(session, fresh);
    const stop = created.link.state.subscribe(() => {
      if (created.link.state.get().phase === 'signed_out') sessionState.set({ phase: 'out', tenant: session.tenant, ended: true });
    });
    // The connection is an outside thing that lives as long as this component.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setDesk(created);
    return () => {
      stop();
      created.close();
    };
  }, [session, fresh]);
  return desk;
}

function Pages({ session }: { session: SessionView }) {
  const { t } = useText();
  const route = useRoute();
  const { desk, wall } = session.pages;
  const home = desk ? '/desk' : '/wall';
  useEffect(() => {
    if (route.page === 'home' && (desk || wall)) goTo(home, true);
  }, [route.page, home, desk, wall]);
  if (!desk && !wall) return <Whole page title={t('app.noPage')} />;
  if (route.page === 'desk' && desk) return <DeskPage contactId={route.contactId} />;
  if (route.page === 'wall' && wall) return <WallPage />;
  if (route.page === 'home') return <Opening />;
  const goHome = () => {
    goTo(home);
  };
  return <Whole page title={t('app.notFound')} action={t(desk ? 'nav.desk' : 'nav.wall')} onAction={goHome} />;
}

function SignedIn({ session, fresh }: { session: SessionView; fresh: boolean }) {
  const desk = useConnectedDesk(session, fresh);
  if (desk === null) return <Opening />;
  return (
    <DeskContext value={desk}>
      <Pages session={session} />
    </DeskContext>
  );
}

function Gate() {
  const state = useStore(sessionState, (now) => now);
  useEffect(() => {
    void loadSession();
  }, []);
  if (state.phase === 'loading') return <Opening />;
  if (state.phase === 'away') return <Fault error={state.error} onRetry={() => void loadSession()} whole />;
  if (state.phase === 'out') return <SignInPage tenant={state.tenant} ended={state.ended} />;
  return <SignedIn key={`${state.session.tenant}/${state.session.user}`} session={state.session} fresh={state.fresh} />;
}

export function App() {
  const chosen = useStore(preferences, (now) => now.theme);
  const scheme: Pick<MantineProviderProps, 'forceColorScheme'> = chosen === 'light' || chosen === 'dark' ? { forceColorScheme: chosen } : {};
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={styleNonce} {...scheme}>
      <QueryClientProvider client={queryClient}>
        <Notifications position="bottom-right" limit={3} autoClose={6_000} />
        <LastResort>
          <Suspense fallback={<Opening />}>
            <Gate />
          </Suspense>
        </LastResort>
      </QueryClientProvider>
    </MantineProvider>
  );
}
