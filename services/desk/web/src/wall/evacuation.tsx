import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { EvacuationView } from '../../../src/domain/views.ts';
import { useDesk } from '../connection/desk.ts';
import { useStore } from '../connection/store.ts';
import { useText } from '../i18n.ts';
import { useWork } from '../ui/use-work.ts';
import { Fault } from '../ui/whole.tsx';
import { sitesOf } from './figures.ts';
import actions from './lead-action.module.css';
import styles from './details-sheet.module.css';

const lookMs = 2_000;

function Reach({ reach }: { reach: EvacuationView }) {
  const { t } = useText();
  return (
    <ul className={styles['rows']} data-testid="evacuation-reach">
      <li>{t('evacuate.agents', { count: reach.agents })}</li>
      <li>{t('evacuate.returned', { count: reach.contactsReturned })}</li>
      <li>{t('evacuate.kept', { count: reach.contactsKept })}</li>
    </ul>
  );
}

/** All agents of a site leave at once; whom that touches is said before it is confirmed. */
export function Evacuation() {
  const { t } = useText();
  const desk = useDesk();
  const agents = useStore(desk.wall.state, (state) => state.agents);
  const sites = sitesOf(agents.values());
  const [site, setSite] = useState('');
  const [done, setDone] = useState<EvacuationView | null>(null);
  const { busy, run } = useWork<'evacuate'>();
  const reach = useQuery({ queryKey: ['evacuation', site], queryFn: () => desk.request('lead.lookAtEvacuation', { site }), enabled: site !== '' && done === null, refetchInterval: lookMs });
  const evacuate = () => run('evacuate', async () => setDone(await desk.request('lead.evacuate', { site })));
  if (done !== null) {
    return (
      <div role="status" data-testid="evacuation-done">
        <p>{t('evacuate.done', { site })}</p>
        <Reach reach={done} />
        <p>{t('evacuate.moved', { count: done.contactsMoved })}</p>
      </div>
    );
  }
  return (
    <div className={actions['form']}>
      <label>
        <span>{t('evacuate.site')}</span>
        <select className={actions['choice']} value={site} onChange={(event) => setSite(event.currentTarget.value)} data-testid="evacuation-site">
          <option value="">{t('evacuate.choose')}</option>
          {sites.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
      {reach.isError && <Fault error={reach.error} onRetry={() => void reach.refetch()} />}
      {site !== '' && reach.data !== undefined && (
        <>
          <Reach reach={reach.data} />
          <Button size="xs" color="red.9" loading={busy !== null} disabled={reach.data.agents === 0} onClick={() => void evacuate()} data-testid="confirm-evacuation">
            {t('evacuate.confirm', { site, agents: reach.data.agents, contacts: reach.data.contactsReturned })}
          </Button>
        </>
      )}
    </div>
  );
}
