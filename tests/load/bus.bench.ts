import { readFileSync } from 'node:fs';
import { serviceActor } from '@patchbay/bus/actor';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { consumeFacts } from '@patchbay/bus/consume-facts';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { serveRpc, type RpcImplementation } from '@patchbay/bus/rpc-server';
import { factSubject } from '@patchbay/bus/subjects';
import { MessageReceived } from '@patchbay/contracts/message/v1/message_event';
import { RoutingServiceDefinition } from '@patchbay/contracts/routing/v1/routing_service';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats } from '@patchbay/testkit/real-nats';
import { costOf, hundredth, percentile, tenth } from './measure.ts';

const tenant = 'bench';
const sequentialCount = 1_500;
const pipelinedCount = 10_000;
const inFlight = 128;
const batchSize = 100;

/** A message of a customer as the golden facts have it. */
function goldenMessage(): MessageReceived {
  const golden = readFileSync(new URL('../contract/golden-facts.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .find((line) => line.includes('"patchbay.message.v1.MessageReceived"'));
  return MessageReceived.fromJSON((JSON.parse(golden ?? '{}') as { json: unknown }).json);
}

interface Bench {
  bus: BusConnection;
  emit: (row: Record<string, unknown>) => void;
  event: MessageReceived;
}

/** Facts beside plain publishes of the same body to the same stream, each waited for until it is on disk. */
async function benchAppend({ bus, emit, event }: Bench): Promise<void> {
  const body = MessageReceived.encode(event).finish();
  const fact = () => {
    const contactId = bus.ids.next();
    return newFact(MessageReceived, { tenant, key: contactId, event: { ...event, contactId } });
  };
  const append = () => appendFacts(bus, [fact()]);
  const plain = () => bus.js.publish(factSubject(tenant, 'message', bus.ids.next()), body);
  await costOf(500, append, 32);
  await costOf(500, plain, 32);
  for (const [how, count, width] of [['one after the other', sequentialCount, 1], [`${inFlight} in flight`, pipelinedCount, inFlight]] as const) {
    const [facts, published] = [await costOf(count, append, width), await costOf(count, plain, width)];
    emit({
      measure: `facts stored, ${how}`,
      factsPerSecond: facts.perSecond,
      plainPerSecond: published.perSecond,
      ratioToPlain: hundredth(facts.perSecond / published.perSecond),
      cpuUsPerFact: facts.cpuUs,
      cpuUsPerPlain: published.cpuUs,
      cpuRatioToPlain: hundredth(facts.cpuUs / published.cpuUs),
      bodyBytes: body.length,
    });
  }
  const batches = await costOf(pipelinedCount / batchSize, () => appendFacts(bus, Array.from({ length: batchSize }, fact)));
  emit({ measure: `facts stored, batches of ${batchSize}, one after the other`, factsPerSecond: batches.perSecond * batchSize, cpuUsPerFact: Math.round(batches.cpuUs / batchSize) });
}

/** From the beginning of an append to the handler of a pinned consumer, at a gentle pace and at full speed. */
async function benchConsume({ bus, emit, event }: Bench): Promise<void> {
  const begun = new Map<string, number>();
  const waits: number[] = [];
  const consumption = await consumeFacts(bus, {
    consumer: 'latency',
    domains: ['message'],
    startAt: 'new',
    handle({ id }) {
      const startedMs = begun.get(id);
      if (startedMs !== undefined) waits.push(performance.now() - startedMs);
      return Promise.resolve();
    },
  });
  const append = () => {
    const id = bus.ids.next();
    const contactId = bus.ids.next();
    begun.set(id, performance.now());
    return appendFacts(bus, [newFact(MessageReceived, { tenant, key: contactId, id, event: { ...event, contactId } })]);
  };
  for (const [how, count, width] of [['one after the other', 1_000, 1], [`${inFlight} in flight`, 5_000, inFlight]] as const) {
    waits.length = 0;
    const startedMs = performance.now();
    await costOf(count, append, width);
    await eventually('all facts handled', () => waits.length === count, 60_000);
    const seconds = (performance.now() - startedMs) / 1_000;
    waits.sort((left, right) => left - right);
    emit({ measure: `append to handled, ${how}`, facts: count, handledPerSecond: Math.round(count / seconds), p50Ms: percentile(waits, 0.5), p99Ms: percentile(waits, 0.99) });
  }
  await consumption.stop();
}

/** A call over NATS beside a plain request and reply. */
async function benchCall({ bus, emit }: Bench): Promise<void> {
  const unserved = () => Promise.reject(new Error('not part of this bench'));
  const implementation = {
    acceptOffer: ({ offerId }: { offerId: string }) => Promise.resolve({ assignmentId: offerId, epoch: 1n }),
    rejectOffer: unserved, failOffer: unserved, extendWrapUp: unserved, closeAssignment: unserved, parkContact: unserved, resumeContact: unserved, listQueues: unserved,
    async *watchQueues() {},
  } as unknown as RpcImplementation<typeof RoutingServiceDefinition>;
  const server = serveRpc(bus, RoutingServiceDefinition, implementation);
  const client = createRpcClient(bus, RoutingServiceDefinition);
  const echo = bus.nc.subscribe('bench.echo', { callback: (_error, message) => void message.respond(message.data) });
  const body = Buffer.alloc(60);
  const options = { tenant, actor: serviceActor('bench') };
  const times: number[] = [];
  const call = async () => {
    const startedMs = performance.now();
    await client.acceptOffer({ offerId: 'o', agentId: '1001', contactId: 'c' }, options);
    times.push(performance.now() - startedMs);
  };
  await costOf(500, call, 8);
  times.length = 0;
  const calls = await costOf(3_000, call);
  const plain = await costOf(3_000, () => bus.nc.request('bench.echo', body));
  times.sort((left, right) => left - right);
  emit({
    measure: 'calls, one after the other',
    callsPerSecond: calls.perSecond,
    plainPerSecond: plain.perSecond,
    ratioToPlain: hundredth(calls.perSecond / plain.perSecond),
    p50Ms: tenth(percentile(times, 0.5)),
    p99Ms: percentile(times, 0.99),
    cpuUsPerCall: calls.cpuUs,
  });
  echo.unsubscribe();
  await server.stop();
}

/** packages/bus against a real server that syncs every write (`sync_interval: always`), caller and server on one machine. */
export async function bench(emit: (row: Record<string, unknown>) => void): Promise<void> {
  const nats = await startNats();
  const bus = await connectTestBus(nats.url, 'bench');
  const parts: Bench = { bus, emit, event: goldenMessage() };
  await benchAppend(parts);
  await benchConsume(parts);
  await benchCall(parts);
  await bus.drain();
  await nats.stop();
}
