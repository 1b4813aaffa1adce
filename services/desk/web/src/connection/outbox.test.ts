import { describe, expect, test } from '@jest/globals';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import type { MessageItem } from '../../../src/domain/views.ts';
import { createKeeper, type Storage } from './keeper.ts';
import { RequestError } from './link.ts';
import { createOutbox, type Sending } from './outbox.ts';

function memoryStorage(): Storage {
  const values = new Map<string, string>();
  return {
    get length() {
      return values.size;
    },
    key: (index) => [...values.keys()][index] ?? null,
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

function fault(code: string, retryable: boolean): RequestError {
  return new RequestError({ code, status: 'unavailable', message: '', retryable, details: {} });
}

/** A browser page over a storage; `deliver` is what the desk does. */
function page(storage: Storage, deliver: (sending: Sending) => Promise<void>) {
  const clock = createFakeClock();
  let last = 0;
  const outbox = createOutbox({
    keeper: createKeeper<Sending>({ storage, kind: 'outbox', owner: 'demo.8001', keepMs: 86_400_000, nowMs: clock.nowMs }),
    newId: () => `command-${(last += 1)}`,
    nowMs: clock.nowMs,
    setTimer: clock.setTimer,
    deliver,
    errorOf: (thrown) => (thrown as RequestError).error,
  });
  const list = () => Object.values(outbox.sendings.get());
  return { clock, outbox, list };
}

function outcome(commandId: string, delivery: MessageItem['delivery']): MessageItem {
  return { kind: 'message', key: commandId, timeMs: 0, from: 'agent', agentId: '8001', parts: [], delivery, code: '', commandId, degradations: [], distrusted: false };
}

describe('messages on their way', () => {
  test('stay until their outcome is known', async () => {
    const { clock, outbox, list } = page(memoryStorage(), () => Promise.resolve());
    outbox.send('c1', '您好');
    expect(list()).toMatchObject([{ text: '您好', state: 'sending' }]);
    await clock.advanceAsync(0);
    expect(list()).toMatchObject([{ state: 'accepted' }]);
    outbox.settle([outcome('command-1', 'sent')]);
    expect(list()).toEqual([]);
  });

  test('a reload sends what was not acknowledged again under the same command id', async () => {
    const storage = memoryStorage();
    const first = page(storage, () => new Promise(() => {}));
    first.outbox.send('c1', '您好');
    await first.clock.advanceAsync(0);
    const delivered: string[] = [];
    const second = page(storage, ({ commandId }) => Promise.resolve(void delivered.push(commandId)));
    second.outbox.flush();
    await second.clock.advanceAsync(0);
    expect(delivered).toEqual(['command-1']);
    expect(second.list()).toMatchObject([{ commandId: 'command-1', state: 'accepted' }]);
  });

  test('a desk that is away is tried again; order is kept', async () => {
    let away = true;
    const delivered: string[] = [];
    const { clock, outbox } = page(memoryStorage(), ({ text }) => {
      if (away) return Promise.reject(fault('DESK_DISCONNECTED', true));
      delivered.push(text);
      return Promise.resolve();
    });
    outbox.send('c1', '一');
    await clock.advanceAsync(1);
    outbox.send('c1', '二');
    await clock.advanceAsync(1_000);
    away = false;
    await clock.advanceAsync(2_000);
    expect(delivered).toEqual(['一', '二']);
  });

  test('a refusal stays with its code, and can be sent again as a new message', async () => {
    let refuse = true;
    const { clock, outbox, list } = page(memoryStorage(), () => (refuse ? Promise.reject(fault('CRM_CONTACT_ENDED', false)) : Promise.resolve()));
    outbox.send('c1', '您好');
    await clock.advanceAsync(60_000);
    expect(list()).toMatchObject([{ commandId: 'command-1', state: 'refused', code: 'CRM_CONTACT_ENDED' }]);
    refuse = false;
    outbox.resend('command-1');
    await clock.advanceAsync(0);
    expect(list()).toMatchObject([{ commandId: 'command-2', text: '您好', state: 'accepted' }]);
  });

  test('a message whose outcome is failed or unknown keeps its words', async () => {
    const { clock, outbox, list } = page(memoryStorage(), () => Promise.resolve());
    outbox.send('c1', '您好');
    await clock.advanceAsync(0);
    outbox.settle([outcome('command-1', 'unknown')]);
    expect(list()).toMatchObject([{ text: '您好' }]);
    outbox.discard('command-1');
    expect(list()).toEqual([]);
  });
});

describe('what is kept in the browser', () => {
  test('is gone when it is too old, and another user does not see it', () => {
    const storage = memoryStorage();
    let nowMs = 0;
    const keep = (owner: string) => createKeeper<string>({ storage, kind: 'draft', owner, keepMs: 1_000, nowMs: () => nowMs });
    keep('demo.8001').put('c1', '草稿');
    expect(keep('demo.8001').get('c1')).toBe('草稿');
    expect(keep('demo.8002').get('c1')).toBeUndefined();
    nowMs = 1_001;
    expect(keep('demo.8001').get('c1')).toBeUndefined();
  });

  test('rubbish in the storage is the same as nothing', () => {
    const storage = memoryStorage();
    storage.setItem('patchbay.draft.demo.8001.c1', 'no json');
    expect(createKeeper<string>({ storage, kind: 'draft', owner: 'demo.8001', keepMs: 1_000, nowMs: () => 0 }).get('c1')).toBeUndefined();
  });
});
