import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { RecordingView } from '../../../src/domain/record-types.ts';
import { useText } from '../i18n.ts';
import styles from './recording-block.module.css';

const Wave = lazy(async () => ({ default: (await import('./wave.tsx')).Wave }));

/** One recording to be heard, or why it is not. */
export function RecordingBlock({ recording, contactId }: { recording: RecordingView; contactId: string }) {
  const { t } = useText();
  if (recording.status === 'recording') return <p className={styles['none']}>{t('review.recordingPending')}</p>;
  if (recording.status === 'failed') return <p className={styles['none']}>{t('review.recordingFailed')}</p>;
  if (recording.status === 'erased') return <p className={styles['none']}>{t('review.recordingErased')}</p>;
  return (
    <Suspense fallback={<Skeleton height={110} radius={12} />}>
      <Wave contactId={contactId} recording={recording} />
    </Suspense>
  );
}
