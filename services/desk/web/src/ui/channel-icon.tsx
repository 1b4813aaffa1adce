import { IconBrandWechat, IconDots, IconMail, IconMessage2, IconPhone } from '@tabler/icons-react';
import type { ChannelView } from '../../../src/domain/views.ts';
import { titleIn } from '../format.ts';
import { hasText, type Language, type Translate } from '../i18n.ts';
import styles from './channel-icon.module.css';

const icons = { voice: IconPhone, webchat: IconMessage2, wechat: IconBrandWechat, email: IconMail };

/** The sign of a channel, in its own tint. */
export function ChannelIcon({ channel, size = 34 }: { channel: string; size?: number }) {
  const known = Object.hasOwn(icons, channel);
  const Icon = known ? icons[channel as keyof typeof icons] : IconDots;
  return (
    <span className={styles['icon']} data-channel={known ? channel : 'other'} style={{ width: size, height: size, borderRadius: size * 0.3 }} aria-hidden>
      <Icon size={Math.round(size * 0.56)} stroke={1.8} />
    </span>
  );
}

/** Name of a channel: its adapter's, else ours. */
export function channelName(channel: string, channels: Readonly<Record<string, ChannelView>>, language: Language, t: Translate): string {
  const key = `channel.${channel}`;
  return titleIn(channels[channel]?.labels, language, hasText(key) ? t(key) : t('channel.other'));
}
