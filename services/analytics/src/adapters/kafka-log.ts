import type { BusConnection } from '@patchbay/bus/connection';
import type { Consumption } from '@patchbay/bus/consumption';
import { consumeFactBatches } from '@patchbay/bus/consume-fact-batches';
import { domains, partitionCount } from '@patchbay/bus/subjects';
import { sleep, systemClock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import { Kafka, logLevel, type Admin, type Consumer, type EachBatchPayload, type Producer } from 'kafkajs';
import { toLogRecord, topicOf } from '../bus-to-log.ts';
import { analyticsError } from '../errors.ts';
import { placeOf, type EventLog, type LogRecord, type Offsets, type StoreBatch } from '../ports.ts';
import { fromMessage, toMessage } from './kafka-message.ts';
import { readLastSequences } from './kafka-last-sequences.ts';

/** How to reach Kafka. */
export interface KafkaLogOptions {
  brokers: readonly string[];
  replicationFactor: number;
  bus: BusConnection;
  log: Logger;
}

const topics = domains.map(topicOf);
const consumerGroup = 'patchbay-warehouse';

async function createTopics(admin: Admin, replicationFactor: number): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter((topic) => !existing.has(topic));
  if (missing.length === 0) return;
  const configEntries = [
    { name: 'retention.ms', value: String(30 * 86_400_000) },
    { name: 'min.insync.replicas', value: String(Math.max(1, replicationFactor - 1)) },
  ];
  await admin.createTopics({ waitForLeaders: true, topics: missing.map((topic) => ({ topic, numPartitions: partitionCount, replicationFactor, configEntries })) });
}

/** Relays facts from the bus to Kafka: one topic a domain, the bus's partitions, in order, each once. */
async function startRelay(producer: Producer, { bus }: KafkaLogOptions, lastSequences: Map<string, number>): Promise<Consumption> {
  const send = async (records: readonly LogRecord[]): Promise<void> => {
    // What an earlier run sent without having been able to say so is left out: sequences rise within a partition.
    const fresh = records.filter((record) => record.sequence > (lastSequences.get(placeOf(record.topic, record.partition)) ?? 0));
    if (fresh.length === 0) return;
    try {
      await producer.sendBatch({ acks: -1, topicMessages: topics.map((topic) => ({ topic, messages: fresh.filter((record) => record.topic === topic).map(toMessage) })).filter(({ messages }) => messages.length > 0) });
    } catch (error) {
      throw analyticsError('ANALYTICS_LOG', { cause: error });
    }
    for (const record of fresh) lastSequences.set(placeOf(record.topic, record.partition), record.sequence);
  };
  return consumeFactBatches(bus, { consumer: 'kafka', domains, maxBatch: 500, handle: (facts) => send(facts.map(toLogRecord)) });
}

/** A broker that has just been started elects leaders for some seconds; after that it is worth a warning. */
const quietAttempts = 10;

/** Goes on trying to start something that needs the brokers. */
async function untilStarted<Value>(log: Logger, stopping: AbortSignal, start: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      log[attempt <= quietAttempts ? 'info' : 'warn']('kafka is not ready', { attempt, error });
      await sleep(systemClock, 1_000, stopping);
    }
  }
}

/** Apache Kafka between bus and warehouse. The offsets that count are the warehouse's own. */
export function createKafkaLog(options: KafkaLogOptions): EventLog {
  const kafka = new Kafka({
    clientId: 'patchbay-analytics',
    brokers: [...options.brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
    requestTimeout: 20_000,
    retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries: 20 },
  });
  const admin = kafka.admin();
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
  const stopping = new AbortController();
  let relay: Consumption | undefined;
  let consumer: Consumer | undefined;

  async function startConsumer(from: () => Promise<Offsets>, store: StoreBatch): Promise<void> {
    const current = kafka.consumer({ groupId: consumerGroup, sessionTimeout: 20_000, maxWaitTimeInMs: 250, allowAutoTopicCreation: false });
    consumer = current;
    // A crash that the client does not retry by itself, e.g. in its offset manager: begin again from the warehouse's offsets.
    current.on('consumer.crash', ({ payload }) => {
      if (payload.restart || stopping.signal.aborted) return;
      options.log.warn('kafka consumer crashed', { error: payload.error });
      void untilStarted(options.log, stopping.signal, () => startConsumer(from, store)).catch(() => undefined);
    });
    await current.connect();
    await current.subscribe({ topics, fromBeginning: true });
    // Partitions side by side, for the warehouse stores together what comes while it works: a transaction costs much, a fact little.
    await current.run({ autoCommit: false, partitionsConsumedConcurrently: topics.length * partitionCount, eachBatch: (payload) => storeBatch(payload, store) });
    for (const [place, offset] of await from()) {
      const [topic = '', partition = '0'] = place.split('/');
      if (topics.includes(topic)) current.seek({ topic, partition: Number(partition), offset: String(offset) });
    }
  }

  return {
    kind: 'kafka',
    async feed(from, store) {
      await untilStarted(options.log, stopping.signal, async () => {
        await admin.connect();
        await createTopics(admin, options.replicationFactor);
        await producer.connect();
      });
      const lastSequences = await untilStarted(options.log, stopping.signal, () => readLastSequences(kafka, admin, topics));
      relay = await startRelay(producer, options, lastSequences);
      await untilStarted(options.log, stopping.signal, () => startConsumer(from, store));
    },
    async endOffsets() {
      const ends = new Map<string, number>();
      for (const topic of topics) for (const { partition, high } of await admin.fetchTopicOffsets(topic)) ends.set(placeOf(topic, partition), Number(high));
      return ends;
    },
    async stop() {
      stopping.abort();
      await relay?.stop();
      await consumer?.disconnect();
      await producer.disconnect();
      await admin.disconnect();
    },
  };
}

async function storeBatch({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload, store: StoreBatch): Promise<void> {
  if (!isRunning() || isStale()) return;
  const records = batch.messages.map((message) => fromMessage(batch.topic, batch.partition, message));
  await store(records);
  const last = batch.messages.at(-1);
  if (last !== undefined) resolveOffset(last.offset);
  await heartbeat();
}
