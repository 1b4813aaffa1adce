import { useDesk } from '../connection/desk.ts';
import { useStore } from '../connection/store.ts';
import { nameWithNumber } from '../desk/naming.ts';
import { titleIn } from '../format.ts';
import { useText } from '../i18n.ts';
import { LeadActions, type LeadAction } from './lead-action.tsx';

/** Minutes of waiting that can be added to a contact's own. */
const minutesAhead = [1, 5, 15, 60];

/** Agents who could take an offer now, by name. */
function useFreeAgents(): { value: string; label: string }[] {
  const { wall } = useDesk();
  const agents = useStore(wall.state, (state) => state.agents);
  return [...agents.values()]
    .filter((agent) => agent.state === 'ready' && agent.pendingState === null && agent.slots.every((slot) => slot.activity === 'engaged' && slot.channel !== 'voice'))
    .map((agent) => ({ value: agent.agentId, label: nameWithNumber(agent.name || agent.agentId, agent.agentNo) }));
}

/** What a team lead can do for a contact that waits. */
export function WaitingActions({ contactId, queue }: { contactId: string; queue: string }) {
  const { t, language } = useText();
  const desk = useDesk();
  const queues = useStore(desk.wall.state, (state) => state.queues);
  const free = useFreeAgents();
  const others = [...queues.values()].filter((one) => one.queue !== queue).map((one) => ({ value: one.queue, label: titleIn(one.titles, language, one.queue) }));
  const pull: LeadAction = {
    key: 'pull',
    label: t('lead.pull'),
    choices: { label: t('lead.agent'), options: free },
    reason: true,
    run: (agentId, reason) => desk.request('lead.pullContact', { contactId, agentId, reason }),
  };
  const move: LeadAction = {
    key: 'move',
    label: t('lead.move'),
    choices: { label: t('wall.queue'), options: others },
    reason: true,
    run: (chosen, reason) => desk.request('lead.moveContact', { contactId, queue: chosen, reason }),
  };
  const priority: LeadAction = {
    key: 'priority',
    label: t('lead.priority'),
    choices: { label: t('lead.priority'), options: minutesAhead.map((minutes) => ({ value: String(minutes * 60), label: t('lead.minutesAhead', { minutes }) })) },
    reason: true,
    run: (seconds, reason) => desk.request('lead.prioritise', { contactId, seconds, reason }),
  };
  const cancel: LeadAction = { key: 'cancel', label: t('lead.cancelContact'), danger: true, reason: true, run: (_chosen, reason) => desk.request('lead.cancelRequest', { contactId, reason }) };
  return <LeadActions actions={[...(free.length > 0 ? [pull] : []), ...(others.length > 0 ? [move] : []), priority, cancel]} />;
}

/** What a team lead can do for a text contact that an agent has. */
export function InHandActions({ contactId, agentId }: { contactId: string; agentId: string }) {
  const { t } = useText();
  const desk = useDesk();
  const free = useFreeAgents().filter(({ value }) => value !== agentId);
  const reassign: LeadAction = {
    key: 'reassign',
    label: t('lead.reassign'),
    choices: { label: t('lead.agent'), options: [{ value: '', label: t('lead.anybody') }, ...free] },
    reason: true,
    run: (chosen, reason) => desk.request('lead.reassignContact', { contactId, agentId: chosen, reason }),
  };
  return <LeadActions actions={[reassign]} />;
}

/** Pauses and resumes a queue. */
export function QueueActions({ queue, paused }: { queue: string; paused: boolean }) {
  const { t } = useText();
  const desk = useDesk();
  const pause: LeadAction = { key: 'pause', label: t('lead.pause'), danger: true, reason: true, run: (_chosen, reason) => desk.request('lead.pauseQueue', { queue, reason }) };
  const resume: LeadAction = { key: 'resume', label: t('lead.resume'), reason: false, run: () => desk.request('lead.resumeQueue', { queue }) };
  return <LeadActions actions={[paused ? resume : pause]} />;
}
