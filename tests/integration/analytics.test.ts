import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAnalytics } from '@patchbay/analytics/service';
import { serviceActor } from '@patchbay/bus/actor';
import { appendFacts, newFact, type NewFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { createRpcClient, type RpcClient } from '@patchbay/bus/rpc-client';
import { AgentSlotChanged, AgentState, AgentStateChanged, SlotState } from '@patchbay/contracts/agent/v1/agent_event';
import { AnalyticsServiceDefinition } from '@patchbay/contracts/analytics/v1/analytics_service';
import { Direction } from '@patchbay/contracts/contact/v1/contact';
import { ContactEnded, ContactStarted } from '@patchbay/contracts/contact/v1/contact_event';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { ContactScored } from '@patchbay/contracts/quality/v1/quality_event';
import { AssignmentClosed, ContactAbandoned, ContactAssigned, ContactOffered, ContactQueued } from '@patchbay/contracts/routing/v1/routing_event';
import { launchKafka, type KafkaServer } from '@patchbay/local/servers/kafka';
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
const manager = { tenant, actor: { subject: 'user:m', kind: 'user' as const, roles: [Role.MANAGER] } };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-analytics-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** One answered contact: started, queued, offered, assigned after `waitedMs`, ended, closed, scored. */
function answered(atMs: number, waitedMs: number): NewFact[] {
  const [contactId, requestId, offerId, assignmentId] = [ids.next(), ids.next(), ids.next(), ids.next()];
  const at = (offsetMs: number) => ({ tenant, key: contactId, timeMs: atMs + offsetMs });
  return [
    newFact(ContactStarted, { ...at(0), event: ContactStarted.fromPartial({ contactId, channel: 'webchat', direction: Direction.INBOUND }) }),
    newFact(ContactQueued, { ...at(0), event: ContactQueued.fromPartial({ contactId, requestId, queue: 'billing', channel: 'webchat', enqueuedAt: new Date(atMs) }) }),
    newFact(ContactOffered, { ...at(waitedMs - 1), event: ContactOffered.fromPartial({ contactId, requestId, offerId, agentId: '1001', queue: 'billing', channel: 'webchat' }) }),
    newFact(ContactAssigned, { ...at(waitedMs), event: ContactAssigned.fromPartial({ contactId, requestId, offerId, assignmentId, agentId: '1001', queue: 'billing', waitedMs: BigInt(waitedMs) }) }),
    newFact(ContactEnded, { ...at(60_000), event: ContactEnded.fromPartial({ contactId }) }),
    newFact(AssignmentClosed, { ...at(70_000), event: AssignmentClosed.fromPartial({ contactId, assignmentId, agentId: '1001', disposition: 'fee', handledMs: 50_000n, wrapUpMs: 10_000n }) }),
    newFact(ContactScored, { ...at(80_000), event: ContactScored.fromPartial({ contactId, scoreId: ids.next(), scorePct: 80, queue: 'billing', agentId: '1001' }) }),
  ];
}

function abandoned(atMs: number, waitedMs: number, shortAbandon: boolean): NewFact[] {
  const [contactId, requestId] = [ids.next(), ids.next()];
  return [
    newFact(ContactStarted, { tenant, key: contactId, timeMs: atMs, event: ContactStarted.fromPartial({ contactId, channel: 'voice', direction: Direction.INBOUND }) }),
    newFact(ContactQueued, { tenant, key: contactId, timeMs: atMs, event: ContactQueued.fromPartial({ contactId, requestId, queue: 'billing', channel: 'voice', enqueuedAt: new Date(atMs) }) }),
    newFact(ContactAbandoned, { tenant, key: contactId, timeMs: atMs + waitedMs, event: ContactAbandoned.fromPartial({ contactId, requestId, queue: 'billing', waitedMs: BigInt(waitedMs), shortAbandon }) }),
  ];
}

describe.each(['jetstream', 'kafka'] as const)('the warehouse fed from %s', (kind) => {
  const dayMs = Date.UTC(2026, 5, 1, 2, 0, 0);
  let nats: TestNats;
  let kafka: KafkaServer | undefined;
  let bus: BusConnection;
  let analytics: RunningService;
  let client: RpcClient<typeof AnalyticsServiceDefinition>;
  let appended = 0;

  const start = () =>
    startAnalytics(
      { natsUrl: nats.url, replicas: 1, brokers: kafka === undefined ? [] : [kafka.brokers], replicationFactor: 1, warehouseMemoryMb: 512, warehouseFile: join(folder, `${kind}.duckdb`) },
      { name: 'analytics', log: silentLogger, metrics: createMetrics('analytics'), readiness: createReadiness(), fail: () => {} },
    );
  const append = async (facts: NewFact[]) => {
    await appendFacts(bus, facts);
    appended += facts.length;
  };
  const stored = (count: number) => eventually(`${count} facts in the warehouse`, async () => Number((await client.getProgress({}, { tenant, actor: serviceActor('test') })).facts) >= count, 60_000);
  const rows = async (sql: string) => (await client.query({ sql }, manager)).rowsJson.map((row) => JSON.parse(row) as unknown[]);

  beforeAll(async () => {
    nats = await startNats();
    kafka = kind === 'kafka' ? await launchKafka({ dataDir: join(folder, 'kafka') }) : undefined;
    bus = await connectTestBus(nats.url, 'writer');
    analytics = await start();
    client = createRpcClient(bus, AnalyticsServiceDefinition);
  }, 120_000);
  afterAll(async () => {
    await analytics.stop();
    await bus.drain();
    await Promise.all([nats.stop(), kafka?.stop()]);
  }, 60_000);

  test('each contact stands once in the star, and the KPIs follow their definitions', async () => {
    for (const [index, waitedMs] of [5_000, 15_000, 30_000].entries()) await append(answered(dayMs + index * 1_000, waitedMs));
    await append(abandoned(dayMs, 40_000, false));
    await append(abandoned(dayMs, 2_000, true));
    await append([
      newFact(AgentStateChanged, { tenant, key: '1001', event: AgentStateChanged.fromPartial({ agentId: '1001', state: AgentState.READY, since: new Date(dayMs) }) }),
      newFact(AgentSlotChanged, { tenant, key: '1001', event: AgentSlotChanged.fromPartial({ agentId: '1001', slot: 'webchat.0', state: SlotState.ENGAGED, since: new Date(dayMs + 60_000) }) }),
      newFact(AgentSlotChanged, { tenant, key: '1001', event: AgentSlotChanged.fromPartial({ agentId: '1001', slot: 'webchat.0', state: SlotState.IDLE, since: new Date(dayMs + 240_000) }) }),
      newFact(AgentStateChanged, { tenant, key: '1001', event: AgentStateChanged.fromPartial({ agentId: '1001', state: AgentState.BREAK, since: new Date(dayMs + 600_000) }) }),
    ]);
    await stored(appended);
    expect(await rows('select count(*), count(distinct contact_id) from contact_fact')).toEqual([['5', '5']]);
    const { kpis, serviceLevelVariant } = await client.getKpis({ from: new Date(dayMs), to: new Date(dayMs + 600_000) }, manager);
    const all = kpis.find(({ queue }) => queue === '');
    expect(all).toMatchObject({ offered: 5n, answered: 3n, abandoned: 2n, shortAbandoned: 1n, answeredInTarget: 2n, open: 0n });
    expect(all?.serviceLevelPct).toBeCloseTo((2 / 4) * 100);
    expect(all?.asaSeconds).toBeCloseTo(50 / 3);
    expect(all?.ahtSeconds).toBeCloseTo(60);
    expect(all?.abandonPct).toBeCloseTo(40);
    expect(all?.scorePct).toBeCloseTo(80);
    expect(all?.occupancyPct).toBeCloseTo(30);
    expect(serviceLevelVariant).toContain('short_abandoned');
    expect(kpis.find(({ queue }) => queue === 'billing')?.offered).toBe(5n);
  });

  test('a row has the trace of its fact, whichever log carried it', async () => {
    const contactId = ids.next();
    const traceId = contactId.replaceAll('-', '');
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
    await append([newFact(ContactStarted, { tenant, key: contactId, timeMs: dayMs - 86_400_000, traceparent, event: ContactStarted.fromPartial({ contactId, channel: 'email', direction: Direction.INBOUND }) })]);
    await stored(appended);
    expect(await rows(`select trace_id from event where key = '${contactId}'`)).toEqual([[traceId]]);
    expect(await rows(`select count(*) from event where trace_id = ''`)).toEqual([[String(appended - 1)]]);
  });

  test('an interval without contacts has no ratios, and a wrong range is refused', async () => {
    expect((await client.getKpis({ from: new Date(0), to: new Date(1) }, manager)).kpis).toEqual([]);
    await expect(client.getKpis({ from: new Date(5), to: new Date(1) }, manager)).rejects.toMatchObject({ code: 'ANALYTICS_BAD_RANGE' });
    await expect(client.getKpis({ intervalMinutes: 7 }, manager)).rejects.toMatchObject({ code: 'ANALYTICS_BAD_RANGE' });
  });

  test('after a stop in the middle of the feed every fact is there once', async () => {
    for (let index = 0; index < 40; index += 1) {
      await append(answered(dayMs + 86_400_000 + index, 1_000));
      if (index === 20) {
        await analytics.stop();
        analytics = await start();
      }
    }
    await stored(appended);
    expect(await rows('select count(*), count(distinct event_id) from event')).toEqual([[String(appended), String(appended)]]);
    if (kind === 'kafka') {
      const { partitions } = await client.getProgress({}, { tenant, actor: serviceActor('test') });
      expect(partitions.reduce((sum, { endOffset }) => sum + Number(endOffset), 0)).toBe(appended);
    }
  }, 120_000);

  test('a person may read own rows only, by one SELECT, and nothing outside the tables', async () => {
    expect((await client.query({ sql: 'select count(*) from contact_fact' }, { ...manager, tenant: 'other' })).rowsJson).toEqual(['["0"]']);
    const refused = [
      'delete from event',
      'select 1; select 2',
      'select * from main.event',
      'select * from "main"."event"',
      "select * from read_csv('/etc/passwd')",
      "copy event to '/tmp/x'",
      "attach '/tmp/x' as y",
      "set memory_limit = '1GB'",
      'select getenv(\'HOME\')',
      "from '/etc/passwd'",
      'not sql',
      "select * from --'\n main.event --'",
      '',
    ];
    for (const sql of refused) await expect(client.query({ sql }, manager)).rejects.toMatchObject({ code: 'ANALYTICS_BAD_SQL' });
    await expect(client.query({ sql: 'select 1' }, { tenant, actor: { subject: 'user:a', kind: 'user', roles: [Role.AGENT] } })).rejects.toMatchObject({ code: 'ANALYTICS_NOT_ALLOWED' });
  });
});
