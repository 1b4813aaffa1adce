import { DuckDBInstance, type DuckDBConnection, timestampValue } from '@duckdb/node-api';
import { AppError } from '@patchbay/runtime/app-error';
import { createKeyedQueue } from '@patchbay/runtime/keyed-queue';
import { toFactRow, type FactRow } from '../domain/fact-row.ts';
import { analyticsError } from '../errors.ts';
import { placeOf, type PlacedRecord, type Warehouse } from '../ports.ts';
import { mergeStatements, tables, views } from '../warehouse/star-schema.ts';
import { runTenantQuery } from './tenant-query.ts';

/** No file but the warehouse's own is read or written, whatever a statement says, and no statement changes that. */
const settings = { enable_external_access: 'false', lock_configuration: 'true' };

const stagedTable = `create or replace temp table staged as select * from event limit 0`;

async function guard<Value>(run: () => Promise<Value>): Promise<Value> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof AppError ? error : analyticsError('ANALYTICS_WAREHOUSE', { cause: error });
  }
}

async function appendStaged(connection: DuckDBConnection, rows: readonly FactRow[]): Promise<void> {
  const appender = await connection.createAppender('staged', 'main', 'temp');
  for (const row of rows) {
    for (const value of [row.eventId, row.tenant, row.type, row.domain, row.key, row.source]) appender.appendVarchar(value);
    appender.appendTimestamp(timestampValue(BigInt(row.occurredAt.getTime()) * 1_000n));
    appender.appendBigInt(BigInt(row.sequence));
    appender.appendInteger(row.partition);
    for (const value of [row.causationId, row.traceId, row.json]) appender.appendVarchar(value);
    appender.endRow();
  }
  appender.closeSync();
}

interface Place {
  nextOffset: number;
  lastSequence: number;
}

async function readPlaces(connection: DuckDBConnection): Promise<Map<string, Place>> {
  const rows = (await connection.runAndReadAll('select place, next_offset, last_sequence from log_offset')).getRows();
  return new Map(rows.map(([place, next, last]) => [String(place), { nextOffset: Number(next), lastSequence: Number(last) }]));
}

/** What of a batch is new, and where each partition stands after it. */
function takeNew(records: readonly PlacedRecord[], places: ReadonlyMap<string, Place>) {
  const after = new Map<string, Place>();
  const fresh: PlacedRecord[] = [];
  for (const record of records) {
    const name = placeOf(record.topic, record.partition);
    const place = after.get(name) ?? places.get(name) ?? { nextOffset: 0, lastSequence: 0 };
    const isNew = record.offset >= place.nextOffset && record.sequence > place.lastSequence;
    if (isNew) fresh.push(record);
    after.set(name, { nextOffset: Math.max(place.nextOffset, record.offset + 1), lastSequence: Math.max(place.lastSequence, record.sequence) });
  }
  return { fresh, after };
}

/**
 * Opens the warehouse file, making the tables when they are not there. One process at a time.
 * @param memoryMb what everything together may use, so that no statement takes the memory that feeding needs from the machine
 */
export async function createDuckDbWarehouse(path: string, memoryMb: number): Promise<Warehouse> {
  const instance = await guard(() => DuckDBInstance.create(path, { ...settings, memory_limit: `${memoryMb}MB` }));
  const writer = await instance.connect();
  const queue = createKeyedQueue();
  await guard(async () => {
    for (const statement of [...tables, ...views, stagedTable]) await writer.run(statement);
  });
  const reader = await instance.connect();
  let storedAtMs: number | undefined;
  const waiting: (readonly PlacedRecord[])[] = [];
  let next: Promise<void> | undefined;

  async function storeOnce(records: readonly PlacedRecord[]): Promise<void> {
    const { fresh, after } = takeNew(records, await readPlaces(writer));
    await writer.run('begin');
    try {
      await writer.run('truncate staged');
      const rows = fresh.map(toFactRow);
      await appendStaged(writer, rows);
      if (rows.length > 0) for (const statement of mergeStatements(new Set(rows.map(({ type }) => type)))) await writer.run(statement);
      for (const [place, { nextOffset, lastSequence }] of after) {
        await writer.run('insert or replace into log_offset values ($1, $2, $3)', [place, BigInt(nextOffset), BigInt(lastSequence)]);
      }
      await count('facts', fresh.length);
      await count('duplicates', records.length - fresh.length);
      await writer.run('commit');
      storedAtMs = Date.now();
    } catch (error) {
      await writer.run('rollback');
      throw error;
    }
  }

  const count = (name: string, by: number) =>
    by === 0 ? Promise.resolve() : writer.run('insert into feed_counter values ($1, $2) on conflict (name) do update set value = feed_counter.value + excluded.value', [name, BigInt(by)]);

  return {
    store(records) {
      waiting.push(records);
      // One writer: what partitions bring while it works is stored together in its next transaction.
      next ??= queue.run('writer', () => {
        const batch = waiting.splice(0).flat();
        next = undefined;
        return guard(() => storeOnce(batch));
      });
      return next;
    },
    progress: () =>
      queue.run('writer', () =>
        guard(async () => {
          const counters = new Map((await writer.runAndReadAll('select name, value from feed_counter')).getRows().map(([name, value]) => [String(name), Number(value)]));
          const offsets = new Map([...(await readPlaces(writer))].map(([place, { nextOffset }]) => [place, nextOffset]));
          return { offsets, facts: counters.get('facts') ?? 0, duplicates: counters.get('duplicates') ?? 0, storedAtMs };
        }),
      ),
    putQueue: (row) =>
      queue.run('writer', () =>
        guard(async () => {
          const values = [row.tenant, row.queue, row.title, row.targetSeconds, row.targetPct, row.shortAbandonSeconds];
          await writer.run('insert or replace into dim_queue values ($1, $2, $3, $4, $5, $6)', values);
        }),
      ),
    putAgent: (row) =>
      queue.run('writer', () => guard(async () => void (await writer.run('insert or replace into dim_agent values ($1, $2, $3, $4, $5)', [row.tenant, row.agentId, row.name, row.agentNo, row.team])))),
    query: (sql, options) => runTenantQuery(instance, sql, options),
    read: (sql, values) => guard(async () => (await reader.runAndReadAll(sql, values)).getRowObjectsJson()),
    async close() {
      await queue.idle();
      writer.closeSync();
      reader.closeSync();
      instance.closeSync();
    },
  };
}
