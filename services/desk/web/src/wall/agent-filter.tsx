import { Switch, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useMemo } from 'react';
import type { AgentView } from '../../../src/domain/views.ts';
import { useDesk } from '../connection/desk.ts';
import { useStore } from '../connection/store.ts';
import { titleIn } from '../format.ts';
import { useNames } from '../desk/names.ts';
import { useText } from '../i18n.ts';
import type { TextKey } from '../locales/zh-cn.ts';
import { StateShape, type Shape } from '../ui/state-shape.tsx';
import { doingOf, teamsOf, type GridFilter } from './figures.ts';
import styles from './agent-filter.module.css';

type Agents = ReadonlyMap<string, AgentView>;

const legend: { shape: Shape; word: TextKey }[] = [
  { shape: 'ready', word: 'state.ready' },
  { shape: 'reserved', word: 'activity.reserved' },
  { shape: 'engaged', word: 'activity.engaged' },
  { shape: 'wrap_up', word: 'activity.wrap_up' },
  { shape: 'not_ready', word: 'state.not_ready' },
  { shape: 'break', word: 'state.break' },
  { shape: 'unreachable', word: 'state.unreachable' },
];

/** How many agents do what; pressing one shows those alone, pressing it again all. */
export function Legend({ agents, chosen, onChoose }: { agents: Agents; chosen: Shape | null; onChoose: (shape: Shape | null) => void }) {
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
        <li key={shape}>
          <button type="button" className={styles['only']} aria-pressed={chosen === shape} data-none={!counts.has(shape)} onClick={() => onChoose(chosen === shape ? null : shape)} data-testid={`only-${shape}`}>
            <StateShape shape={shape} size={10} />
            {t(word)} <b className="tabular">{counts.get(shape) ?? 0}</b>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** A choice of one, or of all. Values carry a sign in front, so that a team without a name can be told from all. */
function Choice(props: { label: string; all: string; options: { value: string; label: string }[]; value: string | null; onChange: (value: string | null) => void; testId: string }) {
  const { label, all, options, value, onChange, testId } = props;
  return (
    <select
      className={styles['choice']}
      aria-label={label}
      value={value === null ? '' : `=${value}`}
      onChange={(event) => {
        const chosen = event.currentTarget.value;
        onChange(chosen === '' ? null : chosen.slice(1));
      }}
      data-testid={testId}
    >
      <option value="">{all}</option>
      {options.map((option) => (
        <option key={option.value} value={`=${option.value}`}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

/** Narrows the grid down. */
export function AgentFilter({ agents, filter, onChange }: { agents: Agents; filter: GridFilter; onChange: (part: Partial<GridFilter>) => void }) {
  const { t, language } = useText();
  const { teamName } = useNames();
  const { wall } = useDesk();
  const queues = useStore(wall.state, (state) => state.queues);
  const teams = useMemo(() => teamsOf(agents.values()).map((team) => ({ value: team, label: team === '' ? t('wall.noTeam') : t('wall.team', { team: teamName(team) }) })), [agents, t, teamName]);
  const served = [...queues.values()].map((queue) => ({ value: queue.queue, label: titleIn(queue.titles, language, queue.queue) }));
  return (
    <div className={styles['tools']}>
      <Switch
        size="xs"
        label={t('wall.showSignedOut')}
        checked={filter.signedOut}
        onChange={(event) => {
          onChange({ signedOut: event.currentTarget.checked });
        }}
      />
      <Choice label={t('wall.byTeam')} all={t('wall.allTeams')} options={teams} value={filter.team} onChange={(team) => onChange({ team })} testId="team-filter" />
      <Choice label={t('wall.byQueue')} all={t('wall.allQueues')} options={served} value={filter.queue} onChange={(queue) => onChange({ queue })} testId="queue-filter" />
      <TextInput
        size="xs"
        w={150}
        leftSection={<IconSearch size={14} aria-hidden />}
        placeholder={t('wall.filterPlaceholder')}
        aria-label={t('wall.filter')}
        value={filter.search}
        onChange={(event) => {
          onChange({ search: event.currentTarget.value });
        }}
        data-testid="agent-filter"
      />
    </div>
  );
}
