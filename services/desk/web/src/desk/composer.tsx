import { Button, Textarea } from '@mantine/core';
import { IconSend2 } from '@tabler/icons-react';
import { useEffect, useRef, type KeyboardEvent } from 'react';
import type { ContactView } from '../../../src/domain/views.ts';
import { limits } from '../../../src/protocol.ts';
import { useDesk, useDeskState } from '../connection/desk.ts';
import { useText } from '../i18n.ts';
import { isSendKey } from './send-key.ts';
import { useShortcut } from './shortcuts.ts';
import { useDraft } from './use-draft.ts';
import styles from './composer.module.css';

/** The place to answer. What is written stays until it is sent, whatever happens to page or server. */
export function Composer({ contact }: { contact: ContactView }) {
  const { t } = useText();
  const { outbox } = useDesk();
  const [draft, setDraft] = useDraft(contact.contactId);
  const limitBytes = useDeskState((state) => state.catalogue.channels[contact.channel]?.maxTextBytes ?? 0);
  const field = useRef<HTMLTextAreaElement>(null);
  const text = draft.trim();
  const tooLong = text.length > limits.messageChars || (limitBytes > 0 && new TextEncoder().encode(text).length > limitBytes);
  const ready = contact.status === 'connected' || contact.status === 'assigned' || contact.status === 'held';

  useEffect(() => {
    field.current?.focus();
  }, [contact.contactId]);

  function send(): void {
    if (text === '' || tooLong || !ready) return;
    outbox.send(contact.contactId, text);
    setDraft('');
    field.current?.focus();
  }

  useShortcut('/', () => field.current?.focus());

  function press(event: KeyboardEvent<HTMLTextAreaElement>): void {
    // Out of the field single keys act; the Esc that closes an input method's list stays with it.
    if (event.key === 'Escape' && !event.nativeEvent.isComposing) field.current?.blur();
    if (!isSendKey(event.nativeEvent)) return;
    event.preventDefault();
    send();
  }

  return (
    <div className={styles['composer']}>
      <Textarea
        ref={field}
        variant="unstyled"
        autosize
        minRows={2}
        maxRows={8}
        value={draft}
        onChange={(event) => {
          setDraft(event.currentTarget.value);
        }}
        onKeyDown={press}
        placeholder={t('composer.placeholder')}
        aria-label={t('composer.label')}
        classNames={{ input: styles['field'] ?? '' }}
        data-testid="composer"
      />
      <div className={styles['foot']}>
        <span className={styles['fault']} role="status">
          {tooLong && t('composer.tooLong')}
        </span>
        <Button size="sm" disabled={text === '' || tooLong || !ready} leftSection={<IconSend2 size={16} aria-hidden />} onClick={send} data-testid="send">
          {t('composer.send')}
        </Button>
      </div>
    </div>
  );
}
