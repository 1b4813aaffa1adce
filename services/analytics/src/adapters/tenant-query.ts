import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { StatementType } from '@duckdb/node-api';
import { analyticsError } from '../errors.ts';
import type { QueryResult } from '../ports.ts';
import { refusalOf } from './statement-check.ts';

const timeoutMs = 20_000;
const longestSql = 20_000;

/** Tables and views that people may read, each cut down to the tenant by a temporary view of the same name. */
const readable = [
  'event',
  'contact_fact',
  'request_fact',
  'offer_fact',
  'assignment_fact',
  'message_fact',
  'agent_state_fact',
  'agent_slot_fact',
  'score_fact',
  'recording_fact',
  'sla_fact',
  'dim_queue',
  'dim_agent',
  'agent_state_interval',
  'request_outcome',
  'sla_kept',
] as const;

const readableNames: ReadonlySet<string> = new Set(readable);

async function restrict(connection: DuckDBConnection, database: string, tenant: string): Promise<void> {
  const literal = `'${tenant.replaceAll("'", "''")}'`;
  for (const name of readable) await connection.run(`create or replace temp view ${name} as select * from "${database}".main.${name} where tenant = ${literal}`);
}

/** Runs one SELECT of a person over the tenant's rows, on a connection of its own, limited in rows, time and memory. */
export async function runTenantQuery(
  instance: DuckDBInstance,
  sql: string,
  options: { tenant: string; maxRows: number; signal: AbortSignal },
): Promise<QueryResult> {
  if (sql.length > longestSql) throw analyticsError('ANALYTICS_BAD_SQL', { details: { reason: `the statement is longer than ${longestSql} characters` } });
  const connection = await instance.connect();
  const database = String((await connection.runAndReadAll('select current_database()')).getRows()[0]?.[0]);
  const interrupt = () => {
    connection.interrupt();
  };
  const timer = setTimeout(interrupt, timeoutMs);
  options.signal.addEventListener('abort', interrupt, { once: true });
  const startedMs = performance.now();
  try {
    const tree = (await connection.runAndReadAll('select json_serialize_sql($1::varchar)', [sql])).getRows()[0]?.[0];
    const refusal = refusalOf(JSON.parse(String(tree)), readableNames);
    if (refusal !== undefined) throw analyticsError('ANALYTICS_BAD_SQL', { details: { reason: refusal } });
    await restrict(connection, database, options.tenant);
    const extracted = await connection.extractStatements(sql);
    if (extracted.count !== 1) throw analyticsError('ANALYTICS_BAD_SQL', { details: { reason: 'send exactly one statement' } });
    const statement = await extracted.prepare(0);
    if (statement.statementType !== StatementType.SELECT) throw analyticsError('ANALYTICS_BAD_SQL', { details: { reason: 'only SELECT is run' } });
    const reader = await statement.streamAndReadUntil(options.maxRows + 1);
    const rows = reader.getRowsJson();
    const names = reader.columnNames();
    const types = reader.columnTypes().map(String);
    return { columns: names.map((name, index) => ({ name, type: types[index] ?? '' })), rows: rows.slice(0, options.maxRows), truncated: rows.length > options.maxRows };
  } catch (error) {
    if (performance.now() - startedMs >= timeoutMs) throw analyticsError('ANALYTICS_TIMEOUT', { cause: error });
    const reason = String((error as { message?: unknown }).message ?? '').slice(0, 400);
    if (reason.startsWith('Out of Memory Error')) throw analyticsError('ANALYTICS_TOO_LARGE', { cause: error });
    throw (error as { code?: string }).code?.startsWith('ANALYTICS_') === true ? error : analyticsError('ANALYTICS_BAD_SQL', { cause: error, details: { reason } });
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', interrupt);
    connection.closeSync();
  }
}
