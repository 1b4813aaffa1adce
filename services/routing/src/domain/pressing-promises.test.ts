import { describe, expect, test } from '@jest/globals';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { SlaPolicy } from '@patchbay/contracts/directory/v1/resource';
import { slaKindToJSON } from '@patchbay/contracts/routing/v1/routing_event';
import { listPressing } from './pressing-promises.ts';
import { withPromise } from './sla-policy.ts';
import { Scenario, type CentreSetup } from './testing/scenario.ts';
import { queueStatus } from './views.ts';

const minute = 60_000;
const setup: CentreSetup = {
  queues: { sales: { wrapUp: { mode: 1 } }, help: { wrapUp: { mode: 1 } } },
  agents: { anna: { queues: ['sales', 'help'], capacity: { webchat: 3 } } },
  slaPolicies: { all: { firstResponseSeconds: 600, resolutionSeconds: 3_600 } },
};
const chat = { channel: 'webchat' };

const listed = ({ state, nowMs }: Scenario, queue = 'sales', pageSize = 0) => listPressing(state, { queue, pageSize }, nowMs)?.promises.map(({ contactId, kind, broken, agentId }) => `${contactId} ${slaKindToJSON(kind).replace('SLA_KIND_', '')} ${broken ? 'broken' : 'at risk'} ${agentId}`.trim());
const counted = (centre: Scenario) => {
  const { promisesAtRisk, promisesBroken } = queueStatus(centre.state, 'sales', centre.nowMs) ?? {};
  return { promisesAtRisk, promisesBroken };
};

describe('promises that somebody should look at', () => {
  test('are those at risk and those broken, the one longest broken first, of those who wait and of those in hand', () => {
    const centre = new Scenario(setup);
    centre.request('c1', chat);
    centre.advance(minute);
    centre.request('c2', chat);
    centre.advance(6 * minute);
    expect([listed(centre), counted(centre)]).toEqual([[], { promisesAtRisk: 0, promisesBroken: 0 }]);
    centre.advance(minute);
    expect(listed(centre)).toEqual(['c1 FIRST_RESPONSE at risk']);
    centre.advance(2 * minute);
    expect([listed(centre), counted(centre)]).toEqual([['c1 FIRST_RESPONSE broken', 'c2 FIRST_RESPONSE at risk'], { promisesAtRisk: 1, promisesBroken: 1 }]);
    expect(listed(centre, 'sales', 1)).toEqual(['c1 FIRST_RESPONSE broken']);
    expect([listed(centre, 'help'), listed(centre, 'nowhere')]).toEqual([[], undefined]);

    centre.ready('anna');
    centre.accept('c1');
    expect(listed(centre)).toEqual(['c1 FIRST_RESPONSE broken anna', 'c2 FIRST_RESPONSE at risk']);
    centre.answer('c1', Party.AGENT);
    expect(listed(centre)).toEqual(['c2 FIRST_RESPONSE at risk']);
    centre.end('c2');
    expect([listed(centre), counted(centre)]).toEqual([[], { promisesAtRisk: 0, promisesBroken: 0 }]);
  });

  test('leave the list while the customer is waited for, unless they are broken', () => {
    const centre = new Scenario({ ...setup, slaPolicies: { all: { resolutionSeconds: 600 } } });
    centre.ready('anna');
    centre.request('c1', chat);
    centre.accept('c1');
    centre.advance(8 * minute);
    expect(listed(centre)).toEqual(['c1 RESOLUTION at risk anna']);
    centre.answer('c1');
    expect(listed(centre)).toEqual([]);
    centre.write('c1', 'm1');
    expect(listed(centre)).toEqual(['c1 RESOLUTION at risk anna']);
    centre.advance(2 * minute);
    centre.answer('c1');
    expect(listPressing(centre.state, { queue: 'sales', pageSize: 0 }, centre.nowMs)?.promises).toMatchObject([{ contactId: 'c1', broken: true, dueAt: undefined }]);
  });

  test('are none any more when the customer is given more time after the warning', () => {
    const centre = new Scenario(setup);
    centre.request('c1', chat);
    centre.advance(8 * minute);
    expect(listed(centre)).toEqual(['c1 FIRST_RESPONSE at risk']);
    centre.state.centre.slaPolicies = withPromise(centre.state.centre.slaPolicies, 'all', SlaPolicy.fromPartial({ firstResponseSeconds: 3_600, resolutionSeconds: 3_600 }));
    centre.do({ kind: 'SlaApplied' });
    expect([listed(centre), counted(centre)]).toEqual([[], { promisesAtRisk: 0, promisesBroken: 0 }]);
    centre.advance(40 * minute);
    expect(listed(centre)).toContain('c1 FIRST_RESPONSE at risk');
  });

  test('are told to who watches the queue, and others are not: a message kept in time changes no figure', () => {
    const centre = new Scenario(setup);
    centre.ready('anna');
    centre.request('c1', chat);
    centre.accept('c1');
    centre.state.changedQueues.clear();
    centre.answer('c1');
    centre.write('c1', 'm1');
    expect([...centre.state.changedQueues]).toEqual([]);
  });

  test('are the same after a snapshot', () => {
    const centre = new Scenario(setup);
    centre.request('c1', chat);
    centre.advance(9 * minute);
    const before = listed(centre);
    centre.failOver(centre.snapshot());
    expect(listed(centre)).toEqual(before);
    expect(before).toEqual(['c1 FIRST_RESPONSE at risk']);
  });
});
