import { expect, test } from '@jest/globals';
import { Scenario, type CentreSetup } from './testing/scenario.ts';
import { listWaiting, readWaitingRequest } from './waiting-list.ts';

const setup: CentreSetup = {
  queues: { sales: {}, help: {} },
  agents: { anna: { queues: ['sales'], capacity: { voice: 1, webchat: 2 } } },
};

function pageOf(centre: Scenario, queue: string, pageSize = 0, pageToken = '') {
  const asked = readWaitingRequest({ queue, pageSize, pageToken });
  if (asked === undefined) throw new Error('bad token');
  return listWaiting(centre.state, asked, centre.nowMs);
}

const rows = (page: ReturnType<typeof pageOf>) => page?.contacts.map(({ contactId, place, because }) => `${String(place)} ${contactId} ${because}`);

test('the waiting list is in the order of the line: priority before age, with place and reason', () => {
  const centre = new Scenario(setup);
  centre.request('c1');
  centre.advance(10_000);
  centre.request('c2', { priority: 60 });
  centre.request('h1', { queue: 'help' });
  expect(rows(pageOf(centre, 'sales'))).toEqual(['1 c2 no_agent', '2 c1 no_agent']);
  expect(pageOf(centre, 'sales')).toMatchObject({ total: 2, contacts: [{ priority: 60, queue: 'sales', channel: 'voice' }, { priority: 0 }] });
  centre.ready('anna');
  expect(rows(pageOf(centre, 'sales'))).toEqual(['1 c2 ringing', '2 c1 agents_busy']);
  expect(pageOf(centre, 'sales')?.contacts[0]?.agentId).toBe('anna');
  centre.do({ kind: 'PauseQueue', queue: 'sales', lead: { actor: 'user:lead', reason: 'x' } });
  expect(rows(pageOf(centre, 'sales'))).toEqual(['1 c2 ringing', '2 c1 queue_paused']);
});

test('a contact that waits for the agent who knows the customer says for whom and until when', () => {
  const voice = { queues: ['sales'], capacity: { voice: 1 } };
  const centre = new Scenario({ queues: { sales: { sticky: {} } }, agents: { anna: voice, bo: voice }, customers: { regular: { agent: 'bo' } } });
  centre.ready('anna', 'bo');
  centre.identify('c0', { customerId: 'regular' });
  centre.request('c0');
  centre.accept('c0');
  centre.request('other');
  centre.accept('other');
  centre.identify('c1', { customerId: 'regular' });
  centre.request('c1');
  expect(pageOf(centre, 'sales')?.contacts).toMatchObject([{ contactId: 'c1', because: 'waits_for_preferred', agentId: 'bo', until: new Date(centre.nowMs + 30_000) }]);
});

test('pages follow each other in line though contacts come and go between them', () => {
  const centre = new Scenario(setup);
  for (const id of ['c1', 'c2', 'c3', 'c4', 'c5']) {
    centre.request(id);
    centre.advance(1_000);
  }
  const first = pageOf(centre, 'sales', 2);
  expect(rows(first)).toEqual(['1 c1 no_agent', '2 c2 no_agent']);
  centre.request('c0', { priority: 3_600 });
  const second = pageOf(centre, 'sales', 2, first?.nextPageToken);
  expect(rows(second)).toEqual(['4 c3 no_agent', '5 c4 no_agent']);
  const last = pageOf(centre, 'sales', 2, second?.nextPageToken);
  expect([rows(last), last?.nextPageToken]).toEqual([['6 c5 no_agent'], '']);
  expect(pageOf(centre, 'nowhere')).toBeUndefined();
  expect(readWaitingRequest({ queue: 'sales', pageSize: 0, pageToken: 'x' })).toBeUndefined();
});
