import { expect, test } from '@jest/globals';
import { specFromJson } from '../domain/kinds.ts';
import { createFakeResources } from '../testing/fakes.ts';
import { watchResources } from './watch-resources.ts';

const skill = (name: string, revision: bigint) => ({ kind: 'Skill', name, revision, author: 'x', appliedAt: new Date(0), spec: specFromJson('Skill', {}) });

test('a watcher gets what stands, a mark, and then of each resource its last state only', async () => {
  const { store, mirror } = createFakeResources();
  await store.write('demo', skill('a', 1n));
  await store.write('other', skill('b', 1n));
  const abort = new AbortController();
  const seen = watchResources(mirror, { tenant: 'demo', kind: 'Skill', signal: abort.signal })[Symbol.asyncIterator]();
  expect((await seen.next()).value).toMatchObject({ update: { $case: 'applied', value: { name: 'a' } } });
  expect((await seen.next()).value).toEqual({ update: { $case: 'snapshotDone', value: true } });
  await store.write('other', skill('b', 2n));
  for (const revision of [2n, 3n, 4n]) await store.write('demo', skill('a', revision));
  expect((await seen.next()).value).toMatchObject({ update: { $case: 'applied', value: { name: 'a', revision: 4n } } });
  await store.remove({ tenant: 'demo', kind: 'Skill', name: 'a' }, 5n);
  expect((await seen.next()).value).toMatchObject({ update: { $case: 'removed', value: { kind: 'Skill', name: 'a', revision: 5n } } });
  const last = seen.next();
  abort.abort();
  expect((await last).done).toBe(true);
});
