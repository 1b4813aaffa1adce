import { describe, expect, test } from '@jest/globals';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { consumeFactBatches, type RawFact } from '@patchbay/bus/consume-fact-batches';
import { headerNames, streams } from '@patchbay/bus/topology';
import { ContactConnected } from '@patchbay/contracts/contact/v1/contact_event';
import { createIdSource } from '@patchbay/runtime/ids';
import { eventually } from '@patchbay/testkit/eventually';
import { running, service, started, useTestBus } from '../support/test-bus.ts';

const ids = createIdSource();
const tenant = 'demo';

useTestBus('writer');

const connected = (contactId: string) => newFact(ContactConnected, { tenant, key: contactId, event: { contactId, assignmentId: 'a', agentId: '1001' } });

describe('a relay', () => {
  test('keeps its place at the server from batch to batch', async () => {
    const contactId = ids.next();
    const connection = await service('steady');
    const pins = new Set<string>();
    let batches = 0;
    started(
      await consumeFactBatches(connection, {
        consumer: 'steady',
        domains: ['contact'],
        maxBatch: 10,
        async handle(facts, { partition }) {
          if (!facts.some(({ subject }) => subject.endsWith(contactId))) return;
          const { priority_groups: groups } = (await running.bus.jsm.consumers.info(streams.events.name, `steady-steady-${partition}`)) as { priority_groups?: { pinned_client_id?: string }[] };
          pins.add(groups?.[0]?.pinned_client_id ?? '');
          batches += 1;
        },
      }),
    );
    await appendFacts(running.bus, Array.from({ length: 50 }, () => connected(contactId)));
    await eventually('five batches', () => batches >= 5);
    expect([...pins]).toEqual([expect.stringMatching(/./)]);
  });

  test('a relay that breaks off with facts in hand hands them over again before anything later', async () => {
    const contactId = ids.next();
    const wanted: number[] = [];
    const append = async (count: number) => {
      for (const { sequence } of await appendFacts(running.bus, Array.from({ length: count }, () => connected(contactId)))) wanted.push(sequence);
    };
    const seen: number[] = [];
    const relay = async (connection: BusConnection, breaksOff: () => Promise<boolean>) =>
      consumeFactBatches(connection, {
        consumer: 'relay',
        domains: ['contact'],
        maxBatch: 50,
        async handle(facts) {
          const ours = facts.filter(({ subject }) => subject.endsWith(contactId)).map(({ sequence }) => sequence);
          if (ours.length === 0) return;
          if (await breaksOff()) throw new Error('the log is away');
          seen.push(...ours);
        },
      });
    // A part is handled; then a batch fails, and more comes before its facts are handed over again.
    let failures = 0;
    const first = await relay(await service('relayed'), async () => {
      if (seen.length === 0 || failures > 0) return false;
      failures += 1;
      await append(5);
      return true;
    });
    await append(5);
    await eventually('the first facts are relayed', () => seen.length >= 5);
    await append(5);
    await eventually('what came meanwhile is relayed', () => seen.includes(wanted.at(-1) ?? 0) && wanted.length === 15);
    expect([...new Set(seen)]).toEqual(wanted);
    await first.stop();
  });

  test('a relay that is killed with facts in hand leaves none of them out', async () => {
    const contactId = ids.next();
    const wanted: number[] = [];
    const append = async (count: number) => {
      for (const { sequence } of await appendFacts(running.bus, Array.from({ length: count }, () => connected(contactId)))) wanted.push(sequence);
    };
    const seen: number[] = [];
    const relay = (connection: BusConnection, handle: (sequences: number[]) => Promise<void>) =>
      consumeFactBatches(connection, {
        consumer: 'mortal',
        domains: ['contact'],
        maxBatch: 50,
        handle: (facts) => handle(facts.filter(({ subject }) => subject.endsWith(contactId)).map(({ sequence }) => sequence)),
      });
    const killed = await service('relayed');
    let inHand = 0;
    await relay(killed, (sequences) => {
      inHand += sequences.length;
      return sequences.length === 0 ? Promise.resolve() : new Promise(() => {});
    });
    await append(5);
    await eventually('facts are in hand', () => inHand > 0);
    await killed.nc.close();
    await append(5);
    started(await relay(await service('relayed'), (sequences) => Promise.resolve(void seen.push(...sequences))));
    await eventually('later facts are relayed', () => seen.includes(wanted.at(-1) ?? 0));
    expect([...new Set(seen)]).toEqual(wanted);
  });

  test('leaves nothing out and keeps the order while the server crashes again and again', async () => {
    const contacts = Array.from({ length: 8 }, () => ids.next());
    const wanted = new Map<string, string[]>(contacts.map((contactId) => [contactId, []]));
    const seen = new Map<string, string[]>(contacts.map((contactId) => [contactId, []]));
    const take = (facts: readonly RawFact[]) => {
      for (const { subject, headers } of facts) {
        const [list, id] = [seen.get(subject.slice(subject.lastIndexOf('.') + 1)), headers.get(headerNames.id) ?? ''];
        // Facts may come again; the first time of each is in order.
        if (list !== undefined && !list.includes(id)) list.push(id);
      }
      return Promise.resolve();
    };
    started(await consumeFactBatches(await service('battered'), { consumer: 'battered', domains: ['contact'], maxBatch: 20, handle: take }));
    let isOver = false;
    const writing = contacts.map(async (contactId) => {
      while (!isOver) {
        const facts = Array.from({ length: 3 }, () => ({ ...connected(contactId), id: ids.next() }));
        await appendFacts(running.bus, facts, { timeoutMs: 40_000 });
        wanted.get(contactId)?.push(...facts.map(({ id }) => id));
      }
    });
    const total = () => [...wanted.values()].reduce((sum, list) => sum + list.length, 0);
    for (let crash = 1; crash <= 4; crash += 1) {
      const before = total();
      await eventually('facts to be written', () => total() > before + 100);
      await running.nats.crashAndRestart();
    }
    isOver = true;
    await Promise.all(writing);
    await eventually('all of them to be relayed', () => [...seen.values()].flat().length === total(), 40_000);
    expect(seen).toEqual(wanted);
  }, 120_000);
});
