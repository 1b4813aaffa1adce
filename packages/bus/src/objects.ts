import { createHash } from 'node:crypto';
import { Objm, type ObjectStore } from '@nats-io/obj';
import { askAgain } from './ask-again.ts';
import type { BusConnection } from './connection.ts';
import { busError } from './errors.ts';
import { readSubject } from './leader-reads.ts';
import { toBusError } from './nats-errors.ts';
import { objectStream, type ObjectBucket } from './topology.ts';

/** A claim check: what a fact carries in place of the bytes. */
export interface StoredObject {
  /** Name in the bucket. */
  object: string;
  /** SHA-256 of the bytes, lower-case hex. */
  sha256: string;
  sizeBytes: bigint;
  mime: string;
}

/** A bucket of large bodies. */
export interface Objects {
  /** Stores bytes under a name, over what was there; resolves when they are on disk. */
  put(name: string, bytes: Uint8Array | AsyncIterable<Uint8Array>, options: { mime: string }): Promise<StoredObject>;
  /** All bytes; BUS_OBJECT_UNKNOWN when there are none. */
  get(name: string): Promise<Uint8Array>;
  /** The bytes in chunks of up to 128 KiB; BUS_OBJECT_DAMAGED at the end when the checksum is wrong. */
  stream(name: string): AsyncIterable<Uint8Array>;
  /** The claim check of a stored object, or undefined. */
  describe(name: string): Promise<StoredObject | undefined>;
  /** Removes; harmless when there is nothing. */
  delete(name: string): Promise<void>;
}

const timeoutMs = 60_000;
/** Chunks of 128 KiB asked for in one request. */
const chunksAtOnce = 32;
const mimeKey = 'mime';
const shaKey = 'sha256';

async function* chunksOf(bytes: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (bytes instanceof Uint8Array) yield bytes;
  else yield* bytes;
}

/** A byte stream that also counts and hashes what goes through. */
function measured(bytes: Uint8Array | AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const iterator = chunksOf(bytes);
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await iterator.next();
      if (done === true) controller.close();
      else {
        hash.update(value);
        sizeBytes += value.byteLength;
        controller.enqueue(value);
      }
    },
  });
  return { stream, result: () => ({ sha256: hash.digest('hex'), sizeBytes: BigInt(sizeBytes) }) };
}

/** The library's digest, `SHA-256=<base64url>`, as lower-case hex. */
function digestToHex(digest: string): string {
  return Buffer.from(digest.replace(/^SHA-256=/, ''), 'base64url').toString('hex');
}

/** Opens a bucket that `ensureTopology` made. */
export async function openObjects(connection: BusConnection, bucket: ObjectBucket): Promise<Objects> {
  let store: ObjectStore;
  try {
    store = await new Objm(connection.js).open(bucket);
  } catch (error) {
    throw toBusError(error);
  }

  const describe = async (name: string) => {
    const info = await askAgain(connection, () => store.info(name));
    return info === null || info.deleted ? undefined : info;
  };

  async function* stream(name: string): AsyncGenerator<Uint8Array> {
    const info = await describe(name);
    if (info === undefined) throw busError('BUS_OBJECT_UNKNOWN', { details: { object: name } });
    const hash = createHash('sha256');
    // Not the library's reader: its consumer may sit on a replica that lags and then takes a part for the whole.
    for await (const { data } of readSubject(connection, { stream: objectStream(bucket), subject: `$O.${bucket}.C.${info.nuid}`, pageSize: chunksAtOnce })) {
      hash.update(data);
      yield data;
    }
    if (hash.digest('hex') !== digestToHex(info.digest)) throw busError('BUS_OBJECT_DAMAGED', { details: { object: name } });
  }

  return {
    async put(name, bytes, options) {
      const { stream: body, result } = measured(bytes);
      try {
        await store.put({ name, metadata: { [mimeKey]: options.mime } }, body, { timeout: timeoutMs });
      } catch (error) {
        throw toBusError(error);
      }
      return { object: name, mime: options.mime, ...result() };
    },
    async get(name) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of stream(name)) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
    stream,
    async describe(name) {
      const info = await describe(name);
      if (info === undefined) return undefined;
      return { object: name, sha256: info.metadata?.[shaKey] ?? digestToHex(info.digest), sizeBytes: BigInt(info.size), mime: info.metadata?.[mimeKey] ?? 'application/octet-stream' };
    },
    async delete(name) {
      try {
        if ((await describe(name)) !== undefined) await store.delete(name);
      } catch (error) {
        throw toBusError(error);
      }
    },
  };
}
