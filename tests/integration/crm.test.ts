import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Actor } from '@patchbay/bus/actor';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import { consumeCommands, type ReceivedCommand } from '@patchbay/bus/commands';
import type { BusConnection } from '@patchbay/bus/connection';
import { readFacts } from '@patchbay/bus/read-facts';
import { createRpcClient, type RpcClient } from '@patchbay/bus/rpc-client';
import { Direction, EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { ContactConnected, ContactEnded, ContactStarted, RoutingRequested } from '@patchbay/contracts/contact/v1/contact_event';
import { ContactOutcome, ContactServiceDefinition, ContactStatus, PromiseState } from '@patchbay/contracts/crm/v1/contact_service';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { MessageReceived } from '@patchbay/contracts/message/v1/message_event';
import { AssignmentClosed, ClosedBy, ContactAbandoned, ContactAssigned, ContactQueued, SlaBreached, SlaKind, SlaStarted } from '@patchbay/contracts/routing/v1/routing_event';
import { emptyRecord, foldContact } from '@patchbay/crm/domain/contact-record';
import type { ContactStore, StoredFact } from '@patchbay/crm/ports';
import { toStoredFact } from '@patchbay/crm/project-facts';
import { readNewest } from '@patchbay/crm/read-contacts';
import { startCrm } from '@patchbay/crm/service';
import { launchPostgres, type PostgresServer } from '@patchbay/local/servers/postgres';
import { createReadiness } from '@patchbay/runtime/health-server';
import { createIdSource } from '@patchbay/runtime/ids';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import type { RunningService } from '@patchbay/runtime/run-service';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';

const ids = createIdSource();
const tenant = 'demo';
const lead: Actor = { subject: 'user:lead', kind: 'user', roles: [Role.TEAM_LEAD] };
const agent: Actor = { subject: 'user:1001', kind: 'user', roles: [Role.AGENT], agent: '1001' };
const stranger: Actor = { subject: 'user:1002', kind: 'user', roles: [Role.AGENT], agent: '1002' };
const as = (actor: Actor) => ({ tenant, actor });

let folder: string;
let nats: TestNats;
let postgres: PostgresServer;
let bus: BusConnection;
let crm: RunningService;
let client: RpcClient<typeof ContactServiceDefinition>;

function start(databaseUrl: string): Promise<RunningService> {
  return startCrm(
    { natsUrl: nats.url, replicas: 1, databaseUrl, poolSize: 8 },
    { name: 'crm', log: silentLogger, metrics: createMetrics('crm'), readiness: createReadiness(), fail: () => {} },
  );
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-crm-'));
  [nats, postgres] = await Promise.all([startNats(), launchPostgres({ dataDir: join(folder, 'pg'), databases: ['crm'], durable: false })]);
  bus = await connectTestBus(nats.url, 'test');
  crm = await start(await postgres.database('crm'));
  client = createRpcClient(bus, ContactServiceDefinition);
});
afterAll(async () => {
  await crm.stop();
  await bus.drain();
  await Promise.all([nats.stop(), postgres.stop()]);
  await rm(folder, { recursive: true, force: true });
});

async function startContact(channel = 'webchat', address = `v-${ids.next()}`): Promise<string> {
  const contactId = ids.next();
  const requestId = ids.next();
  await appendFacts(bus, [
    newFact(ContactStarted, {
      tenant,
      key: contactId,
      event: ContactStarted.fromPartial({ contactId, conversationId: ids.next(), channel, direction: Direction.INBOUND, entryPoint: 'widget', customer: { type: 'visitor', address } }),
    }),
  ]);
  await appendFacts(bus, [newFact(RoutingRequested, { tenant, key: contactId, event: RoutingRequested.fromPartial({ contactId, requestId, queue: 'billing', channel }) })]);
  await appendFacts(bus, [
    newFact(ContactQueued, { tenant, key: contactId, event: ContactQueued.fromPartial({ contactId, requestId, queue: 'billing', enqueuedAt: new Date(1_790_000_000_000) }) }),
  ]);
  return contactId;
}

async function assign(contactId: string, agentId = '1001'): Promise<string> {
  const assignmentId = ids.next();
  await appendFacts(bus, [newFact(ContactAssigned, { tenant, key: contactId, event: ContactAssigned.fromPartial({ contactId, assignmentId, agentId, queue: 'billing' }) })]);
  await appendFacts(bus, [newFact(ContactConnected, { tenant, key: contactId, event: { contactId, assignmentId, agentId } })]);
  return assignmentId;
}

async function end(contactId: string): Promise<void> {
  await appendFacts(bus, [newFact(ContactEnded, { tenant, key: contactId, event: { contactId, by: Party.CUSTOMER, reason: EndReason.CUSTOMER_LEFT, code: '' } })]);
}

describe('the record of contacts', () => {
  test('leaves nothing out when facts are folded in between two reads of it', async () => {
    const contactId = await startContact();
    await assign(contactId);
    const facts = (await readFacts(bus, { tenant, key: contactId, domains: ['contact', 'routing'] })).map(toStoredFact);
    const record = foldContact(emptyRecord(contactId), facts[0] as StoredFact);
    // The record was read after one fact, the list of facts a moment later.
    const store = { get: () => Promise.resolve(record), facts: () => Promise.resolve(facts.slice(0, 3)) } as unknown as ContactStore;
    const { contact, facts: told } = await readNewest(store, bus, tenant, contactId);
    expect(contact).toMatchObject({ status: ContactStatus.CONNECTED, agentId: '1001', factCount: 5 });
    expect(told.map(({ sequence }) => sequence)).toEqual(facts.map(({ sequence }) => sequence));
  });

  test('tells how the promises to a customer stand', async () => {
    const contactId = await startContact();
    const promise = { contactId, kind: SlaKind.FIRST_RESPONSE, policy: 'text' };
    const dueAt = new Date(Date.now() + 60_000);
    await appendFacts(bus, [newFact(SlaStarted, { tenant, key: contactId, event: SlaStarted.fromPartial({ ...promise, dueAt }) }), newFact(SlaStarted, { tenant, key: contactId, event: SlaStarted.fromPartial({ ...promise, kind: SlaKind.RESOLUTION, dueAt }) })]);
    await appendFacts(bus, [newFact(SlaBreached, { tenant, key: contactId, event: SlaBreached.fromPartial(promise) })]);
    const { contact } = await client.getContact({ contactId }, as(lead));
    expect(contact?.promises).toEqual([{ kind: SlaKind.FIRST_RESPONSE, policy: 'text', state: PromiseState.BREACHED, dueAt }, { kind: SlaKind.RESOLUTION, policy: 'text', state: PromiseState.RUNNING, dueAt }]);
  });

  test('a handled contact runs from started to closed, with its facts in order', async () => {
    const contactId = await startContact();
    await appendFacts(bus, [
      newFact(MessageReceived, { tenant, key: contactId, event: MessageReceived.fromPartial({ contactId, content: [{ part: { $case: 'text', value: { text: '账单  多少？' } } }] }) }),
    ]);
    const assignmentId = await assign(contactId);
    expect((await client.getContact({ contactId }, as(lead))).contact).toMatchObject({ status: ContactStatus.CONNECTED, agentId: '1001', summary: '账单 多少？', messageCount: 1 });
    await end(contactId);
    expect((await client.getContact({ contactId }, as(lead))).contact?.status).toBe(ContactStatus.WRAP_UP);
    await appendFacts(bus, [
      newFact(AssignmentClosed, { tenant, key: contactId, event: AssignmentClosed.fromPartial({ contactId, assignmentId, agentId: '1001', disposition: 'fee.query', closedBy: ClosedBy.AGENT }) }),
    ]);
    const { contact, facts } = await client.getContact({ contactId }, as(lead));
    expect(contact).toMatchObject({ status: ContactStatus.CLOSED, outcome: ContactOutcome.HANDLED, disposition: 'fee.query', factCount: 8 });
    expect(facts.map(({ type }) => type.split('.').at(-1))).toEqual([
      'ContactStarted',
      'RoutingRequested',
      'ContactQueued',
      'MessageReceived',
      'ContactAssigned',
      'ContactConnected',
      'ContactEnded',
      'AssignmentClosed',
    ]);
    expect(JSON.parse(facts[7]?.json ?? '{}')).toMatchObject({ disposition: 'fee.query' });
  });

  test('a customer who leaves the line makes an abandoned, closed contact, whichever fact comes last', async () => {
    const contactId = await startContact();
    await end(contactId);
    await appendFacts(bus, [newFact(ContactAbandoned, { tenant, key: contactId, event: ContactAbandoned.fromPartial({ contactId, queue: 'billing' }) })]);
    const { contact } = await client.getContact({ contactId }, as(lead));
    expect(contact).toMatchObject({ status: ContactStatus.CLOSED, outcome: ContactOutcome.ABANDONED });
  });

  test('pages go through all contacts of a customer once, newest first', async () => {
    const address = `v-${ids.next()}`;
    const started: string[] = [];
    for (let index = 0; index < 5; index += 1) started.push(await startContact('webchat', address));
    await eventually('the projection', async () => (await client.listContacts({ customerAddress: address }, as(lead))).contacts.length === 5);
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = await client.listContacts({ customerAddress: address, pageSize: 2, pageToken }, as(lead));
      seen.push(...page.contacts.map(({ contactId }) => contactId));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual(started.toReversed());
    const { nextPageToken } = await client.listContacts({ customerAddress: address, pageSize: 2 }, as(lead));
    await expect(client.listContacts({ channel: 'email', pageToken: nextPageToken }, as(lead))).rejects.toMatchObject({ code: 'CRM_BAD_TOKEN' });
  });

  test('a watch gives a snapshot, then each change, and goes on from its token without a gap', async () => {
    const contactId = await startContact();
    await eventually('the projection', async () => (await client.listContacts({ statuses: [ContactStatus.QUEUED] }, as(lead))).contacts.some((one) => one.contactId === contactId));
    const statuses: number[] = [];
    let token = '';
    for await (const { update, resumeToken } of client.watchContacts({ contactIds: [contactId] }, as(lead))) {
      token = resumeToken;
      if (update?.$case === 'snapshotDone') await assign(contactId);
      if (update?.$case !== 'contact') continue;
      statuses.push(update.value.status);
      if (update.value.status === ContactStatus.CONNECTED) break;
    }
    expect([statuses[0], statuses.at(-1)]).toEqual([ContactStatus.QUEUED, ContactStatus.CONNECTED]);
    await end(contactId);
    for await (const { update } of client.watchContacts({ contactIds: [contactId], resumeToken: token }, as(lead))) {
      if (update?.$case === 'contact' && update.value.status === ContactStatus.WRAP_UP) break;
    }
  });

  test('facts that come again, and a crash of the projection, leave one record with each fact once', async () => {
    const contactId = await startContact();
    await crm.stop();
    await assign(contactId);
    await nats.crashAndRestart();
    crm = await start(await postgres.database('crm'));
    await end(contactId);
    const read = await eventually('the whole story', async () => {
      const answer = await client.getContact({ contactId }, as(lead));
      return answer.contact?.status === ContactStatus.WRAP_UP && answer;
    });
    expect(read.contact?.factCount).toBe(read.facts.length);
    expect(new Set(read.facts.map(({ eventId }) => eventId)).size).toBe(6);
  });
});

describe('steering and rights', () => {
  test('the agent who has the contact may write to the customer and end it; the command is durable', async () => {
    const contactId = await startContact('crmtest');
    await assign(contactId);
    const commandId = ids.next();
    const content = [{ part: { $case: 'text' as const, value: { text: '您好' } } }];
    await client.sendMessage({ contactId, commandId, content }, as(agent));
    await client.endContact({ contactId, commandId: ids.next() }, as(agent));
    const taken: ReceivedCommand[] = [];
    const consumption = await consumeCommands(bus, { channel: 'crmtest', handle: async (command) => void taken.push(command) });
    await eventually('both commands', () => taken.length === 2);
    expect(taken.map(({ name }) => name)).toEqual(['SendMessage', 'EndContact']);
    expect(taken[0]?.command).toMatchObject({ commandId, agentId: '1001', by: Party.AGENT });
    await consumption.stop();
  });

  test('another agent may neither see the story nor write; a bad request has a code and no effect', async () => {
    const contactId = await startContact();
    await assign(contactId);
    const content = [{ part: { $case: 'text' as const, value: { text: 'x' } } }];
    await expect(client.getContact({ contactId }, as(stranger))).rejects.toMatchObject({ code: 'CRM_CONTACT_UNKNOWN' });
    await expect(client.sendMessage({ contactId, commandId: ids.next(), content }, as(stranger))).rejects.toMatchObject({ code: 'CRM_NOT_ASSIGNED' });
    await expect(client.sendMessage({ contactId, commandId: 'x', content }, as(agent))).rejects.toMatchObject({ code: 'CRM_BAD_REQUEST' });
    await expect(client.sendMessage({ contactId, commandId: ids.next(), content: [] }, as(agent))).rejects.toMatchObject({ code: 'CRM_BAD_REQUEST' });
    await expect(client.getContact({ contactId: ids.next() }, as(lead))).rejects.toMatchObject({ code: 'CRM_CONTACT_UNKNOWN' });
    await expect(client.getContact({ contactId }, { tenant: 'other', actor: lead })).rejects.toMatchObject({ code: 'CRM_CONTACT_UNKNOWN' });
    await end(contactId);
    await expect(client.sendMessage({ contactId, commandId: ids.next(), content }, as(agent))).rejects.toMatchObject({ code: 'CRM_CONTACT_ENDED' });
  });

  test('an agent lists own contacts only', async () => {
    const mine = await startContact();
    await assign(mine, '1002');
    const found = await eventually('the projection', async () => {
      const { contacts } = await client.listContacts({}, as(stranger));
      return contacts.some(({ contactId }) => contactId === mine) && contacts;
    });
    expect(new Set(found.map(({ agentId }) => agentId))).toEqual(new Set(['1002']));
    await expect(client.listContacts({ agentId: '1001' }, as(stranger))).rejects.toMatchObject({ code: 'CRM_NOT_ALLOWED' });
  });
});
