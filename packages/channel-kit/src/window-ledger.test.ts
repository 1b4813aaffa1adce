import { describe, expect, test } from '@jest/globals';
import { addGrant, canSend, useGrant, type WindowLedger } from './window-ledger.ts';

const hourMs = 3_600_000;
const message = { trigger: 'message', messages: 5, durationMs: 48 * hourMs };
const menu = { trigger: 'menu', messages: 3, durationMs: 60_000 };

describe('window ledger', () => {
  test('nothing may go out before the customer wrote', () => {
    expect(canSend([], 0)).toEqual({ kind: 'window_closed' });
  });

  test('five messages within 48 hours of a message, then the quota is used', () => {
    let ledger: WindowLedger = addGrant([], message, 1000);
    for (let sent = 0; sent < 5; sent += 1) {
      expect(canSend(ledger, 2000)).toEqual({ kind: 'open', left: 5 - sent, untilMs: 1000 + 48 * hourMs });
      ledger = useGrant(ledger, 2000);
    }
    expect(canSend(ledger, 2000)).toEqual({ kind: 'quota_used' });
    expect(canSend(ledger, 1000 + 48 * hourMs)).toEqual({ kind: 'window_closed' });
  });

  test('a new message of the customer starts a fresh five', () => {
    const used = useGrant(useGrant(addGrant([], message, 0), 1), 1);
    expect(canSend(addGrant(used, message, 2), 3)).toMatchObject({ left: 5, untilMs: 2 + 48 * hourMs });
  });

  test('the grant that ends first is used first', () => {
    const ledger = useGrant(addGrant(addGrant([], message, 0), menu, 0), 1);
    expect(canSend(ledger, 2)).toMatchObject({ kind: 'open', left: 7 });
    expect(canSend(ledger, 60_000)).toMatchObject({ kind: 'open', left: 5 });
  });

  test('a grant without limits never closes and never runs out', () => {
    const ledger = useGrant(addGrant([], { trigger: 'message', messages: Infinity, durationMs: Infinity }, 0), 1);
    expect(canSend(ledger, 1e15)).toEqual({ kind: 'open', left: Infinity, untilMs: Infinity });
    expect(JSON.parse(JSON.stringify(ledger))).toEqual(ledger);
  });
});
