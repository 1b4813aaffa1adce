import { Button, NumberInput, TextInput } from '@mantine/core';
import { useId, useMemo, useState, type SyntheticEvent } from 'react';
import type { AgentView } from '../../../src/domain/views.ts';
import { useDesk } from '../connection/desk.ts';
import { useStore } from '../connection/store.ts';
import { formatWhen } from '../format.ts';
import { useText } from '../i18n.ts';
import { attempt } from '../ui/errors.ts';
import { useWork } from '../ui/use-work.ts';
import { useMayLead } from './may-lead.ts';
import styles from './lead-action.module.css';

/** How long a change may hold; routing takes seven days at most. */
const spansMinutes = [30, 60, 120, 240, 480, 1_440, 10_080];
const usualMinutes = 480;

/** Skills that some agent has, to choose from. */
function useKnownSkills(): string[] {
  const { wall } = useDesk();
  const agents = useStore(wall.state, (state) => state.agents);
  return useMemo(() => [...new Set([...agents.values()].flatMap(({ skills, skillsChanged }) => [...skills, ...skillsChanged].map(({ skill }) => skill)))].sort(), [agents]);
}

/** A new change takes the place of the one before, so what was changed already goes along. */
function changedWith(agent: AgentView, skill: string, level: number): string {
  const levels = new Map(agent.skillsChanged.map((one) => [one.skill, one.level]));
  levels.set(skill, level);
  return [...levels].map(([name, value]) => `${name}=${value}`).join(' ');
}

function SkillForm({ agent, onDone }: { agent: AgentView; onDone: () => void }) {
  const { t } = useText();
  const desk = useDesk();
  const known = useKnownSkills();
  const list = useId();
  const [skill, setSkill] = useState('');
  const [level, setLevel] = useState<number | string>(50);
  const [minutes, setMinutes] = useState(usualMinutes);
  const [reason, setReason] = useState('');
  const { busy, run } = useWork<'change'>();
  const change = () =>
    run('change', async () => {
      const untilMs = String(Math.round(desk.clock.nowMs() + minutes * 60_000));
      await desk.request('lead.overrideSkills', { agentId: agent.agentId, skills: changedWith(agent, skill.trim(), Number(level)), untilMs, reason: reason.trim() });
      onDone();
    });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    void change();
  };
  return (
    <form className={styles['form']} onSubmit={submit} aria-label={t('skills.change')} data-testid="confirm-skills">
      <TextInput size="xs" required pattern="[^=\s]+" maxLength={64} list={list} label={t('skills.skill')} value={skill} onChange={(event) => setSkill(event.currentTarget.value)} />
      <datalist id={list}>
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <NumberInput size="xs" required w={150} min={0} max={100} allowDecimal={false} clampBehavior="strict" label={t('skills.level')} value={level} onChange={setLevel} />
      <label>
        <span>{t('skills.for')}</span>
        <select className={styles['choice']} value={minutes} onChange={(event) => setMinutes(Number(event.currentTarget.value))}>
          {spansMinutes.map((span) => (
            <option key={span} value={span}>
              {span < 60 ? t('skills.minutes', { count: span }) : span < 1_440 ? t('skills.hours', { count: span / 60 }) : t('skills.days', { count: span / 1_440 })}
            </option>
          ))}
        </select>
      </label>
      <TextInput className={styles['reason'] ?? ''} size="xs" required maxLength={200} label={t('lead.reason')} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
      <Button type="submit" size="xs" loading={busy !== null} disabled={level === ''} data-testid="confirm">
        {t('lead.confirm', { action: t('skills.change') })}
      </Button>
      <Button size="xs" variant="default" onClick={onDone}>
        {t('lead.cancel')}
      </Button>
    </form>
  );
}

/** An agent's skills as they hold now, and the change of them for a time. */
export function AgentSkills({ agent }: { agent: AgentView }) {
  const { t, language } = useText();
  const desk = useDesk();
  const mayLead = useMayLead();
  const [open, setOpen] = useState(false);
  const changed = new Set(agent.skillsChanged.map(({ skill }) => skill));
  const lost = agent.skillsChanged.filter(({ level }) => level === 0);
  return (
    <div className={styles['actions']} role="group" aria-label={t('skills.title')} data-testid="agent-skills">
      <p className={styles['skills']}>
        {agent.skills.length === 0 && t('skills.none')}
        {agent.skills.map(({ skill, level }) => (
          <span key={skill} className={styles['skill']} data-changed={changed.has(skill)} data-skill={skill}>
            {skill} {level}
          </span>
        ))}
        {lost.map(({ skill }) => (
          <s key={skill} className={styles['skill']} data-changed data-skill={skill}>
            {skill}
          </s>
        ))}
      </p>
      {agent.skillsUntilMs !== null && <p className={styles['skills']}>{t('skills.until', { time: formatWhen(agent.skillsUntilMs, desk.clock.nowMs(), language) })}</p>}
      {mayLead && (
        <Button size="compact-xs" variant="default" aria-expanded={open} onClick={() => setOpen(!open)} data-testid="do-skills">
          {t('skills.change')}
        </Button>
      )}
      {mayLead && agent.skillsUntilMs !== null && (
        <Button size="compact-xs" variant="default" onClick={() => attempt(desk.request('lead.restoreSkills', { agentId: agent.agentId }))} data-testid="restore-skills">
          {t('skills.restore')}
        </Button>
      )}
      {open && <SkillForm agent={agent} onDone={() => setOpen(false)} />}
    </div>
  );
}
