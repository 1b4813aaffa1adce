import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ContactView } from '../../../src/domain/views.ts';
import { useDesk } from '../connection/desk.ts';
import { useText } from '../i18n.ts';
import { Fault } from '../ui/whole.tsx';
import { RecordingBlock } from './recording-block.tsx';
import styles from './left-message.module.css';

/** The recording is made when the call in which the message was left has ended, mostly long before; sometimes just now. */
const lookAgainMs = 2_000;

/** The message that the customer left, to be heard before the call. */
export function LeftMessage({ contact }: { contact: ContactView }) {
  const { t } = useText();
  const desk = useDesk();
  const { contactId, connectedMs } = contact;
  const list = useQuery({
    queryKey: ['left-message', contactId],
    queryFn: async () => (await desk.request('recordings.list', { contactId })).recordings.find(({ isMessage }) => isMessage) ?? null,
    refetchInterval: ({ state }) => (state.data?.status === 'ready' || state.data?.status === 'erased' ? false : lookAgainMs),
  });
  return (
    <section className={styles['message']} aria-label={t('leftMessage.title')} data-testid="left-message">
      <h2 className={styles['title']}>{t('leftMessage.title')}</h2>
      {list.isPending && <Skeleton height={110} radius={12} />}
      {list.isError && <Fault error={list.error} onRetry={() => void list.refetch()} />}
      {list.data === null && <p className={styles['hint']}>{t('review.recordingPending')}</p>}
      {list.data?.isMessage === true && <RecordingBlock recording={list.data} contactId={contactId} />}
      {connectedMs === null && <p className={styles['hint']}>{t('leftMessage.hint')}</p>}
    </section>
  );
}
