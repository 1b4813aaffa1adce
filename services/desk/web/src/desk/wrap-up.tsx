import { Button, Textarea } from '@mantine/core';
import { IconClockPlus, IconCornerUpLeft } from '@tabler/icons-react';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { SlotView } from '../../../src/domain/views.ts';
import { limits } from '../../../src/protocol.ts';
import { useDesk, useDeskState } from '../connection/desk.ts';
import { useTimed } from '../connection/now.ts';
import { useText } from '../i18n.ts';
import { useUntil } from '../ui/timers.tsx';
import { useWork } from '../ui/use-work.ts';
import { DispositionPicker } from './disposition-picker.tsx';
import { useDraft } from './use-draft.ts';
import styles from './wrap-up.module.css';

const urgentMs = 15_000;

function Countdown({ slot }: { slot: SlotView }) {
  const { t } = useText();
  const endsMs = slot.endsMs ?? 0;
  const left = useUntil(endsMs);
  const urgent = useTimed((nowMs) => endsMs > 0 && endsMs - nowMs < urgentMs);
  const share = useTimed((nowMs) => Math.round(Math.max(0, Math.min(1, (endsMs - nowMs) / Math.max(1, endsMs - slot.sinceMs))) * 100));
  if (slot.endsMs === null) return <span className={styles['left']}>{t('wrapUp.noLimit')}</span>;
  return (
    <>
      <span className={`${styles['left'] ?? ''} tabular`} data-urgent={urgent} role="timer" data-testid="wrap-up-left">
        {t('wrapUp.left', { time: left })}
      </span>
      <progress className={styles['bar']} data-urgent={urgent} max={100} value={share} aria-hidden />
    </>
  );
}

/** The paperwork after a contact (话后整理): disposition, notes, more time, back to work. */
export function WrapUp({ slot }: { slot: SlotView }) {
  const { t } = useText();
  const desk = useDesk();
  const settings = useDeskState((state) => state.catalogue.queues[slot.queue]?.wrapUp);
  const trees = useDeskState((state) => state.catalogue.dispositionTrees);
  const tree = trees[settings?.dispositions ?? ''] ?? [];
  const [disposition, setDisposition] = useState('');
  const [notes, setNotes] = useDraft(`${slot.assignmentId}-notes`);
  const [missing, setMissing] = useState(false);
  const { busy, run } = useWork<'extend' | 'finish'>();
  const needed = tree.length > 0;
  const { contactId, assignmentId } = slot;
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    // The place to answer has just gone, and the focus with it; who works elsewhere is left there.
    if (document.activeElement === document.body) section.current?.querySelector<HTMLElement>('[role="radio"], textarea')?.focus();
  }, []);

  function finish(): void {
    if (needed && disposition === '') {
      setMissing(true);
      return;
    }
    void run('finish', async () => {
      await desk.request('wrapUp.finish', { contactId, assignmentId, disposition, notes: notes.trim() });
      setNotes('');
    });
  }

  function press(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    finish();
  }

  return (
    <section ref={section} onKeyDown={press} className={styles['wrapUp']} aria-label={t('wrapUp.title')} data-testid="wrap-up">
      <div className={styles['head']}>
        <h2>{t('wrapUp.title')}</h2>
        <Countdown slot={slot} />
      </div>
      {needed ? (
        <>
          <p className={styles['label']}>{t('wrapUp.disposition')}</p>
          <DispositionPicker
            tree={tree}
            value={disposition}
            label={t('wrapUp.disposition')}
            onChange={(code) => {
              setDisposition(code);
              setMissing(false);
            }}
          />
        </>
      ) : (
        <p className={styles['none']}>{t('wrapUp.none')}</p>
      )}
      {missing && (
        <p className={styles['missing']} role="alert">
          {t('wrapUp.dispositionNeeded')}
        </p>
      )}
      <Textarea
        label={t('wrapUp.notes')}
        placeholder={t('wrapUp.notesPlaceholder')}
        autosize
        minRows={2}
        maxRows={6}
        mt={12}
        maxLength={limits.notesChars}
        value={notes}
        onChange={(event) => {
          setNotes(event.currentTarget.value);
        }}
        data-testid="wrap-up-notes"
      />
      <div className={styles['buttons']}>
        {(settings?.extensionSeconds ?? 0) > 0 && slot.endsMs !== null && (
          <Button
            variant="default"
            loading={busy === 'extend'}
            leftSection={<IconClockPlus size={16} aria-hidden />}
            onClick={() => void run('extend', () => desk.request('wrapUp.extend', { contactId, assignmentId }))}
            data-testid="wrap-up-extend"
          >
            {t('wrapUp.extend')}
          </Button>
        )}
        <Button loading={busy === 'finish'} leftSection={<IconCornerUpLeft size={16} aria-hidden />} onClick={finish} data-testid="wrap-up-finish">
          {t('wrapUp.finish')}
        </Button>
      </div>
    </section>
  );
}
