import { describe, expect, test } from '@jest/globals';
import { IdempotentSend } from '@patchbay/contracts/channel/v1/capabilities';
import { AppError } from '@patchbay/runtime/app-error';
import type { Fault } from './testing/memory-bus.ts';
import { createPagerCentre, type PagerCentre, type PagerReplica } from './testing/pager-centre.ts';

const commandId = (n: number) => `0199aaaa-0000-7000-8000-00000000000${n}`;

/** How one step of the bus breaks: the process dies there, or the step fails once and the process lives. */
interface Breakage {
  readonly step: number;
  readonly fault: NonNullable<Fault>;
  readonly dies: boolean;
}

/** The platform delivers until somebody says that it is durable, as platforms do. */
async function deliverUntilTaken(replicas: () => readonly PagerReplica[], page: Record<string, unknown>): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const replica = replicas()[attempt % replicas().length];
    try {
      await replica?.deliver(page);
      return;
    } catch (thrown) {
      if (!AppError.from(thrown).retryable) throw thrown;
    }
  }
  throw new Error('nobody took the page');
}

/** One contact from the first message to the end and the message that follows, with one thing going wrong on the way. */
async function runStory(centre: PagerCentre, breakage: Breakage | undefined): Promise<{ steps: number }> {
  let steps = 0;
  let isBroken = false;
  let first: PagerReplica | undefined = undefined;
  const plan = (): Fault => {
    steps += 1;
    if (breakage === undefined || isBroken || steps < breakage.step) return undefined;
    isBroken = true;
    // The effect of this very step still happens when the fault is `after`; all later ones fail.
    if (breakage.dies) queueMicrotask(() => first?.connection.kill());
    return breakage.fault;
  };
  // A process that cannot announce itself does not start; its supervisor starts another.
  first = await centre.start(plan).catch(() => undefined);
  const second = await centre.start();
  const replicas = () => (first === undefined || (isBroken && breakage?.dies === true) ? [second] : [first, second]);

  await deliverUntilTaken(replicas, { id: 'm1', text: 'one' });
  await deliverUntilTaken(replicas, { id: 'm2', text: 'two' });
  const contactId = centre.bus.facts({ type: 'patchbay.contact.v1.ContactStarted' })[0]?.key ?? '';
  centre.assign(contactId, 'a1');
  await centre.bus.settle();
  centre.send(contactId, commandId(1), 'answer one');
  centre.send(contactId, commandId(2), 'answer two');
  await centre.bus.settle();
  centre.end(contactId, commandId(3));
  await centre.bus.settle();
  await deliverUntilTaken(replicas, { id: 'm3', text: 'three' });
  await centre.bus.settle();
  await centre.stop();
  return { steps };
}

/** What must hold whatever broke. */
function checkStory(centre: PagerCentre, kind: IdempotentSend): void {
  const facts = (type: Parameters<PagerCentre['bus']['facts']>[0]) => centre.bus.facts(type);
  const contacts = facts({ type: 'patchbay.contact.v1.ContactStarted' }).map((fact) => fact.key);
  expect(contacts).toHaveLength(2);
  const [firstContact = '', secondContact = ''] = contacts;
  const received = facts({ type: 'patchbay.message.v1.MessageReceived' }).flatMap((fact) => (fact.type === 'patchbay.message.v1.MessageReceived' ? [fact] : []));
  expect(received.map((fact) => [fact.key, fact.event.platformMessageId])).toEqual([
    [firstContact, 'm1'],
    [firstContact, 'm2'],
    [secondContact, 'm3'],
  ]);
  expect(facts({ type: 'patchbay.contact.v1.RoutingRequested' }).map((fact) => fact.key)).toEqual(contacts);
  expect(facts({ type: 'patchbay.contact.v1.ContactConnected' })).toHaveLength(1);
  expect(facts({ type: 'patchbay.contact.v1.ContactEnded' }).map((fact) => fact.key)).toEqual([firstContact]);

  const outcomes = centre.bus.facts({ key: firstContact }).flatMap((fact) => {
    if (fact.type === 'patchbay.message.v1.MessageSent') return [[fact.event.commandId, 'sent']];
    return fact.type === 'patchbay.message.v1.MessageOutcomeUnknown' ? [[fact.event.commandId, 'unknown']] : [];
  });
  expect(outcomes.map(([id]) => id)).toEqual([commandId(1), commandId(2)]);
  if (kind !== IdempotentSend.NONE) expect(outcomes.map(([, outcome]) => outcome)).toEqual(['sent', 'sent']);
  const arrived = centre.platform.received.map((page) => page.text);
  expect(arrived).toEqual([...new Set(arrived)]);
  for (const [index, text] of ['answer one', 'answer two'].entries()) if (outcomes[index]?.[1] === 'sent') expect(arrived).toContain(text);

  const sequences = centre.bus
    .facts({ key: firstContact })
    .flatMap((fact) => (fact.type === 'patchbay.message.v1.MessageReceived' || fact.type === 'patchbay.message.v1.MessageSent' ? [Number(fact.event.sequence)] : []));
  expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  expect(centre.bus.deadLetters).toEqual([]);
}

const kinds = [
  ['cannot make sending twice harmless', IdempotentSend.NONE],
  ['knows keys', IdempotentSend.KEY],
  ['can be asked', IdempotentSend.QUERY],
] as const;

describe.each(kinds)('on a platform that %s', (_, idempotentSend) => {
  test('the story without faults holds', async () => {
    const centre = createPagerCentre({ idempotentSend });
    const { steps } = await runStory(centre, undefined);
    expect(steps).toBeGreaterThan(20);
    checkStory(centre, idempotentSend);
    expect(centre.platform.received.map((page) => page.text)).toEqual(['answer one', 'answer two']);
  });

  test.each([
    ['dies before', 'before', true],
    ['dies after', 'after', true],
    ['loses', 'before', false],
    ['loses the answer of', 'after', false],
  ] as const)('a process that %s any one step of the bus loses nothing and doubles nothing', async (name, fault, dies) => {
    const { steps } = await runStory(createPagerCentre({ idempotentSend }), undefined);
    // Every step once; on the platforms that forgive more, every third.
    for (let step = 1; step <= steps; step += idempotentSend === IdempotentSend.NONE ? 1 : 3) {
      const centre = createPagerCentre({ idempotentSend });
      try {
        await runStory(centre, { step, fault, dies });
        checkStory(centre, idempotentSend);
      } catch (error) {
        throw new Error(`a process that ${name} step ${step} of ${steps}: ${centre.story().join(', ')}`, { cause: error });
      }
    }
  });

  test.each(['before', 'after'] as const)('a process that dies %s the platform took a message leaves one outcome and no double', async (when) => {
    const centre = createPagerCentre({ idempotentSend });
    const one = await centre.start();
    await one.deliver({ id: 'm1', text: 'one' });
    const contactId = centre.bus.facts()[0]?.key ?? '';
    centre.assign(contactId);
    await centre.bus.settle();
    await centre.start();
    let isFirst = true;
    centre.platform.answer = () => {
      if (!isFirst) return 'take';
      isFirst = false;
      one.connection.kill();
      return when === 'before' ? 'throw' : 'take_and_lose_answer';
    };
    centre.send(contactId, commandId(1), 'answer');
    await centre.bus.settle();
    await centre.stop();
    const outcomes = centre.story(contactId).slice(5);
    expect(outcomes).toEqual([idempotentSend === IdempotentSend.NONE ? 'MessageOutcomeUnknown(CHANNEL_ANSWER_LOST)' : 'MessageSent(2 answer)']);
    expect(centre.platform.received.length).toBeLessThanOrEqual(1);
    if (idempotentSend !== IdempotentSend.NONE) expect(centre.platform.received).toHaveLength(1);
  });
});
