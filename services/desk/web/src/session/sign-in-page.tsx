import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { signIn } from '../api.ts';
import { useText } from '../i18n.ts';
import { useErrorText } from '../ui/errors.ts';
import { LanguageSwitch } from '../ui/language-switch.tsx';
import { Logo } from '../ui/logo.tsx';
import { adoptSession } from './session-store.ts';
import styles from './sign-in-page.module.css';

export function SignInPage({ tenant, ended }: { tenant: string; ended: boolean }) {
  const { t } = useText();
  const textOf = useErrorText();
  const [fields, setFields] = useState({ tenant, user: '', password: '' });
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(undefined);
  const set = (change: Partial<typeof fields>) => {
    setFields((now) => ({ ...now, ...change }));
  };

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    try {
      await adoptSession(await signIn(fields), { fresh: true });
    } catch (error) {
      setFault(error);
      setBusy(false);
    }
  }

  return (
    <main className={styles['page']}>
      <div className={styles['corner']}>
        <LanguageSwitch signedIn={false} />
      </div>
      <form className={styles['card']} onSubmit={(event) => void submit(event)} data-testid="sign-in">
        <p className={styles['brand']}>
          <Logo size={36} />
          Patchbay
        </p>
        <h1 className={styles['title']}>{t('signIn.title')}</h1>
        <p className={styles['lead']}>{t('signIn.lead')}</p>
        {ended && fault === undefined && (
          <p className={styles['notice']} role="status">
            {t('signIn.ended')}
          </p>
        )}
        {fault !== undefined && (
          <p className={styles['fault']} role="alert" data-testid="sign-in-error">
            {textOf(fault)}
          </p>
        )}
        {tenant === '' && (
          <TextInput label={t('signIn.tenant')} size="md" required value={fields.tenant} autoComplete="organization" onChange={(event) => set({ tenant: event.currentTarget.value })} />
        )}
        <TextInput
          label={t('signIn.user')}
          size="md"
          required
          withAsterisk={false}
          autoFocus
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          value={fields.user}
          onChange={(event) => set({ user: event.currentTarget.value })}
          data-testid="sign-in-user"
        />
        <PasswordInput
          label={t('signIn.password')}
          size="md"
          required
          withAsterisk={false}
          autoComplete="current-password"
          value={fields.password}
          onChange={(event) => set({ password: event.currentTarget.value })}
          visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
          data-testid="sign-in-password"
        />
        <Button type="submit" size="md" fullWidth mt={8} loading={busy} data-testid="sign-in-submit">
          {t('signIn.submit')}
        </Button>
      </form>
    </main>
  );
}
