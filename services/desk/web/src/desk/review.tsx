import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconCircleCheck, IconCircleDashed, IconCircleX, IconEye } from '@tabler/icons-react';
import type { ContactView } from '../../../src/domain/views.ts';
import type { ScoreView } from '../../../src/domain/record-types.ts';
import { useDesk } from '../connection/desk.ts';
import { formatDuration, titleIn } from '../format.ts';
import { useText } from '../i18n.ts';
import { Fault } from '../ui/whole.tsx';
import { useNames } from './names.ts';
import { RecordingBlock } from './recording-block.tsx';
import styles from './review.module.css';

type Finding = ScoreView['findings'][number];

const outcomeIcons = { passed: IconCircleCheck, failed: IconCircleX, not_applicable: IconCircleDashed, review: IconEye };

function FindingRow({ finding }: { finding: Finding }) {
  const { t, language } = useText();
  const Icon = outcomeIcons[finding.outcome];
  return (
    <li className={styles['finding']} data-outcome={finding.outcome}>
      <Icon size={17} role="img" aria-label={t(`review.${finding.outcome}`)} />
      <div>
        <p>
          {titleIn(finding.titles, language, finding.rule)}
          {finding.fatal && finding.outcome === 'failed' && <span className={styles['fatal']}>{t('review.fatal')}</span>}
        </p>
        {finding.evidence.map((evidence) => (
          <p key={`${evidence.startMs}-${evidence.quote}`} className={styles['evidence']}>
            <span className="tabular">{formatDuration(evidence.startMs)}</span>
            {evidence.quote !== '' && ` “${evidence.quote}”`}
          </p>
        ))}
      </div>
      <span className={`${styles['points'] ?? ''} tabular`}>{finding.pointsPossible > 0 && `${finding.points}/${finding.pointsPossible}`}</span>
    </li>
  );
}

const rank: Readonly<Record<Finding['outcome'], number>> = { failed: 0, review: 1, passed: 2, not_applicable: 3 };

/** What is to be looked at first; rules that had nothing to judge are only counted. */
function inOrder(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ outcome }) => outcome !== 'not_applicable').sort((left, right) => rank[left.outcome] - rank[right.outcome] || right.pointsPossible - left.pointsPossible);
}

function bandOf(scorePct: number): 'good' | 'warn' | 'bad' {
  if (scorePct >= 85) return 'good';
  return scorePct >= 60 ? 'warn' : 'bad';
}

function Scores({ contact }: { contact: ContactView }) {
  const { t } = useText();
  const desk = useDesk();
  const { contactId, scorePct } = contact;
  // A new score changes the contact: the key makes the list be read again.
  const scores = useQuery({ queryKey: ['scores', contactId, scorePct], queryFn: () => desk.request('quality.list', { contactId }) });
  if (scores.isPending) return <Skeleton height={90} radius={12} />;
  if (scores.isError) return <Fault error={scores.error} onRetry={() => void scores.refetch()} />;
  const [latest] = scores.data.scores;
  if (latest === undefined) {
    return (
      <p className={styles['none']}>
        {t('review.noScore')}
        <br />
        {t('review.noScoreHint')}
      </p>
    );
  }
  const idle = latest.findings.length - inOrder(latest.findings).length;
  return (
    <>
      <p className={styles['score']} data-band={bandOf(latest.scorePct)} data-testid="score">
        <span className="tabular">{Math.round(latest.scorePct)}</span>
      </p>
      <ul className={styles['findings']}>
        {inOrder(latest.findings).map((finding) => (
          <FindingRow key={finding.rule} finding={finding} />
        ))}
      </ul>
      {idle > 0 && <p className={styles['idle']}>{t('review.idle', { count: idle })}</p>}
    </>
  );
}

function Recordings({ contact }: { contact: ContactView }) {
  const { t } = useText();
  const desk = useDesk();
  const { contactId, recording } = contact;
  const list = useQuery({ queryKey: ['recordings', contactId, recording], queryFn: () => desk.request('recordings.list', { contactId }) });
  if (list.isPending) return <Skeleton height={90} radius={12} />;
  if (list.isError) return <Fault error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data.recordings.length === 0) return <p className={styles['none']}>{t('review.noRecording')}</p>;
  return list.data.recordings.map((one) => (
    <div key={one.recordingId}>
      {one.isMessage && <p className={styles['none']}>{t('leftMessage.title')}</p>}
      <RecordingBlock recording={one} contactId={contactId} />
    </div>
  ));
}

/** Recording and score of a contact that is over. */
export function Review({ contact }: { contact: ContactView }) {
  const { t } = useText();
  const { isVoice } = useNames();
  return (
    <div data-testid="review">
      {isVoice(contact.channel) && (
        <section>
          <h2 className={styles['heading']}>{t('review.recording')}</h2>
          <Recordings contact={contact} />
        </section>
      )}
      <section>
        <h2 className={styles['heading']}>{t('review.score')}</h2>
        <Scores contact={contact} />
      </section>
    </div>
  );
}
