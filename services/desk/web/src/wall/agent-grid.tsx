import { IconUsers } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useMemo, useRef, useState, type RefObject } from 'react';
import type { AgentView } from '../../../src/domain/views.ts';
import { useDesk } from '../connection/desk.ts';
import { useStore } from '../connection/store.ts';
import { useText } from '../i18n.ts';
import { reasonText, useNames } from '../desk/names.ts';
import { nameWithNumber } from '../desk/naming.ts';
import { ChannelIcon } from '../ui/channel-icon.tsx';
import { StateShape } from '../ui/state-shape.tsx';
import { Since } from '../ui/timers.tsx';
import { Whole } from '../ui/whole.tsx';
import { AgentFilter, Legend } from './agent-filter.tsx';
import { wallDetails } from './details.ts';
import { doingOf, everybody, gridRows, isSignedIn, sitesOf, type GridFilter, type GridRow } from './figures.ts';
import { useMayLead } from './may-lead.ts';
import styles from './agent-grid.module.css';

/** Narrowest card, in widths of a letter. */
const cardEm = 12.3;
const gapPx = 8;

/** The media of the contacts in hand, one sign each. */
function Channels({ agent }: { agent: AgentView }) {
  const { t } = useText();
  const channels = [...new Set(agent.slots.map((slot) => slot.channel))];
  if (channels.length === 0) return <span className="tabular">{t('wall.handledShort', { count: agent.handledToday })}</span>;
  return (
    <span className={styles['channels']}>
      {channels.map((channel) => (
        <ChannelIcon key={channel} channel={channel} size={20} />
      ))}
    </span>
  );
}

const AgentCard = memo(function AgentCard({ agent }: { agent: AgentView }) {
  const { t } = useText();
  const doing = doingOf(agent);
  const reason = doing.shape === agent.state && agent.reason !== '' ? ` · ${reasonText(agent.reason, t)}` : '';
  return (
    <li className={styles['card']} data-shape={doing.shape} title={t('wall.handled', { count: agent.handledToday })} data-testid="agent-card" data-agent={agent.agentId}>
      <span className={styles['name']}>
        <button
          type="button"
          className={styles['open']}
          onClick={() => {
            wallDetails.set({ kind: 'agent', agentId: agent.agentId });
          }}
        >
          {nameWithNumber(agent.name || agent.agentId, agent.agentNo)}
        </button>
        <Channels agent={agent} />
      </span>
      <span className={styles['doing']}>
        <StateShape shape={doing.shape} size={10} />
        <span className={styles['word']}>
          {t(doing.word)}
          {doing.contacts > 1 && ` ×${doing.contacts}`}
          {reason}
        </span>
        {doing.shape !== 'signed_out' && <Since ms={doing.sinceMs} />}
      </span>
    </li>
  );
});

function TeamHead({ row }: { row: Extract<GridRow, { kind: 'team' }> }) {
  const { t } = useText();
  const { teamName } = useNames();
  return (
    <h3 className={styles['team']}>
      {row.team === '' ? t('wall.noTeam') : t('wall.team', { team: teamName(row.team) })}
      <span className="tabular">{t('wall.teamCount', { signedIn: row.signedIn, all: row.all })}</span>
    </h3>
  );
}

function useColumns(box: RefObject<HTMLDivElement | null>): number {
  const [columns, setColumns] = useState(3);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      const cardPx = cardEm * Number.parseFloat(getComputedStyle(element).fontSize);
      setColumns(Math.max(1, Math.floor((element.clientWidth - 20) / (cardPx + gapPx))));
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [box]);
  return columns;
}

/** Only the rows in sight are drawn: a thousand agents cost as much as thirty. */
function Rows({ rows, columns, box }: { rows: GridRow[]; columns: number; box: RefObject<HTMLDivElement | null> }) {
  // The library hands out functions that are to be called while drawing; nothing here is memoised over them.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: (index) => (rows[index]?.kind === 'team' ? 40 : 66),
    getItemKey: (index) => {
      const row = rows[index];
      return row?.kind === 'team' ? `team ${row.team}` : (row?.key ?? index);
    },
    overscan: 4,
  });
  return (
    <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
      {virtual.getVirtualItems().map((item) => {
        const row = rows[item.index];
        if (row === undefined) return null;
        return (
          <div key={item.key} ref={virtual.measureElement} data-index={item.index} className={styles['slice']} style={{ transform: `translateY(${item.start}px)` }}>
            {row.kind === 'team' ? (
              <TeamHead row={row} />
            ) : (
              <ul className={styles['cards']} style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
                {row.agents.map((agent) => (
                  <AgentCard key={agent.agentId} agent={agent} />
                ))}
              </ul>
            )}
          </div>
        );
      })}
    </div>
  );
}

/** Every agent by team, with what each does and for how long. */
export function AgentGrid({ compact }: { compact: boolean }) {
  const { t } = useText();
  const { wall } = useDesk();
  const agents = useStore(wall.state, (state) => state.agents);
  const mayLead = useMayLead();
  const [filter, setFilter] = useState(everybody);
  const change = (part: Partial<GridFilter>) => {
    setFilter((now) => ({ ...now, ...part }));
  };
  const box = useRef<HTMLDivElement>(null);
  const columns = useColumns(box);
  const rows = useMemo(() => gridRows(agents.values(), columns, filter), [agents, columns, filter]);
  const shown = useMemo(() => rows.reduce((count, row) => count + (row.kind === 'agents' ? row.agents.length : 0), 0), [rows]);
  const signedIn = useMemo(() => [...agents.values()].filter(isSignedIn).length, [agents]);
  const narrowed = filter.search !== '' || filter.team !== null || filter.shape !== null || filter.queue !== null;
  return (
    <section className={styles['panel']} aria-labelledby="wall-agents">
      <div className={styles['head']}>
        <h2 id="wall-agents">{t('wall.agents')}</h2>
        <span className={`${styles['note'] ?? ''} tabular`}>{t('wall.agentsCount', { signedIn, all: agents.size })}</span>
        {narrowed && (
          <span className={`${styles['note'] ?? ''} tabular`} role="status" data-testid="agents-shown">
            {t('wall.agentsShown', { count: shown })}
          </span>
        )}
        {!compact && mayLead && sitesOf(agents.values()).length > 0 && (
          <button type="button" className={styles['open']} onClick={() => void wallDetails.set({ kind: 'evacuation' })} data-testid="open-evacuation">
            {t('evacuate.title')}
          </button>
        )}
        {!compact && <AgentFilter agents={agents} filter={filter} onChange={change} />}
      </div>
      <Legend agents={agents} chosen={filter.shape} onChoose={(shape) => change({ shape })} />
      <div ref={box} className={styles['scroll']} tabIndex={0} role="group" aria-labelledby="wall-agents" data-testid="agent-grid">
        {rows.length === 0 ? <Whole icon={<IconUsers size={24} aria-hidden />} title={t('wall.noAgents')} /> : <Rows rows={rows} columns={columns} box={box} />}
      </div>
    </section>
  );
}
