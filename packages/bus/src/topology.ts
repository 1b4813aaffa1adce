import type { StreamConfig } from '@nats-io/jetstream';
import { askAgain } from './ask-again.ts';
import type { BusConnection } from './connection.ts';
import { toBusError } from './nats-errors.ts';
import { factsStream } from './subjects.ts';

const secondNs = 1_000_000_000;
const dayNs = 86_400 * secondNs;
const gib = 1024 ** 3;

/** One stream of the bus. */
interface StreamSpec {
  name: string;
  subjects: string[];
  /** What it is for. */
  purpose: string;
  settings: Partial<StreamConfig>;
}

/** Header names: CloudEvents 1.0 NATS binding in binary mode, W3C trace context, and our own for calls. */
export const headerNames = {
  id: 'ce-id',
  type: 'ce-type',
  source: 'ce-source',
  time: 'ce-time',
  subject: 'ce-subject',
  tenant: 'ce-tenant',
  partitionKey: 'ce-partitionkey',
  causationId: 'ce-causationid',
  epoch: 'ce-epoch',
  specVersion: 'ce-specversion',
  traceparent: 'traceparent',
  /** JetStream deduplicates by it; always equal to `ce-id`. */
  messageId: 'Nats-Msg-Id',
  expectedLastSubjectSequence: 'Nats-Expected-Last-Subject-Sequence',
  rpcId: 'pb-call-id',
  rpcActor: 'pb-actor',
  rpcTimeoutMs: 'pb-timeout-ms',
  rpcFrame: 'pb-frame',
  rpcError: 'pb-error',
  rpcAttachment: 'pb-attachment',
  deadLetterService: 'pb-dead-service',
  deadLetterSubject: 'pb-dead-subject',
  deadLetterSequence: 'pb-dead-sequence',
  deadLetterCode: 'pb-dead-code',
  deadLetterDeliveries: 'pb-dead-deliveries',
  deadLetterTime: 'pb-dead-time',
  deadLetterConsumer: 'pb-dead-consumer',
} as const;

/**
 * The streams. `discard: new` with a size limit: a full stream refuses new messages, so that writers feel the pressure
 * and nothing acknowledged is dropped.
 */
export const streams = {
  events: {
    name: factsStream,
    subjects: ['evt.>'],
    purpose: 'Facts of every domain, one subject an aggregate, kept seven days; the warehouse keeps history.',
    settings: { max_age: 7 * dayNs, max_bytes: 20 * gib, duplicate_window: 600 * secondNs, allow_atomic: true, allow_direct: true },
  },
  commands: {
    name: 'COMMANDS',
    subjects: ['cmd.>'],
    purpose: 'Durable commands to channels; a command goes when it was carried out.',
    settings: { retention: 'workqueue', max_age: 2 * dayNs, max_bytes: gib, duplicate_window: 600 * secondNs },
  },
  media: {
    name: 'MEDIA',
    subjects: ['media.>'],
    purpose: 'Sound of calls in chunks of about a second, until the recorder has made its file.',
    settings: { max_age: dayNs, max_bytes: 10 * gib, duplicate_window: 120 * secondNs, allow_direct: true },
  },
  deadLetters: {
    name: 'DEAD_LETTERS',
    subjects: ['dlq.>'],
    purpose: 'Messages that a service could not handle, with the reason.',
    settings: { max_age: 30 * dayNs, max_bytes: gib, duplicate_window: 600 * secondNs, allow_direct: true },
  },
} as const satisfies Record<string, StreamSpec>;

/** The key-value buckets: what each holds, and how long without a change. */
export const kvBuckets = {
  directory: { purpose: 'Resources of centres, `<tenant>.<Kind>.<name>`, protobuf Resource. Written by directory.', history: 8 },
  'directory-secrets': { purpose: 'Password hashes, phone digests, API keys, signing keys, entry point secrets. Only directory reads it.', history: 1 },
  leases: { purpose: 'Who writes a routing domain or holds another single place; revision is the fencing epoch.', history: 1 },
  'channel-capabilities': { purpose: 'What each channel can do, `<channel>`, protobuf Capabilities. Written by its service.', history: 1 },
  'channel-threads': { purpose: 'Open contact of a customer or thread, by channel. Written by the channel services.', history: 1 },
  'channel-dedup': { purpose: 'Inbound messages already taken, seven days. Written by the channel services.', history: 1, ttlMs: 7 * 86_400_000 },
  'channel-state': { purpose: 'What a channel keeps between restarts: tokens, windows, visitor secrets.', history: 1 },
  'voice-state': { purpose: 'Phone registrations and open calls of each gateway.', history: 1 },
  'routing-snapshots': { purpose: 'Position of the last snapshot of each routing domain.', history: 2 },
  'api-state': { purpose: 'Keys that sign resume and page tokens.', history: 1 },
  'recording-index': { purpose: 'What is kept of each contact, `<tenant>.<contactId>`, for longer than its facts. Written by recording.', history: 1 },
  'desk-state': { purpose: 'Preferences of users of the desk.', history: 1 },
} as const satisfies Record<string, { purpose: string; history: number; ttlMs?: number }>;

/** Name of a key-value bucket. */
export type KvBucket = keyof typeof kvBuckets;

/** The object buckets. */
export const objectBuckets = {
  recordings: { purpose: 'WAV files, peaks and transcripts.' },
  attachments: { purpose: 'Raw mails, media of messages, sanitised HTML.' },
  snapshots: { purpose: 'State of routing domains.' },
} as const;

/** Name of an object bucket. */
export type ObjectBucket = keyof typeof objectBuckets;

/** Stream of a key-value bucket, as the NATS clients name it. */
export const kvStream = (bucket: KvBucket) => `KV_${bucket}`;

/** Stream of an object bucket, as the NATS clients name it. */
export const objectStream = (bucket: ObjectBucket) => `OBJ_${bucket}`;

/** How long a cluster that elects, or lost a server, is waited for at start, milliseconds. */
const startPatienceMs = 60_000;

async function ensureStream(connection: BusConnection, config: Partial<StreamConfig> & { name: string; subjects: string[] }): Promise<void> {
  const { jsm } = connection;
  const ensure = () =>
    jsm.streams.add(config).catch((error: unknown) => {
      // 10058: the stream is there with other settings, from an older version or another number of replicas.
      if (toBusError(error).details['apiCode'] !== '10058') throw error;
      return jsm.streams.update(config.name, config);
    });
  await askAgain(connection, ensure, { timeoutMs: startPatienceMs, heedsRefusals: true });
}

/**
 * Makes streams and buckets, or brings them to these settings; waits a minute for a cluster that does not answer. Every service
 * calls it at start; doing it again changes nothing.
 * @param options.replicas 1 on one server, 3 in a cluster
 */
export async function ensureTopology(connection: BusConnection, options: { replicas?: number } = {}): Promise<void> {
  const replicas = options.replicas ?? connection.replicas;
  const common = { storage: 'file', discard: 'new', num_replicas: replicas } as const;
  const rows: (Partial<StreamConfig> & { name: string; subjects: string[] })[] = [
    ...Object.values(streams).map(({ name, subjects, purpose, settings }) => ({ ...common, ...settings, name, subjects: [...subjects], description: purpose })),
    ...Object.entries(kvBuckets).map(([bucket, spec]) => ({
      ...common,
      name: kvStream(bucket as KvBucket),
      subjects: [`$KV.${bucket}.>`],
      description: spec.purpose,
      max_msgs_per_subject: spec.history,
      allow_rollup_hdrs: true,
      deny_delete: true,
      allow_direct: true,
      allow_msg_ttl: true,
      subject_delete_marker_ttl: 60 * secondNs,
      duplicate_window: 120 * secondNs,
      max_age: 'ttlMs' in spec ? spec.ttlMs * 1_000_000 : 0,
    })),
    ...Object.entries(objectBuckets).map(([bucket, { purpose }]) => ({
      ...common,
      name: objectStream(bucket as ObjectBucket),
      subjects: [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`],
      description: purpose,
      allow_rollup_hdrs: true,
      allow_direct: true,
    })),
  ];
  await Promise.all(rows.map((row) => ensureStream(connection, row)));
}
