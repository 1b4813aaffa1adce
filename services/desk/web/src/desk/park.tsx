import { Button } from '@mantine/core';
import { IconClockPause, IconPlayerPlay } from '@tabler/icons-react';
import type { ParkedView, SlotView, TimelineItem } from '../../../src/domain/views.ts';
import { useDesk } from '../connection/desk.ts';
import { formatWhen } from '../format.ts';
import { useText } from '../i18n.ts';
import { attempt } from '../ui/errors.ts';
import { MenuButton, type MenuEntry } from '../ui/menu-button.tsx';
import { useWork } from '../ui/use-work.ts';
import styles from './park.module.css';

const hourMs = 3_600_000;

/** Nine o'clock of the next day, where the agent is. */
function tomorrowAtNine(nowMs: number): number {
  const day = new Date(nowMs);
  day.setDate(day.getDate() + 1);
  day.setHours(9, 0, 0, 0);
  return day.getTime();
}

/** The customer's last message that the agent saw. */
function lastOfCustomer(items: readonly TimelineItem[]): string {
  return items.findLast((item) => item.kind === 'message' && item.from === 'customer')?.key ?? '';
}

/** Puts a text contact aside until the customer writes (挂起), with a time at which it comes back all the same. */
export function ParkButton({ slot, items }: { slot: SlotView; items: readonly TimelineItem[] }) {
  const { t } = useText();
  const desk = useDesk();
  const { contactId, assignmentId } = slot;
  const parkUntil = (untilMs: number | undefined) => () => {
    attempt(desk.request('contact.park', { contactId, assignmentId, lastMessageId: lastOfCustomer(items), untilMs: untilMs === undefined ? '' : String(untilMs) }));
  };
  const entries = (): MenuEntry[] => {
    const nowMs = desk.clock.nowMs();
    return [
      { kind: 'label', key: 'title', label: t('park.title') },
      { kind: 'item', key: 'hour', label: t('park.hour'), testId: 'park-hour', onChoose: parkUntil(nowMs + hourMs) },
      { kind: 'item', key: 'four', label: t('park.fourHours'), testId: 'park-four-hours', onChoose: parkUntil(nowMs + 4 * hourMs) },
      { kind: 'item', key: 'tomorrow', label: t('park.tomorrow'), testId: 'park-tomorrow', onChoose: parkUntil(tomorrowAtNine(nowMs)) },
      { kind: 'item', key: 'days', label: t('park.days'), testId: 'park-days', onChoose: parkUntil(undefined) },
    ];
  };
  const button = (
    <Button size="sm" variant="default" color="gray" leftSection={<IconClockPause size={16} aria-hidden />} data-testid="park-contact">
      {t('park.button')}
    </Button>
  );
  return <MenuButton button={button} entries={entries} width={220} position="bottom-end" />;
}

/** In the place of the answer: until when it is put aside, and the way back. */
export function ParkedBanner({ parked }: { parked: ParkedView }) {
  const { t, language } = useText();
  const desk = useDesk();
  const { busy, run } = useWork<'resume'>();
  const resume = () => run('resume', () => desk.request('contact.resume', { contactId: parked.contactId }));
  return (
    <div className={styles['banner']} data-testid="parked-banner">
      <span>{t('park.banner', { when: formatWhen(parked.untilMs, desk.clock.nowMs(), language) })}</span>
      <Button size="sm" loading={busy !== null} leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => void resume()} data-testid="resume-contact">
        {t('park.resume')}
      </Button>
    </div>
  );
}
