import { headers as createHeaders } from '@nats-io/nats-core';
import { AudioChunk } from '@patchbay/contracts/voice/v1/media';
import { serverTimeoutMs, type BusConnection } from './connection.ts';
import { readSubject } from './leader-reads.ts';
import { toBusError } from './nats-errors.ts';
import { mediaSubject } from './subjects.ts';
import { headerNames, streams } from './topology.ts';

/** Stores a chunk of sound; resolves when it is on disk. The same chunk of a leg within two minutes is stored once. */
export async function publishAudio(connection: BusConnection, options: { tenant: string; chunk: AudioChunk }): Promise<void> {
  const { tenant, chunk } = options;
  const headers = createHeaders();
  headers.set(headerNames.messageId, `${chunk.contactId}:${chunk.legId}:${chunk.chunkNo}`);
  try {
    await connection.js.publish(mediaSubject(tenant, chunk.contactId, chunk.legId), AudioChunk.encode(chunk).finish(), { headers, timeout: serverTimeoutMs });
  } catch (error) {
    throw toBusError(error);
  }
}

/** Reads what is stored of a contact's sound, in the order it came: all legs, or one; nothing that was acknowledged is left out. */
export async function* readAudio(connection: BusConnection, options: { tenant: string; contactId: string; legId?: string }): AsyncGenerator<AudioChunk> {
  const subject = mediaSubject(options.tenant, options.contactId, options.legId);
  for await (const { data } of readSubject(connection, { stream: streams.media.name, subject, pageSize: 100 })) yield AudioChunk.decode(data);
}

/** Removes a contact's sound once its recording is stored. */
export async function purgeAudio(connection: BusConnection, options: { tenant: string; contactId: string }): Promise<void> {
  try {
    await connection.jsm.streams.purge(streams.media.name, { filter: mediaSubject(options.tenant, options.contactId) });
  } catch (error) {
    throw toBusError(error);
  }
}
