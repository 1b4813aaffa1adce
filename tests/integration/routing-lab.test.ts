import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Actor } from '@patchbay/bus/actor';
import { appendFacts, newFact, type FactCodec, type NewFactFields } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { openKv } from '@patchbay/bus/kv';
import { createRpcClient, type RpcClient } from '@patchbay/bus/rpc-client';
import { eventTypes, type EventType } from '@patchbay/contracts/event-types';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { LabDistribution, LabScenario, RoutingLabServiceDefinition, type LabReport } from '@patchbay/contracts/routing/v1/routing_lab_service';
import { at, narrowResources, record } from '@patchbay/routing/lab/testing/recorded-day';
import { startRouting } from '@patchbay/routing/service';
import { createReadiness } from '@patchbay/runtime/health-server';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import type { RunningService } from '@patchbay/runtime/run-service';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import { startDirectory } from '../../services/directory/src/service.ts';
import { putResources, tenantResource } from '../support/robot-centre.ts';

const tenant = 'day';
const actorOf = (role: Role): Actor => ({ subject: 'user:somebody', kind: 'user', roles: [role] });
const options = { tenant, actor: actorOf(Role.MANAGER), timeoutMs: 30_000 };
const running: RunningService[] = [];
const day = record();

let nats: TestNats;
let bus: BusConnection;
let lab: RpcClient<typeof RoutingLabServiceDefinition>;

function contextOf(name: string) {
  return { name, log: silentLogger, metrics: createMetrics(name), readiness: createReadiness() };
}

/** Writes the recorded day into the stream, in its order. */
async function storeDay(): Promise<void> {
  for (let place = 0; place < day.length; place += 200) {
    const facts = day.slice(place, place + 200).map(({ type, key, timeMs, event }) => newFact(eventTypes[type].codec as FactCodec, { tenant, key, timeMs, event } as NewFactFields<EventType>));
    await appendFacts(bus, facts);
  }
}

beforeAll(async () => {
  nats = await startNats();
  bus = await connectTestBus(nats.url, 'routing');
  await putResources(bus, tenant, [...narrowResources, tenantResource(tenant)]);
  await storeDay();
  running.push(await startDirectory({ natsUrl: nats.url, replicas: 1, tenant, adminPassword: 'the first admin' }, contextOf('directory')));
  running.push(await startRouting({ natsUrl: nats.url, replicas: 1, writerLeaseMs: 2_000, agentLeaseMs: 9_000, lostGraceMs: 60_000, snapshotEveryMs: 1_000 }, contextOf('routing')));
  lab = createRpcClient(bus, RoutingLabServiceDefinition);
  await eventually('the writer saved its state', async () => (await openKv(bus, 'routing-snapshots')).get(`${tenant}.main`), 30_000);
});
afterAll(async () => {
  for (const service of running.reverse()) await service.stop();
  await bus.drain();
  await nats.stop();
});

async function all<Item>(stream: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

const ask = { from: new Date(at(1)), to: new Date(at(6)), seed: 1 };
const oneAgentForBoth = ['ann', 'bo', 'cy', 'di'].map((name) => `kind: Agent\nname: ${name}\nspec: { displayName: Agent, queues: [sales, service], capacity: { voice: 1 } }\n`).join('---\n');

const scenario = LabScenario.fromPartial({
  start: new Date(at(0)),
  minutes: 180,
  traffic: [
    {
      queue: 'sales',
      channel: 'voice',
      rates: [{ fromMinute: 0, toMinute: 180, perHour: 40 }],
      talk: { distribution: LabDistribution.LOG_NORMAL, meanSeconds: 200, variation: 0.9 },
      patience: { distribution: LabDistribution.EXPONENTIAL, meanSeconds: 90 },
    },
  ],
  shifts: [{ agents: ['ann', 'bo', 'cy', 'di'], fromMinute: 0, toMinute: 180 }],
});

describe('questions to the lab', () => {
  test('a replay from the first fact gives the state that the writer saved', async () => {
    const answers = await all(lab.replay({}, options));
    const result = answers.at(-1)?.result;
    expect(result).toMatchObject({ same: true, complete: true });
    expect(result?.checks.map(({ name }) => name)).toEqual(['live_at_snapshot', 'twice', 'from_snapshot']);
    expect(Number(result?.facts)).toBeGreaterThanOrEqual(day.filter(({ domain }) => domain !== 'contact').length);
  });

  test('agents for both queues would have let fewer wait, and nothing was applied', async () => {
    const answers = await all(lab.whatIf({ ...ask, files: [{ name: 'new.yaml', yaml: oneAgentForBoth }] }, options));
    const result = answers.at(-1)?.result;
    const level = (report: LabReport | undefined) => report?.total?.answeredOfOfferedPct ?? 0;
    expect(Number(result?.recorded?.total?.offered)).toBeGreaterThan(150);
    expect(result?.current).toEqual(result?.recorded);
    expect(level(result?.proposed)).toBeGreaterThan(level(result?.recorded) + 5);
    expect(result?.proposed?.occupancyPct).toBeGreaterThan(0);
    expect(answers.map(({ progress }) => progress)).toEqual(answers.map(({ progress }) => progress).sort((left, right) => left - right));
    const kept = await (await openKv(bus, 'directory')).get(`${tenant}.Agent.ann`);
    expect(Buffer.from(kept!.value).includes('service')).toBe(false);
  });

  test('a policy with faults is told with all of them and not run', async () => {
    const answers = await all(lab.whatIf({ ...ask, files: [{ name: 'bad.yaml', yaml: 'kind: Queue\nname: sales\nspec: { priority: high, colour: red }\n' }] }, options));
    const last = answers.at(-1);
    expect(last?.result).toBeUndefined();
    expect(last?.faults.map(({ path }) => path).sort()).toEqual(['spec.colour', 'spec.priority']);
  });

  test('drawn traffic runs under the policies as they are and as they might be', async () => {
    const last = (await all(lab.simulate({ scenario, files: [{ name: 'new.yaml', yaml: oneAgentForBoth }], seed: 3 }, options))).at(-1);
    expect(last?.faults).toEqual([]);
    expect(Number(last?.result?.requests)).toBeGreaterThan(60);
    expect(last?.result?.current?.total?.offered).toBe(last?.result?.requests);
    expect(last?.result?.proposed?.total?.answered).toBeGreaterThan(last?.result?.current?.total?.answered ?? 0n);
    expect((await all(lab.simulate({ scenario, seed: 3 }, options))).at(-1)?.result?.proposed).toBeUndefined();
  });

  test('a scenario that names nobody who is there is told with all faults and not run', async () => {
    const wrong = { ...scenario, traffic: scenario.traffic.map((one) => ({ ...one, queue: 'nowhere' })), shifts: [{ agents: ['nobody'], fromMinute: 0, toMinute: 60, breaks: [] }] };
    const last = (await all(lab.simulate({ scenario: wrong }, options))).at(-1);
    expect(last?.result).toBeUndefined();
    expect(last?.faults.map(({ path }) => path)).toEqual(['traffic[0].queue', 'shifts[0].agents[0]']);
    await expect(all(lab.simulate({ scenario, warmUpMinutes: 1_441 }, options))).rejects.toMatchObject({ code: 'ROUTING_LAB_BAD_REQUEST', details: { field: 'warm_up_minutes' } });
    await expect(all(lab.simulate({ scenario }, { ...options, actor: actorOf(Role.AGENT) }))).rejects.toMatchObject({ code: 'ROUTING_FORBIDDEN' });
  });

  test('only who plans may ask, and only for spans that are kept', async () => {
    await expect(all(lab.whatIf(ask, { ...options, actor: actorOf(Role.AGENT) }))).rejects.toMatchObject({ code: 'ROUTING_FORBIDDEN' });
    await expect(all(lab.replay({}, { ...options, actor: actorOf(Role.QA) }))).rejects.toMatchObject({ code: 'ROUTING_FORBIDDEN' });
    await expect(all(lab.whatIf({ ...ask, to: new Date(at(24 * 9)) }, options))).rejects.toMatchObject({ code: 'ROUTING_LAB_BAD_REQUEST', details: { field: 'to' } });
  });

  test('a second question while one runs is told to come again', async () => {
    const first = lab.whatIf(ask, options)[Symbol.asyncIterator]();
    const begun = await first.next();
    expect(begun.value?.progress).toBe(0);
    // To the end of the stream: a caller that goes away in the middle ends the question.
    const rest = all({ [Symbol.asyncIterator]: () => first });
    const second = await all(lab.replay({}, options)).then(
      () => 'answered',
      (error: { code: string }) => error.code,
    );
    expect(second).toBe('ROUTING_LAB_BUSY');
    expect((await rest).at(-1)?.result).toBeDefined();
  });
});
