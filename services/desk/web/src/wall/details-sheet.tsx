import { CloseButton } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import type { AgentView, SlotView } from '../../../src/domain/views.ts';
import { useDesk } from '../connection/desk.ts';
import { useStore } from '../connection/store.ts';
import { reasonText, useNames } from '../desk/names.ts';
import { nameWithNumber } from '../desk/naming.ts';
import { titleIn } from '../format.ts';
import { useText } from '../i18n.ts';
import { ChannelIcon } from '../ui/channel-icon.tsx';
import { StateShape } from '../ui/state-shape.tsx';
import { Since, Until } from '../ui/timers.tsx';
import { Why } from '../ui/why.tsx';
import { InHandActions, QueueActions } from './contact-actions.tsx';
import { wallDetails, type WallDetails } from './details.ts';
import { doingOf } from './figures.ts';
import { AgentActions } from './agent-actions.tsx';
import { AgentSkills } from './agent-skills.tsx';
import { Evacuation } from './evacuation.tsx';
import { PromiseList } from './promise-list.tsx';
import { WaitingList } from './waiting-list.tsx';
import styles from './details-sheet.module.css';

function Sheet({ title, children, testId }: { title: string; children: ReactNode; testId: string }) {
  const { t } = useText();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={styles['sheet']}
      aria-labelledby="details-title"
      onClose={() => {
        wallDetails.set(null);
      }}
      data-testid={testId}
    >
      <div className={styles['head']}>
        <h2 id="details-title">{title}</h2>
        <CloseButton aria-label={t('keys.close')} onClick={() => dialog.current?.close()} />
      </div>
      {children}
    </dialog>
  );
}

/** Who waits in a queue, and why. */
function QueueDetails({ queue }: { queue: string }) {
  const { t, language } = useText();
  const { wall } = useDesk();
  const status = useStore(wall.state, (state) => state.queues.get(queue));
  const paused = status !== undefined && status.pausedSinceMs !== null;
  return (
    <Sheet title={t('details.queue', { queue: titleIn(status?.titles, language, queue) })} testId="queue-details">
      {paused && (
        <p className={styles['paused']} role="status">
          {t('wall.paused')} <Since ms={status.pausedSinceMs ?? 0} /> · {status.pausedReason}
        </p>
      )}
      <QueueActions key={String(paused)} queue={queue} paused={paused} />
      <PromiseList queue={queue} status={status} />
      <WaitingList queue={queue} status={status} />
    </Sheet>
  );
}

function SlotRow({ slot, agentId }: { slot: SlotView; agentId: string }) {
  const { t } = useText();
  const { queueName, channelName, isVoice } = useNames();
  return (
    <li className={styles['row']} data-testid="agent-slot" data-contact={slot.contactId}>
      <ChannelIcon channel={slot.channel} size={26} />
      <span className={styles['who']}>
        <b>{queueName(slot.queue)}</b>
        <span>{channelName(slot.channel)}</span>
      </span>
      <span className={styles['note']}>
        <StateShape shape={slot.activity} size={10} /> {t(`activity.${slot.activity}`)}
      </span>
      <span className={styles['time']}>{slot.activity === 'wrap_up' && slot.endsMs !== null ? <Until ms={slot.endsMs} /> : <Since ms={slot.sinceMs} />}</span>
      <Why contactId={slot.contactId} offerId={slot.offerId} />
      {slot.activity === 'engaged' && !isVoice(slot.channel) && <InHandActions contactId={slot.contactId} agentId={agentId} />}
    </li>
  );
}

function AgentState({ agent }: { agent: AgentView }) {
  const { t } = useText();
  const { queueName } = useNames();
  const doing = doingOf(agent);
  const reason = agent.reason === '' ? '' : ` · ${reasonText(agent.reason, t)}`;
  return (
    <div className={styles['state']}>
      <p>
        <StateShape shape={doing.shape} /> <b>{t(`state.${agent.state}`) + reason}</b> {agent.state !== 'signed_out' && <Since ms={agent.sinceMs} />}
      </p>
      {agent.pendingState !== null && <p>{t('state.pending', { state: t(`state.${agent.pendingState}`) })}</p>}
      <p>{t('wall.handled', { count: agent.handledToday })}</p>
      {agent.queues.length > 0 && <p>{agent.queues.map(queueName).join(' · ')}</p>}
    </div>
  );
}

/** What an agent has in hand, and why it came to this one. */
function AgentDetails({ agentId }: { agentId: string }) {
  const { t } = useText();
  const { wall } = useDesk();
  const agent = useStore(wall.state, (state) => state.agents.get(agentId));
  if (agent === undefined) return null;
  return (
    <Sheet title={nameWithNumber(agent.name || agent.agentId, agent.agentNo)} testId="agent-details">
      <AgentState agent={agent} />
      <AgentActions agent={agent} />
      <h3 className={styles['part']}>{t('skills.title')}</h3>
      <AgentSkills agent={agent} />
      <h3 className={styles['part']}>{t('details.inHand')}</h3>
      {agent.slots.length === 0 && <p className={styles['none']}>{t('details.nothing')}</p>}
      <ul className={styles['rows']}>
        {agent.slots.map((slot) => (
          <SlotRow key={slot.slot} slot={slot} agentId={agentId} />
        ))}
      </ul>
    </Sheet>
  );
}

function EvacuationDetails() {
  const { t } = useText();
  return (
    <Sheet title={t('evacuate.title')} testId="evacuation-details">
      <Evacuation />
    </Sheet>
  );
}

/** What lies over the wall. */
export function DetailsSheet({ open }: { open: WallDetails }) {
  if (open.kind === 'evacuation') return <EvacuationDetails />;
  return open.kind === 'queue' ? <QueueDetails key={open.queue} queue={open.queue} /> : <AgentDetails key={open.agentId} agentId={open.agentId} />;
}
