import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import { sendCommand } from '@patchbay/bus/commands';
import type { BusConnection } from '@patchbay/bus/connection';
import type { AnyFact } from '@patchbay/bus/fact';
import { openKv } from '@patchbay/bus/kv';
import { readFacts } from '@patchbay/bus/read-facts';
import { factRange, watchFacts } from '@patchbay/bus/watch-facts';
import { createPagerPlatform } from '@patchbay/channel-kit/testing/demo-channel';
import { EndContact, SendMessage } from '@patchbay/contracts/channel/v1/channel_command';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { Resource } from '@patchbay/contracts/directory/v1/resource';
import { ContactAssigned } from '@patchbay/contracts/routing/v1/routing_event';
import { createIdSource } from '@patchbay/runtime/ids';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';

const tenant = 'demo';
const ids = createIdSource();
const script = fileURLToPath(new URL('../support/pager-process.ts', import.meta.url));
const { sign } = createPagerPlatform();
let nats: TestNats;
let bus: BusConnection;
let platform: Server;
let platformUrl = '';
const arrived: { to: string; text: string; key: string }[] = [];

/** One replica: its process and where it takes pages. */
interface Replica {
  readonly process: ChildProcess;
  readonly url: string;
}
const replicas: Replica[] = [];

async function startReplica(): Promise<Replica> {
  const child = spawn(process.execPath, [script, nats.url, platformUrl], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return { process: child, url: `http://127.0.0.1:${port.toString().trim()}` };
}

beforeAll(async () => {
  nats = await startNats();
  bus = await connectTestBus(nats.url, 'routing');
  const entry = Resource.fromPartial({ kind: 'EntryPoint', name: 'pager-main', revision: 1n, spec: { $case: 'entryPoint', value: { channel: 'pager', address: 'P1', queue: 'support' } } });
  await (await openKv(bus, 'directory')).put(`${tenant}.EntryPoint.pager-main`, Resource.encode(entry).finish());
  platform = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      arrived.push(JSON.parse(Buffer.concat(chunks).toString()) as (typeof arrived)[number]);
      response.end(`page-${arrived.length}`);
    });
  });
  platform.listen(0, '127.0.0.1');
  await once(platform, 'listening');
  platformUrl = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
});

afterAll(async () => {
  for (const replica of replicas) replica.process.kill('SIGKILL');
  platform.closeAllConnections();
  platform.close();
  await bus.drain();
  await nats.stop();
});

/** The platform's own loop: again, to whichever replica, until one says that it has the page. */
async function deliver(page: Record<string, unknown>): Promise<void> {
  const body = Buffer.from(JSON.stringify({ account: 'P1', ...page }));
  await eventually(`page ${String(page['id'])} is taken`, async () => {
    const replica = replicas[Math.floor(Math.random() * replicas.length)];
    if (replica === undefined) return false;
    const response = await fetch(replica.url, { method: 'POST', body, headers: { 'x-signature': sign(body) }, signal: AbortSignal.timeout(2_000) });
    if (response.status === 400) throw new Error(await response.text());
    return response.status === 200;
  }, 60_000);
}

async function allFacts(): Promise<AnyFact[]> {
  const { last } = await factRange(bus);
  const facts: AnyFact[] = [];
  const stop = new AbortController();
  for await (const fact of watchFacts(bus, { tenant, domains: ['contact', 'message'], fromSequence: 1, signal: stop.signal })) {
    facts.push(fact);
    if (fact.sequence >= last) break;
  }
  stop.abort();
  return facts.sort((left, right) => left.sequence - right.sequence);
}

const customers = Array.from({ length: 8 }, (_, index) => `55${index}`);
const pagesEach = 8;
const answersEach = 4;

describe('two processes of a channel, killed again and again', () => {
  test('take every message once, open one contact a customer, and account for every answer', async () => {
    replicas.push(...(await Promise.all([startReplica(), startReplica()])));
    let isDone = false;
    let kills = 0;
    const killing = (async () => {
      while (!isDone) {
        const index = kills % 2;
        const victim = replicas[index];
        // Not a wait for anything: kills fall at random moments of the work.
        await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 400));
        victim?.process.kill('SIGKILL');
        kills += 1;
        replicas[index] = await startReplica();
      }
    })();

    const commandIds: string[] = [];
    await Promise.all(
      customers.map(async (from) => {
        for (let page = 0; page < pagesEach; page += 1) await deliver({ from, id: `${from}-${page}`, text: `page ${page}` });
      }),
    );
    const contactOf = new Map((await allFacts()).flatMap((fact) => (fact.type === 'patchbay.contact.v1.ContactStarted' ? [[fact.event.customer?.address ?? '', fact.key] as const] : [])));
    for (const [, contactId] of contactOf) {
      const event = ContactAssigned.fromPartial({ contactId, assignmentId: ids.next(), agentId: 'anna' });
      await appendFacts(bus, [newFact(ContactAssigned, { tenant, key: contactId, event })]);
      for (let answer = 0; answer < answersEach; answer += 1) {
        const commandId = ids.next();
        commandIds.push(commandId);
        const content = [{ part: { $case: 'text' as const, value: { text: `answer ${commandId}` } } }];
        await sendCommand(bus, { tenant, channel: 'pager', name: 'SendMessage', command: SendMessage.fromPartial({ contactId, commandId, content, by: Party.AGENT, agentId: 'anna', degrade: true }) });
      }
      await sendCommand(bus, { tenant, channel: 'pager', name: 'EndContact', command: EndContact.fromPartial({ contactId, commandId: ids.next(), by: Party.AGENT, reason: EndReason.AGENT_ENDED }) });
    }
    await eventually('eight kills happened', () => kills >= 8, 60_000);
    isDone = true;
    await killing;
    await eventually('every contact ended', async () => (await allFacts()).filter((fact) => fact.type === 'patchbay.contact.v1.ContactEnded').length >= customers.length, 90_000);

    const facts = await allFacts();
    const ofType = (name: string) => facts.filter((fact) => fact.type.endsWith(`.${name}`));
    expect(ofType('ContactStarted')).toHaveLength(customers.length);
    expect(ofType('RoutingRequested')).toHaveLength(customers.length);
    expect(ofType('ContactConnected')).toHaveLength(customers.length);
    expect(ofType('ContactEnded')).toHaveLength(customers.length);
    for (const from of customers) {
      const pages = facts.flatMap((fact) => (fact.type === 'patchbay.message.v1.MessageReceived' && fact.event.sender?.address === from ? [fact.event.platformMessageId] : []));
      expect(pages).toEqual(Array.from({ length: pagesEach }, (_, page) => `${from}-${page}`));
    }
    const outcomes = facts.flatMap((fact) => {
      if (fact.type === 'patchbay.message.v1.MessageSent') return [{ id: fact.event.commandId, isSent: true }];
      return fact.type === 'patchbay.message.v1.MessageOutcomeUnknown' ? [{ id: fact.event.commandId, isSent: false }] : [];
    });
    expect(outcomes.map(({ id }) => id).sort()).toEqual([...commandIds].sort());
    const texts = arrived.map(({ text }) => text);
    expect(texts).toEqual([...new Set(texts)]);
    for (const { id, isSent } of outcomes) if (isSent) expect(texts).toContain(`answer ${id}`);
    for (const [, contactId] of contactOf) {
      const story = await readFacts(bus, { tenant, key: contactId, domains: ['message'] });
      const sequences = story.flatMap((fact) => (fact.type === 'patchbay.message.v1.MessageReceived' || fact.type === 'patchbay.message.v1.MessageSent' ? [Number(fact.event.sequence)] : []));
      expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    }
  }, 180_000);

  test('a process that is asked to stop finishes what it has and goes', async () => {
    const [replica] = replicas;
    const answers = Array.from({ length: 10 }, (_, index) => deliver({ from: '777', id: `s${index}`, text: 'x' }));
    replica?.process.kill('SIGTERM');
    const [code] = replica === undefined ? [1] : ((await once(replica.process, 'exit')) as [number]);
    expect(code).toBe(0);
    replicas[0] = await startReplica();
    await Promise.all(answers);
    const taken = (await allFacts()).filter((fact) => fact.type === 'patchbay.message.v1.MessageReceived' && fact.event.sender?.address === '777');
    expect(taken).toHaveLength(10);
  }, 60_000);
});
