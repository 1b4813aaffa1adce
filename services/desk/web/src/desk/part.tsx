import { IconFile, IconLink, IconMapPin, IconMusic, IconVideo } from '@tabler/icons-react';
import type { MessagePart } from '../../../src/domain/views.ts';
import { attachmentUrl } from '../api.ts';
import { formatBytes } from '../format.ts';
import { useText } from '../i18n.ts';
import styles from './part.module.css';

type MediaPart = Extract<MessagePart, { kind: 'media' }>;

const mediaIcons = { audio: IconMusic, video: IconVideo, file: IconFile, image: IconFile, sticker: IconFile };
const shownInline = /^image\/(png|jpeg|gif|webp)$/;

function MediaView({ part, contactId }: { part: MediaPart; contactId: string }) {
  const { t } = useText();
  const url = attachmentUrl(contactId, part.object);
  const name = part.name || t(`part.${part.media}`);
  const Icon = mediaIcons[part.media];
  const inline = shownInline.test(part.mime);
  return (
    <div>
      <a href={url} target="_blank" rel="noreferrer noopener" className={inline ? styles['picture'] : styles['file']} aria-label={t('part.open', { name })}>
        {inline ? (
          <img src={url} alt={part.caption || name} loading="lazy" />
        ) : (
          <>
            <Icon size={20} aria-hidden />
            <span>{name}</span>
            <span className={styles['size']}>{formatBytes(part.sizeBytes)}</span>
          </>
        )}
      </a>
      {part.caption !== '' && <p>{part.caption}</p>}
    </div>
  );
}

/** Only addresses of the web are made into links; anything else is shown as words. */
function LinkView({ url, title, description }: Extract<MessagePart, { kind: 'link' }>) {
  const words = title || url;
  return (
    <p>
      <IconLink size={15} aria-hidden className={styles['sign'] ?? ''} />
      {/^https?:\/\//.test(url) ? (
        <a href={url} target="_blank" rel="noreferrer noopener" className={styles['link']}>
          {words}
        </a>
      ) : (
        words
      )}
      {description !== '' && <span className={styles['size']}> {description}</span>}
    </p>
  );
}

/** One part of a message. */
export function Part({ part, contactId }: { part: MessagePart; contactId: string }) {
  const { t } = useText();
  switch (part.kind) {
    case 'text':
    case 'html':
      return <p>{part.text}</p>;
    case 'media':
      return <MediaView part={part} contactId={contactId} />;
    case 'location':
      return (
        <p>
          <IconMapPin size={15} aria-hidden className={styles['sign'] ?? ''} />
          {part.label || t('part.location')} <span className={`${styles['size'] ?? ''} tabular`}>{`${part.latitude.toFixed(5)}, ${part.longitude.toFixed(5)}`}</span>
        </p>
      );
    case 'link':
      return <LinkView {...part} />;
    case 'choice':
      return (
        <>
          <p>{part.prompt}</p>
          <ol className={styles['options']}>
            {part.options.map((option) => (
              <li key={option}>{option}</li>
            ))}
          </ol>
        </>
      );
    case 'choice_reply':
      return <p>{part.label}</p>;
    case 'system':
      return <p className={styles['size']}>{t('part.system', { code: part.code })}</p>;
    case 'unsupported':
      return <p className={styles['size']}>{part.text || t('part.unsupported')}</p>;
  }
}
