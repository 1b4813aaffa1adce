import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { serviceActor } from '@patchbay/bus/actor';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import { consumeCommands, sendCommand } from '@patchbay/bus/commands';
import { consumeFacts } from '@patchbay/bus/consume-facts';
import { listDeadLetters, replayDeadLetters } from '@patchbay/bus/dead-letters';
import type { AnyFact } from '@patchbay/bus/fact';
import { readFacts } from '@patchbay/bus/read-facts';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { serveRpc } from '@patchbay/bus/rpc-server';
import { watchFacts } from '@patchbay/bus/watch-facts';
import { Party, EndReason } from '@patchbay/contracts/contact/v1/contact';
import { ContactAttributesSet, ContactConnected } from '@patchbay/contracts/contact/v1/contact_event';
import { ContactAssigned, ContactQueued } from '@patchbay/contracts/routing/v1/routing_event';
import { QueueStatus, RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { AppError } from '@patchbay/runtime/app-error';
import { createIdSource } from '@patchbay/runtime/ids';
import { eventually } from '@patchbay/testkit/eventually';
import { cleanups, running, service, started, useTestBus } from '../support/test-bus.ts';

const ids = createIdSource();
const tenant = 'demo';

useTestBus('writer');

const connected = (contactId: string, fields: Partial<Parameters<typeof newFact<'patchbay.contact.v1.ContactConnected'>>[1]> = {}) =>
  newFact(ContactConnected, { tenant, key: contactId, event: { contactId, assignmentId: 'a', agentId: '1001' }, ...fields });

describe('facts', () => {
  test('one aggregate replays in order over its domains, with the envelope and the decoded message', async () => {
    const contactId = ids.next();
    await appendFacts(running.bus, [connected(contactId, { causationId: 'cause' })]);
    await appendFacts(running.bus, [
      newFact(ContactAssigned, { tenant, key: contactId, event: ContactAssigned.fromPartial({ contactId, agentId: '1001', epoch: 7n }) }),
    ]);
    const facts = await readFacts(running.bus, { tenant, key: contactId, domains: ['contact', 'routing'] });
    expect(facts.map((fact) => [fact.type, fact.source, fact.tenant, fact.key])).toEqual([
      ['patchbay.contact.v1.ContactConnected', 'writer', tenant, contactId],
      ['patchbay.routing.v1.ContactAssigned', 'writer', tenant, contactId],
    ]);
    expect(facts[0]?.causationId).toBe('cause');
    expect(facts[1]?.event).toMatchObject({ agentId: '1001', epoch: 7n });
  });

  test('more facts than one page of the server holds are all read', async () => {
    const contactId = ids.next();
    for (let round = 0; round < 3; round += 1) {
      await appendFacts(running.bus, Array.from({ length: 400 }, () => connected(contactId)));
    }
    expect(await readFacts(running.bus, { tenant, key: contactId, domains: ['contact'] })).toHaveLength(1_200);
  });

  test('a stale writer is refused, alone and in a batch, and a refused batch leaves nothing', async () => {
    const [one, two] = [ids.next(), ids.next()];
    const [first] = await appendFacts(running.bus, [connected(one, { expectedSequence: 0 })]);
    await expect(appendFacts(running.bus, [connected(one, { expectedSequence: 0 })])).rejects.toMatchObject({ code: 'BUS_STALE_WRITER' });
    const batch = [connected(two, { expectedSequence: 0 }), connected(one, { expectedSequence: (first?.sequence ?? 0) - 1 })];
    await expect(appendFacts(running.bus, batch)).rejects.toMatchObject({ code: 'BUS_STALE_WRITER' });
    expect(await readFacts(running.bus, { tenant, key: two, domains: ['contact'] })).toEqual([]);
  });

  test('the same ids twice are stored once, alone and in a batch', async () => {
    const [one, two] = [ids.next(), ids.next()];
    const batch = [connected(one, { id: ids.next() }), connected(two, { id: ids.next() })];
    const stored = await appendFacts(running.bus, batch);
    expect(await appendFacts(running.bus, batch)).toEqual(stored.map(({ sequence }) => ({ sequence, duplicate: true })));
    // Where they stand is told by the last of them, as long as nothing came after it.
    await appendFacts(running.bus, [connected(two)]);
    expect(await appendFacts(running.bus, batch)).toEqual([{ sequence: 0, duplicate: true }, { sequence: 0, duplicate: true }]);
    const single = [connected(one, { id: ids.next() })];
    await appendFacts(running.bus, single);
    expect((await appendFacts(running.bus, single))[0]?.duplicate).toBe(true);
    expect(await readFacts(running.bus, { tenant, key: one, domains: ['contact'] })).toHaveLength(2);
  });

  test('a name that a subject cannot hold is refused before anything is sent', () => {
    expect(() => connected('a b')).toThrow(AppError);
    expect(() => connected('x'.repeat(200))).toThrow(AppError);
    expect(() => newFact(ContactConnected, { tenant: '*', key: 'x', event: ContactConnected.fromPartial({}) })).toThrow(AppError);
    expect(() => connected('x', { id: 'one\r\nce-tenant: other' })).toThrow(AppError);
    expect(() => connected('x', { causationId: 'one\nce-tenant: other' })).toThrow(AppError);
  });
});

describe('consumption', () => {
  test('facts of one contact come in order and one at a time, and only the wanted types', async () => {
    const reader = await service('orderly');
    const contactId = ids.next();
    const seen: string[] = [];
    let inHand = 0;
    started(
      await consumeFacts(reader, {
        domains: ['contact', 'routing'],
        types: ['patchbay.contact.v1.ContactConnected', 'patchbay.routing.v1.ContactQueued'],
        async handle(fact) {
          if (fact.key !== contactId) return;
          inHand += 1;
          expect(inHand).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          seen.push(fact.id);
          inHand -= 1;
        },
      }),
    );
    const wanted: string[] = [];
    for (let index = 0; index < 20; index += 1) {
      const id = ids.next();
      wanted.push(id);
      await appendFacts(running.bus, [index % 2 === 0 ? connected(contactId, { id }) : newFact(ContactQueued, { tenant, key: contactId, id, event: ContactQueued.fromPartial({ contactId }) })]);
      await appendFacts(running.bus, [newFact(ContactAttributesSet, { tenant, key: contactId, event: { contactId, attributes: [] } })]);
    }
    await eventually('all facts seen', () => seen.length === wanted.length);
    expect(seen).toEqual(wanted);
  });

  test('a fact whose handler is killed goes to another replica within seconds, in order', async () => {
    const contactId = ids.next();
    const lost = await service('pair');
    let reached = () => {};
    const stuck = new Promise<void>((resolve) => (reached = resolve));
    await consumeFacts(lost, {
      domains: ['contact'],
      handle: (fact) => (fact.key === contactId ? new Promise(() => reached()) : Promise.resolve()),
    });
    const sent = [connected(contactId, { id: ids.next() }), connected(contactId, { id: ids.next() })];
    for (const fact of sent) await appendFacts(running.bus, [fact]);
    await stuck;
    const survivor = await service('pair');
    const seen: string[] = [];
    started(await consumeFacts(survivor, { domains: ['contact'], handle: async (fact) => void (fact.key === contactId && seen.push(fact.id)) }));
    await lost.nc.close();
    await eventually('both facts at the survivor', () => seen.length >= 2, 15_000);
    expect(seen.slice(0, 2)).toEqual(sent.map((fact) => fact.id));
  });

  test('a fact that cannot be handled goes to the dead letters with its reason and can be replayed', async () => {
    const reader = await service('picky');
    const contactId = ids.next();
    let broken = true;
    const handled: AnyFact[] = [];
    started(
      await consumeFacts(reader, {
        domains: ['contact'],
        async handle(fact) {
          if (fact.key !== contactId) return;
          if (broken) throw new AppError('TEST_BROKEN', { status: 'invalid_argument', meaning: 'broken', remedy: '' });
          handled.push(fact);
        },
      }),
    );
    await appendFacts(running.bus, [connected(contactId)]);
    const letter = await eventually('a dead letter', async () => (await listDeadLetters(running.bus, { service: 'picky', limit: 10 }))[0]);
    expect(letter).toMatchObject({ service: 'picky', code: 'TEST_BROKEN', type: 'patchbay.contact.v1.ContactConnected', tenant });
    broken = false;
    expect(await replayDeadLetters(running.bus, [letter])).toBe(1);
    expect(handled.map((fact) => fact.key)).toEqual([contactId]);
    expect(await listDeadLetters(running.bus, { service: 'picky', limit: 10 })).toEqual([]);
  });

  test('a retryable fault is tried again in place and does not overtake', async () => {
    const reader = await service('patient');
    const contactId = ids.next();
    const seen: string[] = [];
    let faults = 2;
    started(
      await consumeFacts(reader, {
        domains: ['contact'],
        async handle(fact) {
          if (fact.key !== contactId) return;
          if (faults-- > 0) throw new AppError('TEST_BUSY', { status: 'aborted', meaning: 'busy', remedy: '' });
          seen.push(fact.id);
        },
      }),
    );
    const sent = [connected(contactId, { id: ids.next() }), connected(contactId, { id: ids.next() })];
    for (const fact of sent) await appendFacts(running.bus, [fact]);
    await eventually('both handled', () => seen.length === 2);
    expect(seen).toEqual(sent.map((fact) => fact.id));
  });

  test('a broken body becomes a dead letter and holds nobody up', async () => {
    const reader = await service('robust');
    const contactId = ids.next();
    const seen: string[] = [];
    started(await consumeFacts(reader, { domains: ['contact'], startAt: 'new', handle: async (fact) => void seen.push(fact.id) }));
    const good = connected(contactId, { id: ids.next() });
    await appendFacts(running.bus, [{ ...connected(contactId), body: Uint8Array.of(0x0a, 0x7f, 0x01) }]);
    await appendFacts(running.bus, [good]);
    await eventually('the good one', () => seen.includes(good.id ?? ''));
    expect((await listDeadLetters(running.bus, { service: 'robust', limit: 5 }))[0]?.code).toBe('BUS_BAD_MESSAGE');
  });

  test('one that is stopped while it starts ends at once', async () => {
    const reader = await service('leaver');
    for (const afterMs of [0, 1, 2, 3, 4, 5, 6, 8, 10]) {
      const consumption = await consumeFacts(reader, { domains: ['contact'], startAt: 'new', handle: async () => {} });
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      const stopped = consumption.stop().then(() => true);
      await eventually(`stopped ${afterMs} ms after its start`, () => Promise.race([stopped, Promise.resolve(false)]), 2_000);
    }
  });

  test('a watch gives what comes from now on, over a restart of the server', async () => {
    const contactId = ids.next();
    const reader = await service('watcher');
    const stop = new AbortController();
    cleanups.push(() => stop.abort());
    await appendFacts(running.bus, [connected(contactId)]);
    const seen: string[] = [];
    const watching = (async () => {
      for await (const fact of watchFacts(reader, { tenant, domains: ['contact'], key: contactId, signal: stop.signal })) seen.push(fact.id);
    })();
    const [one, two] = [connected(contactId, { id: ids.next() }), connected(contactId, { id: ids.next() })];
    await eventually('the watch to be up', async () => {
      const appended = await appendFacts(running.bus, [connected(contactId)]);
      return seen.length > 0 && appended.length > 0;
    });
    await appendFacts(running.bus, [one]);
    await running.nats.crashAndRestart();
    await eventually('the server to take facts again', async () => (await appendFacts(running.bus, [two])).length === 1);
    await eventually('the fact after the restart', () => seen.includes(two.id ?? ''));
    expect(seen.filter((id) => id === one.id)).toHaveLength(1);
    stop.abort();
    await watching;
  });
});

describe('commands', () => {
  test('a command is carried to its channel once, in order, and is gone when handled', async () => {
    const channel = await service('chat');
    const contactId = ids.next();
    const seen: string[] = [];
    started(await consumeCommands(channel, { channel: 'chat', handle: async (command) => void (command.contactId === contactId && seen.push(`${command.name} ${command.id}`)) }));
    const commandId = ids.next();
    const command = { contactId, commandId, by: Party.AGENT, agentId: '1001', reason: EndReason.AGENT_ENDED, code: '' } as const;
    await sendCommand(running.bus, { tenant, channel: 'chat', name: 'EndContact', command });
    await sendCommand(running.bus, { tenant, channel: 'chat', name: 'EndContact', command });
    const holdId = ids.next();
    await sendCommand(running.bus, { tenant, channel: 'chat', name: 'HoldContact', command: { contactId, commandId: holdId, agentId: '1001' } });
    await eventually('both commands', () => seen.length >= 2);
    expect(seen).toEqual([`EndContact ${commandId}`, `HoldContact ${holdId}`]);
  });
});

describe('calls', () => {
  const caller = { tenant, actor: { ...serviceActor('test'), agent: '1001' } };
  const unused = async () => {
    throw new AppError('TEST_UNUSED', { status: 'unimplemented', meaning: 'unused', remedy: '' });
  };
  const base = { acceptOffer: unused, rejectOffer: unused, failOffer: unused, extendWrapUp: unused, closeAssignment: unused, parkContact: unused, resumeContact: unused, listQueues: unused, listWaiting: unused, listPromises: unused, explainOffer: unused, explainWaiting: unused, async *watchQueues() {} };

  test('a call carries tenant and actor, and its answer or coded error comes back', async () => {
    const server = await service('routing');
    const rpc = serveRpc(server, RoutingServiceDefinition, {
      ...base,
      async acceptOffer(request, context) {
        if (request.offerId === 'gone') throw new AppError('ROUTING_OFFER_GONE', { status: 'failed_precondition', meaning: 'gone', remedy: '' }, { details: { offer: 'gone' } });
        return { assignmentId: `${context.tenant}/${context.actor.agent}/${request.offerId}`, epoch: 3n };
      },
    });
    cleanups.push(() => rpc.stop());
    const client = createRpcClient(running.bus, RoutingServiceDefinition);
    expect(await client.acceptOffer({ offerId: 'o1' }, caller)).toEqual({ assignmentId: 'demo/1001/o1', epoch: 3n });
    await expect(client.acceptOffer({ offerId: 'gone' }, caller)).rejects.toMatchObject({ code: 'ROUTING_OFFER_GONE', status: 'failed_precondition', details: { offer: 'gone' } });
    await expect(client.rejectOffer({}, caller)).rejects.toMatchObject({ code: 'TEST_UNUSED' });
  });

  test('calls under one long-lived signal leave nothing behind at it', async () => {
    const rpc = serveRpc(await service('brief'), RoutingServiceDefinition, { ...base, listQueues: async () => ({ queues: [] }) }, { tenants: ['brief'] });
    cleanups.push(() => rpc.stop());
    const client = createRpcClient(running.bus, RoutingServiceDefinition);
    const { signal } = new AbortController();
    for (let call = 0; call < 5; call += 1) await client.listQueues({}, { ...caller, tenant: 'brief', signal });
    await eventually('all to let go of the signal', () => getEventListeners(signal, 'abort').length === 0);
  });

  test('a call waits for a server to come up, and says so when none does', async () => {
    const client = createRpcClient(running.bus, RoutingServiceDefinition);
    await expect(client.listQueues({}, { ...caller, tenant: 'nobody', timeoutMs: 300 })).rejects.toMatchObject({ code: 'BUS_NO_RESPONDER', retryable: true });
    const answer = client.listQueues({}, { ...caller, tenant: 'late', timeoutMs: 10_000 });
    const server = await service('late-routing');
    const rpc = serveRpc(server, RoutingServiceDefinition, { ...base, listQueues: async () => ({ queues: [] }) }, { tenants: ['late'] });
    cleanups.push(() => rpc.stop());
    expect(await answer).toEqual({ queues: [] });
  });

  test('a call is answered by the new holder of a place while the old one hangs and is still subscribed', async () => {
    const serve = async (term: string, listQueues: () => Promise<{ queues: QueueStatus[] }>) => {
      const connection = await service(`holder-${term}`);
      const rpc = serveRpc(connection, RoutingServiceDefinition, { ...base, listQueues }, { tenants: ['terms'], term });
      cleanups.push(() => rpc.stop());
      // Only then does the server know of the subscription.
      await connection.nc.flush();
    };
    let release = () => {};
    const hang = new Promise<{ queues: QueueStatus[] }>((resolve) => (release = () => void resolve({ queues: [] })));
    await serve('1', () => hang);
    await serve('2', async () => ({ queues: [QueueStatus.fromPartial({ queue: 'answered' })] }));
    const client = createRpcClient(running.bus, RoutingServiceDefinition);
    for (let call = 0; call < 20; call += 1) expect((await client.listQueues({}, { ...caller, tenant: 'terms', timeoutMs: 2_000 })).queues).toHaveLength(1);
    release();
  });

  test('a stream keeps its order at the pace of a slow reader, and cancelling reaches the server', async () => {
    const server = await service('streaming');
    let cancelled = false;
    const rpc = serveRpc(
      server,
      RoutingServiceDefinition,
      {
        ...base,
        async *watchQueues(_request, context) {
          context.signal.addEventListener('abort', () => (cancelled = true));
          for (let index = 0; ; index += 1) yield { queues: [QueueStatus.fromPartial({ queue: String(index) })] };
        },
      },
      { tenants: ['stream'] },
    );
    cleanups.push(() => rpc.stop());
    const client = createRpcClient(running.bus, RoutingServiceDefinition);
    const seen: string[] = [];
    for await (const { queues } of client.watchQueues({}, { ...caller, tenant: 'stream' })) {
      seen.push(queues[0]?.queue ?? '');
      if (seen.length === 500) break;
    }
    expect(seen).toEqual(Array.from({ length: 500 }, (_, index) => String(index)));
    await eventually('the server to hear of it', () => cancelled);
  });

  test('a deadline and a cancelled signal end a call with their own codes', async () => {
    const server = await service('slow');
    let aborted = 0;
    const rpc = serveRpc(
      server,
      RoutingServiceDefinition,
      {
        ...base,
        listQueues: (_request, context) =>
          new Promise((_resolve, reject) => {
            context.signal.addEventListener('abort', () => {
              aborted += 1;
              reject(context.signal.reason as Error);
            });
          }),
      },
      { tenants: ['slow'] },
    );
    cleanups.push(() => rpc.stop());
    const client = createRpcClient(running.bus, RoutingServiceDefinition);
    await expect(client.listQueues({}, { ...caller, tenant: 'slow', timeoutMs: 200 })).rejects.toMatchObject({ status: expect.stringMatching(/deadline_exceeded|unavailable/) as unknown as string });
    const abort = new AbortController();
    const call = client.listQueues({}, { ...caller, tenant: 'slow', signal: abort.signal });
    setImmediate(() => abort.abort());
    await expect(call).rejects.toMatchObject({ code: 'RUNTIME_CANCELLED' });
    await eventually('both to be aborted at the server', () => aborted === 2);
  });
});
