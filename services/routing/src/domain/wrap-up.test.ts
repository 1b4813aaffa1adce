import { describe, expect, test } from '@jest/globals';
import type { WrapUp } from '@patchbay/contracts/directory/v1/resource';
import { Scenario, words, type Some } from './testing/scenario.ts';

const none = 1;
const optional = 2;
const mandatoryTimed = 3;
const mandatory = 4;

const tree = { dispositions: [{ code: 'sale', children: [{ code: 'sale.new' }, { code: 'sale.renewal' }] }, { code: 'question' }] };

/** One agent with an accepted call in a queue with this wrap-up. */
function engaged(wrapUp: Some<WrapUp> | undefined): Scenario {
  const centre = new Scenario({ queues: { sales: wrapUp === undefined ? {} : { wrapUp } }, agents: { anna: { queues: ['sales'], capacity: { voice: 1 } } }, dispositions: { codes: tree } });
  centre.ready('anna');
  centre.request('c1');
  centre.accept('c1');
  centre.advance(10_000);
  return centre;
}

const refused = (code: string) => ({ kind: 'refused', code });

describe('wrap-up', () => {
  test('none: the assignment closes with the contact', () => {
    const centre = engaged({ mode: none });
    expect(centre.end('c1')).toEqual(['AssignmentClosed c1 anna']);
    expect(centre.facts.at(-2)).toMatchObject({ event: { handledMs: 10_000n, wrapUpMs: 0n } });
  });

  test('optional: may be left at once without a code, ends at the limit', () => {
    const centre = engaged({ mode: optional, limitSeconds: 30, dispositions: 'codes' });
    centre.end('c1');
    centre.advance(2_000);
    expect(words(centre.close('c1').facts)).toEqual(['AssignmentClosed c1 anna']);
    const again = engaged({ mode: optional, limitSeconds: 30, dispositions: 'codes' });
    again.end('c1');
    expect(words(again.advance(30_000))).toEqual(['AssignmentClosed c1 anna system.expired']);
  });

  test('mandatory with a limit: needs a code; on the limit the system writes its own', () => {
    const centre = engaged({ mode: mandatoryTimed, limitSeconds: 30, dispositions: 'codes' });
    centre.end('c1');
    expect(centre.close('c1').outcome).toEqual(refused('ROUTING_DISPOSITION_NEEDED'));
    expect(words(centre.advance(30_000))).toEqual(['AssignmentClosed c1 anna system.expired']);
  });

  test('mandatory: goes on until a code is given', () => {
    const centre = engaged({ mode: mandatory, limitSeconds: 30, dispositions: 'codes' });
    centre.end('c1');
    expect(words(centre.advance(3_600_000))).toEqual([]);
    expect(words(centre.close('c1', 'question').facts)).toEqual(['AssignmentClosed c1 anna question']);
  });

  test('a queue that says nothing gives half a minute', () => {
    const centre = engaged(undefined);
    centre.end('c1');
    expect(words(centre.advance(30_000))).toEqual(['AssignmentClosed c1 anna system.expired']);
  });

  test('a code must be one of the tree that has none below it', () => {
    const centre = engaged({ mode: mandatory, dispositions: 'codes' });
    centre.end('c1');
    for (const code of ['sale', 'nonsense', 'system.expired']) expect(centre.close('c1', code).outcome).toEqual(refused('ROUTING_DISPOSITION_UNKNOWN'));
    expect(centre.close('c1', 'sale.new').outcome).toEqual({ kind: 'done' });
  });

  test('cannot be closed before the contact ended; closing again is answered the same', () => {
    const centre = engaged({ mode: optional });
    expect(centre.close('c1').outcome).toEqual(refused('ROUTING_CONTACT_OPEN'));
    const request = { assignmentId: centre.assignment('c1')?.assignmentId ?? '', agentId: 'anna', contactId: 'c1', disposition: '', notes: '' };
    centre.end('c1');
    expect(centre.do({ kind: 'CloseAssignment', request, by: 1 }).facts).not.toEqual([]);
    expect(centre.do({ kind: 'CloseAssignment', request, by: 1 })).toEqual({ facts: [], outcome: { kind: 'done' } });
  });

  test('closing after the limit did is refused', () => {
    const centre = engaged({ mode: optional, limitSeconds: 1 });
    const request = { assignmentId: centre.assignment('c1')?.assignmentId ?? '', agentId: 'anna', contactId: 'c1', disposition: '', notes: '' };
    centre.end('c1');
    centre.advance(1_000);
    expect(centre.do({ kind: 'CloseAssignment', request, by: 1 }).outcome).toEqual(refused('ROUTING_ASSIGNMENT_GONE'));
  });

  test('can be extended where the queue gives more time', () => {
    const centre = engaged({ mode: mandatoryTimed, limitSeconds: 30, extensionSeconds: 60 });
    expect(centre.extend('c1')).toEqual(refused('ROUTING_CONTACT_OPEN'));
    centre.end('c1');
    const endedMs = centre.nowMs;
    centre.advance(20_000);
    expect(centre.extend('c1')).toEqual({ kind: 'extended', endsAtMs: endedMs + 90_000 });
    expect(words(centre.advance(69_999))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['AssignmentClosed c1 anna system.expired']);
    const strict = engaged({ mode: mandatoryTimed, limitSeconds: 30 });
    strict.end('c1');
    expect(strict.extend('c1')).toEqual(refused('ROUTING_NO_EXTENSION'));
  });

  test('no call comes during wrap-up, and its time is told apart from the talk', () => {
    const centre = engaged({ mode: optional, limitSeconds: 60 });
    centre.request('c2');
    centre.end('c1');
    expect(words(centre.advance(5_000))).toEqual([]);
    expect(words(centre.close('c1').facts)).toEqual(['AssignmentClosed c1 anna', 'ContactOffered c2 anna']);
    const closed = centre.facts.find((fact) => fact.type === 'patchbay.routing.v1.AssignmentClosed');
    expect(closed?.event).toMatchObject({ handledMs: 10_000n, wrapUpMs: 5_000n });
  });

  test('survives a transfer: the first agent still wraps up, with the time of the first', () => {
    const centre = new Scenario({ queues: { sales: { wrapUp: { mode: mandatory } } }, agents: { anna: { queues: ['sales'], capacity: { voice: 1 } } } });
    centre.ready('anna');
    centre.request('c1');
    centre.accept('c1');
    centre.advance(30_000);
    centre.request('c1', { requestId: 'second' });
    centre.advance(7_000);
    const [assignment] = centre.state.assignments.values();
    expect(assignment?.wrapUp?.startedAtMs).toBe(centre.nowMs - 7_000);
    expect(centre.end('c1')).toEqual(['RoutingClosed c1']);
    centre.close('c1', 'done');
    const closed = centre.facts.find((fact) => fact.type === 'patchbay.routing.v1.AssignmentClosed');
    expect(closed?.event).toMatchObject({ handledMs: 30_000n, wrapUpMs: 7_000n });
  });
});
