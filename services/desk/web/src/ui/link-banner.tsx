import { Button } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useDesk } from '../connection/desk.ts';
import { useTimed } from '../connection/now.ts';
import { useStore } from '../connection/store.ts';
import { useText } from '../i18n.ts';
import styles from './link-banner.module.css';

const quietMs = 1_500;

/** Says that the connection is lost and when it is tried again; silent for hiccups. */
export function LinkBanner() {
  const { t } = useText();
  const { link } = useDesk();
  const state = useStore(link.state, (now) => now);
  const seconds = useTimed(() => (state.phase === 'waiting' ? Math.max(0, Math.ceil((state.retryAtMs - Date.now()) / 1000)) : 0));
  const late = useTimed(() => state.phase === 'waiting' && Date.now() - state.sinceMs > quietMs);
  if (state.phase === 'outdated') {
    return (
      <div className={styles['banner']} role="alert">
        <span>{t('app.outdated')}</span>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            location.reload();
          }}
        >
          {t('app.reload')}
        </Button>
      </div>
    );
  }
  if (state.phase !== 'waiting' || !late) return null;
  return (
    <div className={styles['banner']} role="status" data-testid="link-lost">
      <IconPlugConnectedX size={18} aria-hidden />
      <span className="tabular">{t('link.waiting', { seconds })}</span>
      <span className={styles['kept']}>{t('link.kept')}</span>
      <Button size="compact-sm" variant="default" onClick={link.retryNow}>
        {t('link.retry')}
      </Button>
    </div>
  );
}
