import { describe, expect, test } from '@jest/globals';
import { WithdrawalReason } from '@patchbay/contracts/contact/v1/contact';
import { errorsOf } from '@patchbay/runtime/app-error';
import { silentLogger } from '@patchbay/runtime/logger';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import type { StampedFact } from './ports.ts';
import { endLostCalls, factsOfLoss, type CallRecord } from './recovery.ts';

const fail = errorsOf({ BUS_STALE_WRITER: { status: 'aborted', meaning: 'newer facts', remedy: 'read' } });
const open: CallRecord = { startedMs: 1_000, home: undefined, ended: false, connected: false, tried: undefined, openRequestId: 'r', openLegs: ['customer', 'agent-1'], last: { contact: 5, voice: 7 } };
const names = (record: CallRecord) => factsOfLoss({ contactId: 'c' }, record).map(({ name }) => name);

describe('a call whose gateway died', () => {
  test('is withdrawn, its legs end, and it ends as failed', () => {
    const facts = factsOfLoss({ contactId: 'c' }, open);
    expect(facts.map(({ name }) => name)).toEqual(['RoutingWithdrawn', 'LegEnded', 'LegEnded', 'ContactEnded']);
    expect(facts[0]?.event).toMatchObject({ requestId: 'r', reason: WithdrawalReason.FAILED });
    expect(facts.at(-1)?.event).toMatchObject({ code: 'VOICE_GATEWAY_LOST' });
  });

  test('that was assigned is not withdrawn', () => {
    expect(names({ ...open, openRequestId: undefined, openLegs: [] })).toEqual(['ContactEnded']);
  });

  test('that had ended, or never began, gets no facts', () => {
    expect(names({ ...open, ended: true })).toEqual([]);
    expect(names({ ...open, startedMs: undefined })).toEqual([]);
  });

  test('is ended with the same facts by whoever finds it, and struck off', async () => {
    const removed: string[] = [];
    const batches: StampedFact[][] = [];
    const options = {
      lostCalls: { lost: () => [{ tenant: 'demo', contactId: 'c' }], remove: (contactId: string) => Promise.resolve(void removed.push(contactId)) },
      records: { read: () => Promise.resolve(open) },
      facts: {
        append: ({ facts, after }: { facts: readonly StampedFact[]; after: { contact: number; voice: number } }) => {
          batches.push([...facts]);
          return batches.length === 1 ? Promise.resolve(after) : Promise.reject(fail('BUS_STALE_WRITER'));
        },
        readBack: () => Promise.reject(new Error('not asked')),
      },
      clock: createFakeClock(),
      log: silentLogger,
    };
    expect(await endLostCalls(options)).toBe(1);
    expect(await endLostCalls(options)).toBe(0);
    expect(removed).toEqual(['c']);
    expect(batches[1]?.map(({ id }) => id)).toEqual(batches[0]?.map(({ id }) => id));
  });
});
