import { AppError } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import type { ChannelBus } from './channel-bus.ts';
import type { Centre } from './entry-points.ts';

/** Secrets of entry points, by name. */
export type Secrets = Readonly<Record<string, string>>;

const freshMs = 5 * 60_000;

/**
 * A cache over directory's GetSecrets: fresh for five minutes and until the entry point changes. While directory is down
 * the last known secrets serve on.
 */
export function createSecretCache(dependencies: { bus: ChannelBus; centre: Centre; clock: Clock; log: Logger }) {
  const { bus, centre, clock, log } = dependencies;
  const known = new Map<string, { secrets: Secrets; revision: number; readMs: number }>();
  const asking = new Map<string, Promise<Secrets>>();

  async function ask(tenant: string, name: string, revision: number): Promise<Secrets> {
    const key = `${tenant}/${name}`;
    try {
      const secrets = await bus.getSecrets(tenant, name);
      known.set(key, { secrets, revision, readMs: clock.monotonicMs() });
      return secrets;
    } catch (thrown) {
      const error = AppError.from(thrown);
      const last = known.get(key);
      if (last === undefined || !error.retryable) throw error;
      log.warn('directory does not answer: the last known secrets serve on', { error, tenant, entryPoint: name });
      return last.secrets;
    }
  }

  return {
    /** Secrets of an entry point; one question to directory at a time for each. */
    get({ tenant, name }: { tenant: string; name: string }): Promise<Secrets> {
      const key = `${tenant}/${name}`;
      const revision = centre.entryPointByName(tenant, name)?.revision ?? 0;
      const entry = known.get(key);
      if (entry !== undefined && entry.revision === revision && clock.monotonicMs() - entry.readMs < freshMs) return Promise.resolve(entry.secrets);
      const running = asking.get(key);
      if (running !== undefined) return running;
      const asked = ask(tenant, name, revision).finally(() => asking.delete(key));
      asking.set(key, asked);
      return asked;
    },
  };
}
