import { sql, type Generated, type Kysely } from 'kysely';

/** One contact's record: columns to search by, and the whole as protobuf. */
export interface ContactTable {
  tenant: string;
  contact_id: string;
  conversation_id: string;
  channel: string;
  queue: string;
  agent_id: string;
  status: number;
  customer_address: string;
  started_at: Date;
  is_open: boolean;
  /** `crm.v1.Contact`. */
  record: Buffer;
  open_assignments: string[];
  open_request: string;
  last_sequence: string;
  changed_at: Generated<Date>;
}

/** One fact as it stood in the stream. */
export interface ContactFactTable {
  tenant: string;
  contact_id: string;
  sequence: string;
  event_id: string;
  type: string;
  source: string;
  happened_at: Date;
  body: Buffer;
}

/** The database. */
export interface Database {
  contact: ContactTable;
  contact_fact: ContactFactTable;
}

/** Channel of PostgreSQL notifications about changed records: `<tenant> <contactId>`. */
export const changeChannel = 'contact_changed';

/** Steps from an empty database to today's tables, each run once, in order. New ones are added at the end. */
const steps: readonly ((db: Kysely<Database>) => Promise<void>)[] = [
  async (db) => {
    await sql`
      create table contact (
        tenant text not null, contact_id text not null, conversation_id text not null, channel text not null, queue text not null,
        agent_id text not null, status int not null, customer_address text not null, started_at timestamptz not null, is_open boolean not null,
        record bytea not null, open_assignments text[] not null, open_request text not null, last_sequence bigint not null,
        changed_at timestamptz not null default clock_timestamp(), primary key (tenant, contact_id))`.execute(db);
    await sql`create index contact_by_start on contact (tenant, started_at desc, contact_id desc)`.execute(db);
    await sql`create index contact_by_agent on contact (tenant, agent_id, started_at desc)`.execute(db);
    await sql`create index contact_by_customer on contact (tenant, customer_address, started_at desc)`.execute(db);
    await sql`create index contact_by_conversation on contact (tenant, conversation_id)`.execute(db);
    await sql`create index contact_open on contact (tenant, changed_at) where is_open`.execute(db);
    await sql`create index contact_by_change on contact (tenant, changed_at)`.execute(db);
    await sql`
      create table contact_fact (
        tenant text not null, contact_id text not null, sequence bigint not null, event_id text not null, type text not null, source text not null,
        happened_at timestamptz not null, body bytea not null, primary key (tenant, contact_id, sequence))`.execute(db);
  },
];

/** Any number that no other program locks with. */
const migrationLock = 0x70627263;

/** Brings the tables to today's shape; replicas that start together wait for one another. */
export async function migrate(db: Kysely<Database>): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(transaction);
    await sql`create table if not exists crm_migration (step int primary key, done_at timestamptz not null default now())`.execute(transaction);
    const { rows } = await sql<{ step: number }>`select step from crm_migration`.execute(transaction);
    const done = new Set(rows.map(({ step }) => step));
    for (const [step, run] of steps.entries()) {
      if (done.has(step)) continue;
      await run(transaction as unknown as Kysely<Database>);
      await sql`insert into crm_migration (step) values (${step})`.execute(transaction);
    }
  });
}
