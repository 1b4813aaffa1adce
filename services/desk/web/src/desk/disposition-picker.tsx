import { TextInput, UnstyledButton } from '@mantine/core';
import { IconCheck, IconSearch } from '@tabler/icons-react';
import { useMemo, useState, type KeyboardEvent } from 'react';
import type { DispositionView } from '../../../src/domain/views.ts';
import { useText } from '../i18n.ts';
import { leavesOf, searchLeaves, type Leaf } from './dispositions.ts';
import styles from './disposition-picker.module.css';

const searchFrom = 12;
const steps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** The arrows walk through the choices and choose, as radio buttons do (WAI-ARIA authoring practices, radio group). */
function walk(event: KeyboardEvent<HTMLElement>, onChange: (code: string) => void): void {
  const step = steps[event.key];
  const options = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="radio"]')];
  const at = options.indexOf(event.target as HTMLElement);
  if (step === undefined || at === -1) return;
  event.preventDefault();
  const next = options[(at + step + options.length) % options.length];
  next?.focus();
  onChange(next?.dataset['code'] ?? '');
}

/** Chooses one disposition of a tree, grouped as the tree is. */
export function DispositionPicker(props: { tree: readonly DispositionView[]; value: string; onChange: (code: string) => void; label: string }) {
  const { tree, value, onChange, label } = props;
  const { t, language } = useText();
  const [search, setSearch] = useState('');
  const leaves = useMemo(() => leavesOf(tree, language), [tree, language]);
  const found = searchLeaves(leaves, search);
  const groups = [...new Set(found.map((leaf) => leaf.group))];
  const stop = found.some((leaf) => leaf.code === value) ? value : found[0]?.code;
  const option = (leaf: Leaf) => (
    <UnstyledButton
      key={leaf.code}
      role="radio"
      aria-checked={leaf.code === value}
      tabIndex={leaf.code === stop ? 0 : -1}
      className={styles['option']}
      onClick={() => {
        onChange(leaf.code);
      }}
      data-testid="disposition"
      data-code={leaf.code}
    >
      {leaf.code === value && <IconCheck size={14} aria-hidden />}
      {leaf.title}
    </UnstyledButton>
  );
  return (
    <>
      {leaves.length >= searchFrom && (
        <TextInput
          size="xs"
          mb={8}
          leftSection={<IconSearch size={14} aria-hidden />}
          placeholder={t('wrapUp.search')}
          aria-label={t('wrapUp.search')}
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value);
          }}
        />
      )}
      {found.length === 0 && <p className={styles['none']}>{t('wrapUp.noMatch')}</p>}
      <div
        role="radiogroup"
        aria-label={label}
        className={styles['picker']}
        onKeyDown={(event) => {
          walk(event, onChange);
        }}
      >
        {groups.map((group) => (
          <div key={group} className={styles['group']}>
            {group !== '' && <p className={styles['title']}>{group}</p>}
            <div className={styles['options']}>{found.filter((leaf) => leaf.group === group).map(option)}</div>
          </div>
        ))}
      </div>
    </>
  );
}
