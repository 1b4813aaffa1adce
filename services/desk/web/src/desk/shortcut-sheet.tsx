import { ActionIcon, CloseButton, Kbd, Switch } from '@mantine/core';
import { IconKeyboard } from '@tabler/icons-react';
import { useRef } from 'react';
import { useStore } from '../connection/store.ts';
import { useText } from '../i18n.ts';
import type { TextKey } from '../locales/zh-cn.ts';
import { shortcutKeys, useShortcut } from './shortcuts.ts';
import styles from './shortcut-sheet.module.css';

const rows: { keys: string[]; text: TextKey; always?: boolean }[] = [
  { keys: ['A'], text: 'keys.accept' },
  { keys: ['R'], text: 'keys.reject' },
  { keys: ['J', 'K'], text: 'keys.walk' },
  { keys: ['/'], text: 'keys.write' },
  { keys: ['Esc'], text: 'keys.leave', always: true },
  { keys: ['Enter'], text: 'keys.send', always: true },
  { keys: ['H'], text: 'keys.hold' },
  { keys: ['E'], text: 'keys.end' },
  { keys: ['Ctrl', 'Enter'], text: 'keys.finish', always: true },
  { keys: ['S'], text: 'keys.ready' },
  { keys: ['?'], text: 'keys.help' },
];

/** The button and the sheet that tell which keys do what. */
export function ShortcutSheet() {
  const { t } = useText();
  const on = useStore(shortcutKeys.store, (now) => now);
  const sheet = useRef<HTMLDialogElement>(null);
  const show = () => sheet.current?.showModal();
  useShortcut('?', show);
  return (
    <>
      <ActionIcon variant="subtle" color="gray" size="lg" title={t('keys.title')} aria-label={t('keys.title')} onClick={show} data-testid="shortcuts">
        <IconKeyboard size={19} aria-hidden />
      </ActionIcon>
      <dialog ref={sheet} className={styles['sheet']} aria-labelledby="shortcut-title" data-testid="shortcut-sheet">
        <div className={styles['head']}>
          <h2 id="shortcut-title">{t('keys.title')}</h2>
          <CloseButton aria-label={t('keys.close')} onClick={() => sheet.current?.close()} />
        </div>
        <dl className={styles['rows']}>
          {rows.map(({ keys, text, always = false }) => (
            <div key={text} className={styles['row']} data-off={!on && !always}>
              <dt>
                {keys.map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </dt>
              <dd>{t(text)}</dd>
            </div>
          ))}
        </dl>
        <Switch label={t('keys.on')} checked={on} onChange={shortcutKeys.toggle} />
      </dialog>
    </>
  );
}
