import type { StoredMsg } from '@nats-io/jetstream';
import { askAgain } from './ask-again.ts';
import type { BusConnection } from './connection.ts';

/**
 * Reads that decide something. A direct get may be answered by a replica that has not yet what was acknowledged; the
 * stream's leader has it (nats-architecture-and-design ADR-53, "JetStream Read-after-Write"). Asked again while a cluster
 * elects.
 */
function read(connection: BusConnection, stream: string, query: { last_by_subj: string } | { seq: number; next_by_subj: string }): Promise<StoredMsg | undefined> {
  return askAgain(connection, async () => (await connection.leaderReads.streams.getMessage(stream, query)) ?? undefined);
}

/** Last message of a subject, wildcards allowed, as the stream's leader has it; undefined for none. */
export function lastOfSubject(connection: BusConnection, stream: string, subject: string): Promise<StoredMsg | undefined> {
  return read(connection, stream, { last_by_subj: subject });
}

/** First message of a subject that the stream still holds, as its leader has it; undefined for none. */
export function firstOfSubject(connection: BusConnection, stream: string, subject: string): Promise<StoredMsg | undefined> {
  return read(connection, stream, { seq: 1, next_by_subj: subject });
}
