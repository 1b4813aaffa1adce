import { Button, Loader } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useText } from '../i18n.ts';
import { useErrorText } from './errors.ts';
import styles from './whole.module.css';

/** A message that fills its place: nothing here, or something went wrong. `page` when it is all there is on the page. */
export function Whole(props: { icon?: ReactNode; title: string; hint?: string | undefined; action?: string; onAction?: () => void; page?: boolean }) {
  const [Place, Title] = props.page === true ? (['main', 'h1'] as const) : (['div', 'p'] as const);
  return (
    <Place className={styles['whole']}>
      {props.icon !== undefined && <div className={styles['icon']}>{props.icon}</div>}
      <Title className={styles['title']}>{props.title}</Title>
      {props.hint !== undefined && <p className={styles['hint']}>{props.hint}</p>}
      {props.action !== undefined && (
        <Button variant="default" mt={16} onClick={props.onAction}>
          {props.action}
        </Button>
      )}
    </Place>
  );
}

/** Something is being opened. Says so only when it takes a while. */
export function Opening() {
  const { t } = useText();
  return (
    <div className={`${styles['whole'] ?? ''} ${styles['late'] ?? ''}`} role="status">
      <Loader size="sm" color="gray" />
      <p className={styles['hint']}>{t('app.loading')}</p>
    </div>
  );
}

/** Something could not be read. */
export function Fault({ error, onRetry, whole = false }: { error: unknown; onRetry?: () => void; whole?: boolean }) {
  const { t } = useText();
  const textOf = useErrorText();
  return (
    <div className={whole ? styles['whole'] : styles['fault']} role="alert">
      <IconAlertTriangle size={20} aria-hidden className={styles['warn'] ?? ''} />
      <p className={styles['title']}>{t('fault.title')}</p>
      <p className={styles['hint']}>{textOf(error)}</p>
      {onRetry !== undefined && (
        <Button variant="default" size="xs" mt={8} onClick={onRetry}>
          {t('fault.retry')}
        </Button>
      )}
    </div>
  );
}
