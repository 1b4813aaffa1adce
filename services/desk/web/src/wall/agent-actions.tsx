import type { AgentView } from '../../../src/domain/views.ts';
import { useDesk } from '../connection/desk.ts';
import { breakReasons, reasonText } from '../desk/names.ts';
import { useText } from '../i18n.ts';
import { LeadActions, type LeadAction } from './lead-action.tsx';

/** What a team lead can do for an agent. */
export function AgentActions({ agent }: { agent: AgentView }) {
  const { t } = useText();
  const desk = useDesk();
  const { agentId } = agent;
  if (agent.state === 'signed_out') return null;
  const states = [
    { value: 'ready', label: t('state.ready') },
    { value: 'not_ready', label: t('state.not_ready') },
    ...breakReasons.map((reason) => ({ value: `break ${reason}`, label: `${t('state.break')} · ${reasonText(reason, t)}` })),
  ];
  const signOut: LeadAction = { key: 'sign-out', label: t('lead.signOut'), danger: true, reason: true, run: (_chosen, reason) => desk.request('lead.signOut', { agentId, reason }) };
  const withdraw: LeadAction = { key: 'withdraw-sign-out', label: t('lead.withdrawSignOut'), reason: false, run: () => desk.request('lead.withdrawSignOut', { agentId }) };
  const actions: LeadAction[] = [
    {
      key: 'set-state',
      label: t('lead.setState'),
      choices: { label: t('lead.state'), options: states },
      reason: false,
      run: (chosen) => {
        const [state, reason = ''] = chosen.split(' ') as ['ready' | 'not_ready' | 'break', string?];
        return desk.request('lead.setState', { agentId, state, reason });
      },
    },
    ...(agent.pendingState === 'signed_out' ? [withdraw] : [signOut]),
  ];
  return <LeadActions actions={actions} />;
}
