import { Button, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useText } from '../i18n.ts';
import { useWork } from '../ui/use-work.ts';
import { useMayLead } from './may-lead.ts';
import styles from './lead-action.module.css';

/** Something a team lead can do for others. */
export interface LeadAction {
  /** Tells actions of one place apart. */
  key: string;
  label: string;
  danger?: boolean;
  /** What is to be chosen, by value; nothing when absent. */
  choices?: { label: string; options: { value: string; label: string }[] };
  /** Whether it is to be said why. */
  reason: boolean;
  run(chosen: string, reason: string): Promise<unknown>;
}

function Confirm({ action, onDone }: { action: LeadAction; onDone: () => void }) {
  const { t } = useText();
  const [chosen, setChosen] = useState(action.choices?.options[0]?.value ?? '');
  const [reason, setReason] = useState('');
  const { busy, run } = useWork<'confirm'>();
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    void run('confirm', async () => {
      await action.run(chosen, reason.trim());
      onDone();
    });
  };
  return (
    <form className={styles['form']} onSubmit={submit} aria-label={action.label} data-testid={`confirm-${action.key}`}>
      {action.choices !== undefined && (
        <label>
          <span>{action.choices.label}</span>
          <select
            className={styles['choice']}
            value={chosen}
            onChange={(event) => {
              setChosen(event.currentTarget.value);
            }}
          >
            {action.choices.options.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
      )}
      {action.reason && (
        <TextInput
          className={styles['reason'] ?? ''}
          size="xs"
          required
          maxLength={200}
          label={t('lead.reason')}
          value={reason}
          onChange={(event) => {
            setReason(event.currentTarget.value);
          }}
        />
      )}
      <Button type="submit" size="xs" loading={busy !== null} {...(action.danger === true ? { color: 'red.9' } : {})} data-testid="confirm">
        {t('lead.confirm', { action: action.label })}
      </Button>
      <Button size="xs" variant="default" onClick={onDone}>
        {t('lead.cancel')}
      </Button>
    </form>
  );
}

/** Buttons of what can be done; each asks once more, and why, before it is. */
export function LeadActions({ actions }: { actions: LeadAction[] }) {
  const { t } = useText();
  const mayLead = useMayLead();
  const [asked, setAsked] = useState<string | null>(null);
  const action = actions.find(({ key }) => key === asked);
  if (!mayLead) return null;
  return (
    <div className={styles['actions']} role="group" aria-label={t('lead.tools')} data-testid="lead-actions">
      {actions.map(({ key, label }) => (
        <Button
          key={key}
          size="compact-xs"
          variant="default"
          aria-expanded={key === asked}
          onClick={() => {
            setAsked(key === asked ? null : key);
          }}
          data-testid={`do-${key}`}
        >
          {label}
        </Button>
      ))}
      {action !== undefined && (
        <Confirm
          key={action.key}
          action={action}
          onDone={() => {
            setAsked(null);
          }}
        />
      )}
    </div>
  );
}
