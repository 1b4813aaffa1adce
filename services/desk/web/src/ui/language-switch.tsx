import { Button } from '@mantine/core';
import { IconLanguage } from '@tabler/icons-react';
import { useText } from '../i18n.ts';
import { chooseLanguage } from '../session/preferences.ts';

/** Switches between the two languages. */
export function LanguageSwitch({ signedIn }: { signedIn: boolean }) {
  const { t, language } = useText();
  const other = language === 'en' ? 'zh-CN' : 'en';
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-sm"
      leftSection={<IconLanguage size={16} aria-hidden />}
      aria-label={`${t('nav.languageName')} · ${t('nav.language')}`}
      onClick={() => void chooseLanguage(other, signedIn)}
      data-testid="language-switch"
    >
      {t('nav.languageName')}
    </Button>
  );
}
