import { expect, test } from '@jest/globals';
import type { AnyFact } from '@patchbay/bus/fact';
import { ContactOverflowed } from '@patchbay/contracts/routing/v1/routing_event';
import { toCallEvent } from './fact-events.ts';

const overflowed = (to: Partial<ContactOverflowed>) =>
  toCallEvent({ type: 'patchbay.routing.v1.ContactOverflowed', timeMs: 0, event: ContactOverflowed.fromPartial({ contactId: 'c1', requestId: 'r1', ...to }) } as AnyFact);

test('a call that leaves the queues is over, one that goes on to another queue waits on', () => {
  expect(overflowed({ action: 'voicemail' })).toEqual({ kind: 'requestOver', requestId: 'r1', outcome: 'expired', reason: 'voicemail' });
  expect(overflowed({ toQueue: 'help' })).toBeUndefined();
});
