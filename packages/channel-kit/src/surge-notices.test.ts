import { afterEach, describe, expect, test } from '@jest/globals';
import { SurgeActionKind } from '@patchbay/contracts/directory/v1/resource';
import { SurgeStatus } from '@patchbay/contracts/routing/v1/surge_service';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { createPagerCentre, type PagerCentre } from './testing/pager-centre.ts';

let clock = createFakeClock();
let centre: PagerCentre = createPagerCentre();
afterEach(() => centre.stop());

function surge(kind: SurgeActionKind, fields: Partial<SurgeStatus> = {}): SurgeStatus {
  const rush = SurgeStatus.fromPartial({ plan: 'rush', queues: ['support'], active: true, since: new Date(1_767_000_000_000), actions: [{ kind }] });
  return { ...rush, ...fields };
}
const announced = (fields: Partial<SurgeStatus> = {}) => surge(SurgeActionKind.ANNOUNCEMENT, fields);
const told = () => centre.story().filter((name) => name.startsWith('MessageSent'));

/** A customer writes and waits in the queue while this surge holds. */
async function waits(one: SurgeStatus, options: Parameters<typeof createPagerCentre>[0] = {}): Promise<string> {
  clock = createFakeClock();
  centre = createPagerCentre({ ...options, settings: { 'text.surge': 'many are writing' } }, clock);
  centre.bus.setSurges([one]);
  const replica = await centre.start();
  await replica.deliver({ id: 'm1', text: 'a' });
  const contactId = centre.bus.facts()[0]?.key ?? '';
  await queue(contactId);
  return contactId;
}

async function queue(contactId: string): Promise<void> {
  centre.queue(contactId, new Date());
  await centre.bus.settle();
}

describe('a customer who comes during a surge that is announced', () => {
  test('is told once, however often they are put back in line', async () => {
    const contactId = await waits(announced());
    await queue(contactId);
    expect(told()).toEqual(['MessageSent(2 many are writing)']);
  });

  test('is told again in the next surge', async () => {
    const contactId = await waits(announced());
    centre.bus.setSurges([announced({ since: new Date(1_767_000_900_000) })]);
    clock.advance(6_000);
    await queue(contactId);
    expect(told()).toHaveLength(2);
  });

  test.each([
    ['is over', announced({ active: false })],
    ['is of other queues', announced({ queues: ['billing'] })],
    ['is not announced', surge(SurgeActionKind.CANCEL_BREAKS)],
  ])('is told nothing of a surge that %s', async (_name, one) => {
    await waits(one);
    expect(told()).toEqual([]);
  });

  test('with a letter is told nothing', async () => {
    await waits(announced(), { isLetter: true });
    expect(told()).toEqual([]);
  });

  test('waits all the same when routing does not tell of surges', async () => {
    clock = createFakeClock();
    centre = createPagerCentre({}, clock);
    const replica = await centre.start((step) => (step === 'surges' ? 'before' : undefined));
    await replica.deliver({ id: 'm1', text: 'a' });
    await queue(centre.bus.facts()[0]?.key ?? '');
    expect(told()).toEqual([]);
    expect(centre.bus.deadLetters).toEqual([]);
  });
});
