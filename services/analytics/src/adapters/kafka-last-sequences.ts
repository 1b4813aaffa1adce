import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import { placeOf } from '../ports.ts';
import { sequenceOf } from './kafka-message.ts';

/** Reads the bus sequence of the last record of each partition, so that a relay knows what an earlier run has sent. */
export async function readLastSequences(kafka: Kafka, admin: Admin, topics: readonly string[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const wanted = new Map<string, { topic: string; partition: number; offset: string }>();
  for (const topic of topics) {
    for (const { partition, high, low } of await admin.fetchTopicOffsets(topic)) {
      if (Number(high) > Number(low)) wanted.set(placeOf(topic, partition), { topic, partition, offset: String(Number(high) - 1) });
    }
  }
  if (wanted.size === 0) return found;
  const groupId = `patchbay-relay-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, allowAutoTopicCreation: false });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...new Set([...wanted.values()].map(({ topic }) => topic))], fromBeginning: false });
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => {
        reject(payload.error);
      });
      const running = consumer.run({
        autoCommit: false,
        async eachMessage({ topic, partition, message }) {
          const place = placeOf(topic, partition);
          found.set(place, Math.max(found.get(place) ?? 0, sequenceOf(message)));
          wanted.delete(place);
          if (wanted.size === 0) resolve();
          return Promise.resolve();
        },
      });
      running.then(() => {
        for (const place of wanted.values()) consumer.seek(place);
      }, reject);
    });
  } finally {
    await consumer.disconnect();
    // The group is of this moment only; that it lingers when this fails is harmless.
    await admin.deleteGroups([groupId]).catch(() => undefined);
  }
  return found;
}
