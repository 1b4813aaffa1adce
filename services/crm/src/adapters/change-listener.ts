import { backoffMs } from '@patchbay/runtime/backoff';
import { sleep, systemClock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import { Client } from 'pg';
import type { ContactStore } from '../ports.ts';
import { changeChannel } from './schema.ts';

type Listener = Parameters<ContactStore['onChange']>;

/** Hears of changed records through LISTEN on a connection of its own, which comes back by itself. */
export function listenForChanges(options: { url: string; log: Logger }): Pick<ContactStore, 'onChange' | 'close'> {
  const listeners = new Set<Listener>();
  const closing = new AbortController();
  let client: Client | undefined;

  async function listenOnce(): Promise<void> {
    const current = new Client({ connectionString: options.url, keepAlive: true, connectionTimeoutMillis: 5_000 });
    client = current;
    const ended = new Promise<void>((resolve) => {
      current.on('error', () => {
        resolve();
      });
      current.on('end', resolve);
    });
    current.on('notification', ({ payload = '' }) => {
      const space = payload.indexOf(' ');
      const change = { tenant: payload.slice(0, space), contactId: payload.slice(space + 1) };
      for (const [listener] of listeners) listener(change);
    });
    await current.connect();
    await current.query(`listen ${changeChannel}`);
    for (const [, onGap] of listeners) onGap();
    await ended;
  }

  const loop = (async () => {
    for (let attempt = 1; !closing.signal.aborted; attempt += 1) {
      try {
        await listenOnce();
        attempt = 1;
      } catch (error) {
        options.log.warn('not listening for changed contacts', { error });
      }
      await sleep(systemClock, backoffMs({ firstMs: 100, limitMs: 5_000 }, attempt), closing.signal).catch(() => undefined);
    }
  })();

  return {
    onChange(listener, onGap) {
      const entry: Listener = [listener, onGap];
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    async close() {
      closing.abort();
      // A connection that is gone already cannot be ended again.
      await client?.end().catch(() => undefined);
      await loop;
    },
  };
}
