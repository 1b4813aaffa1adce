import { describe, expect, test } from '@jest/globals';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import { consumeCommands, sendCommand, type ReceivedCommand } from '@patchbay/bus/commands';
import type { BusConnection } from '@patchbay/bus/connection';
import { listDeadLetters } from '@patchbay/bus/dead-letters';
import { openKv } from '@patchbay/bus/kv';
import { readFacts } from '@patchbay/bus/read-facts';
import { partitionOf } from '@patchbay/bus/subjects';
import { startChannel } from '@patchbay/channel-kit/start-channel';
import { createPagerAdapter, createPagerPlatform } from '@patchbay/channel-kit/testing/demo-channel';
import { SendMessage } from '@patchbay/contracts/channel/v1/channel_command';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { ContactAssigned, ContactRefused } from '@patchbay/contracts/routing/v1/routing_event';
import { AppError } from '@patchbay/runtime/app-error';
import { createReadiness } from '@patchbay/runtime/health-server';
import { createIdSource } from '@patchbay/runtime/ids';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { cleanups, running, service, useTestBus } from '../support/test-bus.ts';

const ids = createIdSource();
const tenant = 'demo';

useTestBus('routing');

/** Ids of contacts whose commands share one partition. */
function contactsOfOnePartition(count: number): string[] {
  const found: string[] = [];
  while (found.length < count) {
    const id = ids.next();
    if (partitionOf(id) === 5) found.push(id);
  }
  return found;
}

async function say(channel: string, contactId: string, text: string): Promise<string> {
  const commandId = ids.next();
  const content = [{ part: { $case: 'text' as const, value: { text } } }];
  const command = SendMessage.fromPartial({ contactId, commandId, content, by: Party.AGENT, agentId: '1001', degrade: true });
  await sendCommand(running.bus, { tenant, channel, name: 'SendMessage', command });
  return commandId;
}

async function carryOut(channel: string, connection: BusConnection, handle: (command: ReceivedCommand) => Promise<void>) {
  const consumption = await consumeCommands(connection, { channel, handle });
  cleanups.push(() => consumption.stop());
  return consumption;
}

const busy = () => new AppError('TEST_BUSY', { status: 'unavailable', meaning: 'busy', remedy: '' });

describe('commands of one partition', () => {
  test('a command that is tried again and again holds up its own contact only', async () => {
    const [stuck = '', ...others] = contactsOfOnePartition(20);
    let isBusy = true;
    const done: string[] = [];
    await carryOut('busy', await service('busy'), async ({ contactId, id }) => {
      if (contactId === stuck && isBusy) throw busy();
      done.push(id);
    });
    const held = [await say('busy', stuck, 'first'), await say('busy', stuck, 'second')];
    const free: string[] = [];
    for (const contactId of [...others, ...others]) free.push(await say('busy', contactId, 'x'));
    await eventually('the commands of the others', () => done.length === free.length);
    expect([...done].sort()).toEqual([...free].sort());
    isBusy = false;
    await eventually('the commands of the stuck one', () => done.length === free.length + 2);
    expect(done.slice(-2)).toEqual(held);
  });

  test('more contacts that wait than fit are all carried out in the end, in order', async () => {
    const contacts = contactsOfOnePartition(80);
    let isBusy = true;
    let tries = 0;
    const done = new Map<string, string[]>(contacts.map((contactId) => [contactId, []]));
    await carryOut('full', await service('full'), async ({ contactId, id }) => {
      tries += 1;
      if (isBusy) throw busy();
      done.get(contactId)?.push(id);
    });
    const sent = new Map(contacts.map((contactId) => [contactId, [] as string[]]));
    for (let round = 0; round < 2; round += 1) for (const contactId of contacts) sent.get(contactId)?.push(await say('full', contactId, 'x'));
    await eventually('as many as fit are tried', () => tries >= 64);
    isBusy = false;
    await eventually('everything', () => [...done.values()].every((list) => list.length === 2));
    expect(done).toEqual(sent);
  });

  test('processes that die in the middle lose nothing and turn no order round', async () => {
    const contacts = contactsOfOnePartition(6);
    const sent = new Map(contacts.map((contactId) => [contactId, [] as string[]]));
    const done = new Map(contacts.map((contactId) => [contactId, [] as string[]]));
    const run = async (name: string, isDead: () => boolean) => {
      const connection = await connectTestBus(running.nats.url, 'mortal');
      const consumption = await consumeCommands(connection, {
        channel: 'mortal',
        async handle({ contactId, id }) {
          await new Promise((resolve) => setTimeout(resolve, 3));
          // What a dead process does reaches nobody.
          if (isDead()) await new Promise(() => undefined);
          done.get(contactId)?.push(id);
        },
      });
      return { name, connection, consumption };
    };
    let dead = 0;
    let current = await run('1', () => dead >= 1);
    for (let round = 0; round < 20; round += 1) for (const contactId of contacts) sent.get(contactId)?.push(await say('mortal', contactId, 'x'));
    const count = () => [...done.values()].reduce((sum, list) => sum + new Set(list).size, 0);
    for (const [life, target] of [[2, 30], [3, 70]] as const) {
      await eventually(`${target} commands`, () => count() >= target);
      dead = life - 1;
      await current.connection.nc.close();
      current = await run(String(life), () => dead >= life);
    }
    cleanups.push(() => current.connection.drain(), () => current.consumption.stop());
    await eventually('all commands', () => count() === 120, 30_000);
    for (const [contactId, list] of sent) expect([...new Set(done.get(contactId))]).toEqual(list);
    expect(await listDeadLetters(running.bus, { service: 'mortal', limit: 1 })).toEqual([]);
  });

  test('a process that stops hands over what it did not finish, in order', async () => {
    const [contactId = ''] = contactsOfOnePartition(1);
    let tries = 0;
    const first = await carryOut('leaving', await service('leaving'), async () => {
      tries += 1;
      throw busy();
    });
    const sent = [await say('leaving', contactId, 'a'), await say('leaving', contactId, 'b')];
    await eventually('a try', () => tries >= 2);
    await first.stop();
    const triesBefore = tries;
    const done: string[] = [];
    await carryOut('leaving', await service('leaving'), async ({ id }) => void done.push(id));
    await eventually('both', () => done.length === 2);
    expect(done).toEqual(sent);
    expect(tries).toBe(triesBefore);
  });
});

describe('a channel whose platform is busy for one customer', () => {
  /** A pager channel with customers c0, c1, … whose contacts ask for an agent; two at least share the partition of c0, whose platform is busy. */
  async function busyChannel(account: string) {
    const channelOf = (connection: BusConnection) => startChannel(adapter, { connection, log: silentLogger, metrics: createMetrics('pager'), readiness: createReadiness() });
    const entry = Resource.fromPartial({ kind: 'EntryPoint', name: `pager-${account}`, revision: 1n, spec: { $case: 'entryPoint', value: { channel: 'pager', address: account, queue: 'support' } } });
    await (await openKv(running.bus, 'directory')).put(`${tenant}.EntryPoint.pager-${account}`, Resource.encode(entry).finish());
    const platform = createPagerPlatform();
    let isBusy = true;
    platform.answer = ({ contact }) => (isBusy && contact.customer.address === 'c0' ? 'busy' : 'take');
    const adapter = createPagerAdapter(platform, { maxAttempts: 1_000_000 });
    const channel = await channelOf(await service('pager'));
    cleanups.push(() => channel.stop());
    const contacts: string[] = [];
    const companions = () => contacts.slice(1).filter((contactId) => partitionOf(contactId) === partitionOf(contacts[0] ?? ''));
    while (contacts.length === 0 || companions().length < 2) {
      const body = Buffer.from(JSON.stringify({ account, from: `c${contacts.length}`, id: `m${contacts.length}`, text: 'hello' }));
      const [received] = await adapter.host().deliver({ body, signature: platform.sign(body) });
      contacts.push(received?.kind === 'ignored' || received === undefined ? '' : received.contactId);
    }
    return { platform, contacts, stuck: contacts[0] ?? '', companions: companions(), recover: () => (isBusy = false) };
  }

  async function assign(contactId: string): Promise<void> {
    await appendFacts(running.bus, [newFact(ContactAssigned, { tenant, key: contactId, event: ContactAssigned.fromPartial({ contactId, assignmentId: ids.next(), agentId: '1001' }) })]);
  }

  const factsOf = (contactId: string, domain: 'contact' | 'message') => readFacts(running.bus, { tenant, key: contactId, domains: [domain] });
  const namesOf = async (contactId: string) => (await factsOf(contactId, 'contact')).map(({ type }) => type.slice(type.lastIndexOf('.') + 1));

  test('goes on sending to the others, and keeps the order of the one that waited', async () => {
    const { platform, contacts, stuck, companions, recover } = await busyChannel('P1');
    for (const contactId of contacts) await assign(contactId);
    const sent = [await say('pager', stuck, 'one'), await say('pager', stuck, 'two')];
    for (const contactId of companions) sent.push(await say('pager', contactId, 'free'), await say('pager', contactId, 'free again'));
    await eventually('the companions have theirs', () => platform.received.length === companions.length * 2);
    recover();
    await eventually('the busy one has its own', () => platform.received.filter(({ to }) => to === 'c0').length === 2);
    expect(platform.received.filter(({ to }) => to === 'c0').map(({ text }) => text)).toEqual(['one', 'two']);
    const outcomes = async () => {
      const facts = await Promise.all(contacts.map((contactId) => factsOf(contactId, 'message')));
      return facts.flat().flatMap((fact) => (fact.type === 'patchbay.message.v1.MessageSent' ? [fact.event.commandId] : []));
    };
    await eventually('each command has its outcome', async () => (await outcomes()).length === sent.length);
    expect((await outcomes()).sort()).toEqual([...sent].sort());
  });

  test('connects the others to their agents while it cannot tell that one is refused', async () => {
    const { platform, stuck, companions, recover } = await busyChannel('P2');
    const requested = (await factsOf(stuck, 'contact')).flatMap((fact) => (fact.type === 'patchbay.contact.v1.RoutingRequested' ? [fact.event.requestId] : []));
    const refused = { contactId: stuck, requestId: requested[0] ?? '', reason: 'full', queue: 'support' };
    await appendFacts(running.bus, [newFact(ContactRefused, { tenant, key: stuck, event: refused })]);
    for (const contactId of companions) await assign(contactId);
    for (const contactId of companions) await eventually('the companion is connected', async () => (await namesOf(contactId)).includes('ContactConnected'));
    expect(await namesOf(stuck)).not.toContain('ContactEnded');
    recover();
    await eventually('the refused one is told and ended', async () => (await namesOf(stuck)).includes('ContactEnded'));
    expect(platform.received.filter(({ to }) => to === 'c0')).toHaveLength(1);
    expect((await factsOf(stuck, 'contact')).at(-1)?.event).toMatchObject({ by: Party.SYSTEM, reason: EndReason.REFUSED, code: 'full' });
  });
});
