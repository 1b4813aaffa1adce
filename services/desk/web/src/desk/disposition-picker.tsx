import { TextInput, UnstyledButton } from '@mantine/core';
import { IconCheck, IconSearch } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import type { DispositionView } from '../../../src/domain/views.ts';
import { useText } from '../i18n.ts';
import { leavesOf, searchLeaves, type Leaf } from './dispositions.ts';
import styles from './disposition-picker.module.css';

const searchFrom = 12;

function Options({ leaves, value, onChange }: { leaves: readonly Leaf[]; value: string; onChange: (code: string) => void }) {
  return leaves.map((leaf) => (
    <UnstyledButton key={leaf.code} role="radio" aria-checked={leaf.code === value} className={styles['option']} onClick={() => { onChange(leaf.code); }} data-testid="disposition" data-code={leaf.code}>
      {leaf.code === value && <IconCheck size={14} aria-hidden />}
      {leaf.title}
    </UnstyledButton>
  ));
}

/** Chooses one disposition of a tree, grouped as the tree is. */
export function DispositionPicker(props: { tree: readonly DispositionView[]; value: string; onChange: (code: string) => void; label: string }) {
  const { tree, value, onChange, label } = props;
  const { t, language } = useText();
  const [search, setSearch] = useState('');
  const leaves = useMemo(() => leavesOf(tree, language), [tree, language]);
  const found = searchLeaves(leaves, search);
  const groups = [...new Set(found.map((leaf) => leaf.group))];
  return (
    <div role="radiogroup" aria-label={label} className={styles['picker']}>
      {leaves.length >= searchFrom && (
        <TextInput
          size="xs"
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
      {groups.map((group) => (
        <div key={group} className={styles['group']}>
          {group !== '' && <p className={styles['title']}>{group}</p>}
          <div className={styles['options']}>
            <Options leaves={found.filter((leaf) => leaf.group === group)} value={value} onChange={onChange} />
          </div>
        </div>
      ))}
    </div>
  );
}
