import { Switch, TextInput } from '@mantine/core';
import { IconSearch, IconUsers } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useMemo, useRef, useState, type RefObject } from 'react';
import type { AgentView } from '../../../src/domain/views.ts';
import { useDesk } from '../connection/desk.ts';
import { useStore } from '../connection/store.ts';
import { useText } from '../i18n.ts';
import type { TextKey } from '../locales/zh-cn.ts';
import { reasonText } from '../desk/names.ts';
import { nameWithNumber } from '../desk/naming.ts';
import { ChannelIcon } from '../ui/channel-icon.tsx';
import { StateShape, type Shape } from '../ui/state-shape.tsx';
import { Since } from '../ui/timers.tsx';
import { Whole } from '../ui/whole.tsx';
import { doingOf, gridRows, isSignedIn, type GridRow } from './figures.ts';
import styles from './agent-grid.module.css';

/** Narrowest card, in widths of a letter. */
const cardEm = 12.3;
const gapPx = 8;

const legend: { shape: Shape; word: TextKey }[] = [
  { shape: 'ready', word: 'state.ready' },
  { shape: 'reserved', word: 'activity.reserved' },
  { shape: 'engaged', word: 'activity.engaged' },
  { shape: 'wrap_up', word: 'activity.wrap_up' },
  { shape: 'not_ready', word: 'state.not_ready' },
  { shape: 'break', word: 'state.break' },
  { shape: 'unreachable', word: 'state.unreachable' },
];

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
        <b>{nameWithNumber(agent.name || agent.agentId, agent.agentNo)}</b>
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
  return (
    <h3 className={styles['team']}>
      {row.team === '' ? t('wall.noTeam') : t('wall.team', { team: row.team })}
      <span className="tabular">{t('wall.teamCount', { signedIn: row.signedIn, all: row.all })}</span>
    </h3>
  );
}

/** How many agents do what. */
function Legend({ agents }: { agents: ReadonlyMap<string, AgentView> }) {
  const { t } = useText();
  const counts = useMemo(() => {
    const found = new Map<Shape, number>();
    for (const agent of agents.values()) {
      const { shape } = doingOf(agent);
      found.set(shape, (found.get(shape) ?? 0) + 1);
    }
    return found;
  }, [agents]);
  return (
    <ul className={styles['legend']}>
      {legend.map(({ shape, word }) => (
        <li key={shape} data-none={!counts.has(shape)}>
          <StateShape shape={shape} size={10} />
          {t(word)} <b className="tabular">{counts.get(shape) ?? 0}</b>
        </li>
      ))}
    </ul>
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
  const [search, setSearch] = useState('');
  const [signedOut, setSignedOut] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const columns = useColumns(box);
  const rows = useMemo(() => gridRows(agents.values(), columns, { search, signedOut }), [agents, columns, search, signedOut]);
  const signedIn = useMemo(() => [...agents.values()].filter(isSignedIn).length, [agents]);
  return (
    <section className={styles['panel']} aria-labelledby="wall-agents">
      <div className={styles['head']}>
        <h2 id="wall-agents">{t('wall.agents')}</h2>
        <span className={`${styles['note'] ?? ''} tabular`}>{t('wall.agentsCount', { signedIn, all: agents.size })}</span>
        {!compact && (
          <div className={styles['tools']}>
            <Switch
              size="xs"
              label={t('wall.showSignedOut')}
              checked={signedOut}
              onChange={(event) => {
                setSignedOut(event.currentTarget.checked);
              }}
            />
            <TextInput
              size="xs"
              w={150}
              leftSection={<IconSearch size={14} aria-hidden />}
              placeholder={t('wall.filterPlaceholder')}
              aria-label={t('wall.filter')}
              value={search}
              onChange={(event) => {
                setSearch(event.currentTarget.value);
              }}
              data-testid="agent-filter"
            />
          </div>
        )}
      </div>
      <Legend agents={agents} />
      <div ref={box} className={styles['scroll']} tabIndex={0} role="group" aria-labelledby="wall-agents" data-testid="agent-grid">
        {rows.length === 0 ? <Whole icon={<IconUsers size={24} aria-hidden />} title={t('wall.noAgents')} /> : <Rows rows={rows} columns={columns} box={box} />}
      </div>
    </section>
  );
}
