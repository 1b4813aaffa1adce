import { Button } from '@mantine/core';
import { IconDeviceLandlinePhone, IconHeadset, IconPhoneOff, IconPlayerPause, IconPlayerPlay, IconRobot, IconUser } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import type { ContactView, LegView } from '../../../src/domain/views.ts';
import { newCommandId, useDesk, useDeskState } from '../connection/desk.ts';
import { formatDuration } from '../format.ts';
import { useText } from '../i18n.ts';
import { tellFailure } from '../ui/errors.ts';
import { Since, useSince } from '../ui/timers.tsx';
import { callStage } from './call-stage.ts';
import { agentName } from './names.ts';
import { useShortcut } from './shortcuts.ts';
import styles from './call-view.module.css';

const legWords = { started: 'call.legStarted', ringing: 'call.legRinging', answered: 'call.legAnswered', ended: 'call.legEnded' } as const;
const legIcons = { customer: IconUser, agent: IconHeadset, bot: IconRobot, supervisor: IconHeadset, third_party: IconUser, system: IconRobot };

function Leg({ leg }: { leg: LegView }) {
  const { t } = useText();
  const people = useDeskState((state) => state.people);
  const Icon = legIcons[leg.party];
  return (
    <li className={styles['leg']} data-state={leg.state} data-testid="leg" data-party={leg.party}>
      <Icon size={16} aria-hidden />
      <span>{leg.agentId === '' ? t(`party.${leg.party}`) : agentName(leg.agentId, people)}</span>
      <span className={styles['legState']}>
        {t(legWords[leg.state])}
        {leg.state !== 'ended' && (
          <>
            {' '}
            <Since ms={leg.sinceMs} />
          </>
        )}
      </span>
    </li>
  );
}

function HeldFor({ sinceMs }: { sinceMs: number }) {
  const { t } = useText();
  return <p className={`${styles['heldFor'] ?? ''} tabular`}>{t('call.heldFor', { time: useSince(sinceMs) })}</p>;
}

type CallCommand = 'contact.hold' | 'contact.retrieve' | 'contact.end';

/** Asks for a command once; the button waits for the desk's word. */
function useCallCommand(contactId: string) {
  const desk = useDesk();
  const [busy, setBusy] = useState<CallCommand | null>(null);
  const run = (command: CallCommand) => {
    setBusy(command);
    desk
      .request(command, { contactId, commandId: newCommandId(desk.clock.nowMs()) })
      .catch(tellFailure)
      .finally(() => {
        setBusy(null);
      });
  };
  return { busy, run };
}

/** The call: how long, who is in it, and the buttons that matter. The sound is on the agent's phone. */
export function CallView({ contact, mine }: { contact: ContactView; mine: boolean }) {
  const { t } = useText();
  const { busy, run } = useCallCommand(contact.contactId);
  const stage = callStage(contact);
  const held = stage === 'held';
  const hangUp = useRef<HTMLButtonElement>(null);
  const holdable = mine && busy === null && (stage === 'talking' || held);
  const toggleHold = () => {
    run(held ? 'contact.retrieve' : 'contact.hold');
  };
  useShortcut('h', holdable ? toggleHold : undefined);
  // A single key hangs up on nobody: it goes to the button, and Enter presses it.
  useShortcut('e', mine ? () => hangUp.current?.focus() : undefined);
  return (
    <section className={styles['call']} aria-label={t('call.title')} data-testid="call" data-stage={stage}>
      <div className={styles['main']}>
        <p className={styles['stage']} data-stage={stage} role="status">
          {stage === 'ringing' && <IconDeviceLandlinePhone size={18} aria-hidden />}
          {t(`call.${stage}`)}
          {contact.recording === 'recording' && stage !== 'ended' && <span className={styles['recording']}>{t('call.recording')}</span>}
          {contact.recording === 'paused' && stage !== 'ended' && <span className={styles['paused']}>{t('call.recordingPaused')}</span>}
        </p>
        <p className={styles['clock']}>
          {contact.endedMs === null ? (
            contact.connectedMs !== null && <Since ms={contact.connectedMs} />
          ) : (
            <span className="tabular">{formatDuration(contact.endedMs - (contact.connectedMs ?? contact.endedMs))}</span>
          )}
        </p>
        {contact.heldMs !== null && <HeldFor sinceMs={contact.heldMs} />}
      </div>
      <ul className={styles['legs']} aria-label={t('call.legs')}>
        {contact.legs.map((leg) => (
          <Leg key={leg.legId} leg={leg} />
        ))}
      </ul>
      {mine && (
        <div className={styles['buttons']}>
          <Button
            size="md"
            variant="default"
            disabled={stage !== 'talking' && !held}
            loading={busy === 'contact.hold' || busy === 'contact.retrieve'}
            leftSection={held ? <IconPlayerPlay size={18} aria-hidden /> : <IconPlayerPause size={18} aria-hidden />}
            onClick={toggleHold}
            data-testid="hold"
          >
            {t(held ? 'call.retrieve' : 'call.hold')}
          </Button>
          <Button
            ref={hangUp}
            size="md"
            color="red.9"
            loading={busy === 'contact.end'}
            leftSection={<IconPhoneOff size={18} aria-hidden />}
            onClick={() => {
              run('contact.end');
            }}
            data-testid="hang-up"
          >
            {t('call.hangUp')}
          </Button>
        </div>
      )}
    </section>
  );
}
