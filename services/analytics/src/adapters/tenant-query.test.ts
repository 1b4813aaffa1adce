import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DuckDBInstance } from '@duckdb/node-api';
import { tables, views } from '../warehouse/star-schema.ts';
import { runTenantQuery } from './tenant-query.ts';

let instance: DuckDBInstance;
const ask = (sql: string, tenant = 'demo') => runTenantQuery(instance, sql, { tenant, maxRows: 100, signal: AbortSignal.timeout(10_000) });

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { enable_external_access: 'false', memory_limit: '128MB' });
  const connection = await instance.connect();
  for (const statement of [...tables, ...views]) await connection.run(statement);
  for (const tenant of ['demo', 'other']) await connection.run(`insert into dim_queue (tenant, queue, title) values ('${tenant}', 'billing', '${tenant}')`);
  connection.closeSync();
});
afterAll(() => {
  instance.closeSync();
});

describe('statements of a person', () => {
  test.each([
    'select title from dim_queue',
    'from dim_queue select title',
    'select title from "dim_queue"',
    'select q.title from dim_queue as q where q.queue in (select queue from dim_queue)',
    'with mine as (select * from dim_queue) select title from mine',
    'with dim_queue as (select title from dim_queue) select title from dim_queue',
    "select title from dim_queue where title <> 'main.dim_queue' -- not \"main\".dim_queue",
    'select max(title) from dim_queue, range(3)',
  ])('%s sees the rows of the tenant only', async (sql) => {
    expect((await ask(sql)).rows).toEqual([['demo']]);
    expect((await ask(sql, 'other')).rows).toEqual([['other']]);
  });

  test('may recurse, describe and make rows', async () => {
    expect((await ask('with recursive n as (select 1 as a union all select a + 1 from n where a < 3) select a from n')).rows).toEqual([[1], [2], [3]]);
    expect((await ask('describe dim_queue')).rows.length).toBeGreaterThan(2);
    expect((await ask('select * from unnest([1, 2])')).rows).toEqual([[1], [2]]);
  });

  test('that need more memory than there is are told so, and the next one runs', async () => {
    await expect(ask('select list(a || b) from range(20000) x(a), range(20000) y(b)')).rejects.toMatchObject({ code: 'ANALYTICS_TOO_LARGE', status: 'resource_exhausted' });
    expect((await ask('select title from dim_queue')).rows).toEqual([['demo']]);
  });

  test.each([
    ['a schema', 'select * from main.dim_queue'],
    ['a quoted schema', 'select * from "main"."dim_queue"'],
    ['a schema behind a comment with a quote', "select * from --'\n main.dim_queue --'"],
    ['a schema behind a quote with a backslash', "select E'\\'', * from main.dim_queue where title <> 'x'"],
    ['a schema between dollars', "select $$'$$, * from main.dim_queue where title <> $$'$$"],
    ['a database', 'select * from memory.main.dim_queue'],
    ['a table that is nobody\'s', 'select * from log_offset'],
    ['the name of a table as a WITH that reads it', 'with log_offset as (select * from log_offset) select * from log_offset'],
    ['a WITH of an inner query outside of it', 'with a as (with log_offset as (select 1) select 1) select * from log_offset'],
    ['a file in quotes', "select * from '/etc/hosts.csv'"],
    ['a file as a name', 'select * from "/etc/hosts.csv"'],
    ['a reader of files', "select * from read_text('/etc/hosts')"],
    ['a reader of files in a scalar query', "select (select content from read_text('/etc/hosts'))"],
    ['a table by its name as text', "select * from query_table('dim_queue')"],
    ['a query as text', "select * from query('select 1')"],
    ['the catalogue', 'select * from duckdb_tables()'],
    ['the list of tables', 'show tables'],
    ['a write', 'delete from dim_queue'],
    ['a write behind WITH', 'with x as (select 1) insert into dim_queue select * from dim_queue'],
    ['two statements', 'select 1; select 2'],
    ['a plan', 'explain select 1'],
    ['a setting', "set memory_limit = '1GB'"],
    ['an attached file', "attach '/tmp/x.duckdb' as x"],
    ['a copy', "copy dim_queue to '/tmp/x.csv'"],
    ['an extension', 'install httpfs'],
    ['no statement', ''],
    ['no SQL', 'how many contacts?'],
    ['operators 4,500 deep', `select ${'not '.repeat(4_500)}true`],
    ['a statement that is too long', `select ${'1,'.repeat(10_001)}1`],
  ])('%s is refused', async (_name, sql) => {
    await expect(ask(sql)).rejects.toMatchObject({ code: 'ANALYTICS_BAD_SQL' });
  });
});
