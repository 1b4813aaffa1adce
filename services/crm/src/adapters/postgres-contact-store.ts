import { Contact, ContactStatus } from '@patchbay/contracts/crm/v1/contact_service';
import { AppError } from '@patchbay/runtime/app-error';
import type { Logger } from '@patchbay/runtime/logger';
import { Kysely, PostgresDialect, sql, type Selectable, type Transaction } from 'kysely';
import { Pool } from 'pg';
import { emptyRecord, type ContactRecord } from '../domain/contact-record.ts';
import { crmError } from '../errors.ts';
import type { ContactFilter, ContactStore, StoredFact } from '../ports.ts';
import { listenForChanges } from './change-listener.ts';
import { changeChannel, migrate, type ContactTable, type Database } from './schema.ts';

/** Runs a database call and gives its faults as CRM_DATABASE. */
async function guard<Value>(run: () => Promise<Value>): Promise<Value> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof AppError ? error : crmError('CRM_DATABASE', { cause: error });
  }
}

function toRecord(row: Selectable<ContactTable>): ContactRecord {
  const contact = Contact.decode(row.record);
  return { contact, openAssignments: row.open_assignments, openRequest: row.open_request, customer: contact.customer };
}

function toRow(tenant: string, { contact, openAssignments, openRequest, customer }: ContactRecord): Omit<ContactTable, 'changed_at'> {
  return {
    tenant,
    contact_id: contact.contactId,
    conversation_id: contact.conversationId,
    channel: contact.channel,
    queue: contact.queue,
    agent_id: contact.agentId,
    status: contact.status,
    customer_address: customer?.address ?? '',
    started_at: contact.startedAt ?? new Date(0),
    is_open: contact.status !== ContactStatus.CLOSED,
    record: Buffer.from(Contact.encode(contact).finish()),
    open_assignments: [...openAssignments],
    open_request: openRequest,
    last_sequence: String(contact.lastSequence),
  };
}

async function loadForUpdate(transaction: Transaction<Database>, tenant: string, contactId: string): Promise<ContactRecord> {
  const row = await transaction.selectFrom('contact').selectAll().where('tenant', '=', tenant).where('contact_id', '=', contactId).forUpdate().executeTakeFirst();
  return row === undefined ? emptyRecord(contactId) : toRecord(row);
}

async function save(transaction: Transaction<Database>, tenant: string, record: ContactRecord): Promise<void> {
  const row = toRow(tenant, record);
  await transaction
    .insertInto('contact')
    .values(row)
    .onConflict((conflict) => conflict.columns(['tenant', 'contact_id']).doUpdateSet({ ...row, changed_at: sql`clock_timestamp()` }))
    .execute();
  await sql`select pg_notify(${changeChannel}, ${`${tenant} ${row.contact_id}`})`.execute(transaction);
}

function filtered(db: Kysely<Database>, filter: ContactFilter) {
  let query = db.selectFrom('contact').selectAll().where('tenant', '=', filter.tenant);
  if (filter.statuses !== undefined && filter.statuses.length > 0) query = query.where('status', 'in', [...filter.statuses]);
  if (filter.channel !== undefined) query = query.where('channel', '=', filter.channel);
  if (filter.queue !== undefined) query = query.where('queue', '=', filter.queue);
  if (filter.agentId !== undefined) query = query.where('agent_id', '=', filter.agentId);
  if (filter.customerAddress !== undefined) query = query.where('customer_address', '=', filter.customerAddress);
  if (filter.conversationId !== undefined) query = query.where('conversation_id', '=', filter.conversationId);
  if (filter.startedFrom !== undefined) query = query.where('started_at', '>=', filter.startedFrom);
  if (filter.startedBefore !== undefined) query = query.where('started_at', '<', filter.startedBefore);
  if (filter.contactIds !== undefined && filter.contactIds.length > 0) query = query.where('contact_id', 'in', [...filter.contactIds]);
  if (filter.openOnly === true) query = query.where('is_open', '=', true);
  if (filter.changedFrom !== undefined) query = query.where('changed_at', '>=', filter.changedFrom);
  return query;
}

/** Keeps records in PostgreSQL; makes the tables when they are not there. */
export async function createPostgresContactStore(options: { url: string; poolSize: number; log: Logger }): Promise<ContactStore> {
  const pool = new Pool({ connectionString: options.url, max: options.poolSize, connectionTimeoutMillis: 5_000, statement_timeout: 15_000, query_timeout: 20_000 });
  // An idle connection that breaks is replaced; without a listener its error would end the process.
  pool.on('error', (error) => {
    options.log.warn('database connection broke', { error });
  });
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  await guard(() => migrate(db));
  const changes = listenForChanges({ url: options.url, log: options.log });
  return {
    fold: (facts, evolve) =>
      guard(() =>
        db.transaction().execute(async (transaction) => {
          const { tenant, key } = facts[0] as StoredFact;
          const before = await loadForUpdate(transaction, tenant, key);
          const after = facts.reduce(evolve, before);
          if (after === before) return before.contact;
          await transaction
            .insertInto('contact_fact')
            .values(facts.map(toFactRow))
            .onConflict((conflict) => conflict.doNothing())
            .execute();
          await save(transaction, tenant, after);
          return after.contact;
        }),
      ),
    get: (tenant, contactId) =>
      guard(async () => {
        const row = await db.selectFrom('contact').selectAll().where('tenant', '=', tenant).where('contact_id', '=', contactId).executeTakeFirst();
        return row === undefined ? undefined : toRecord(row);
      }),
    facts: (tenant, contactId) =>
      guard(async () => {
        const rows = await db.selectFrom('contact_fact').selectAll().where('tenant', '=', tenant).where('contact_id', '=', contactId).orderBy('sequence').execute();
        return rows.map((row) => ({ id: row.event_id, type: row.type, source: row.source, timeMs: row.happened_at.getTime(), sequence: Number(row.sequence), body: row.body }));
      }),
    list: (filter, limit, after) =>
      guard(async () => {
        let query = filtered(db, filter).orderBy('started_at', 'desc').orderBy('contact_id', 'desc').limit(limit);
        if (after !== undefined) query = query.where(sql<boolean>`(started_at, contact_id) < (${new Date(after.startedAtMs)}, ${after.contactId})`);
        return (await query.execute()).map((row) => toRecord(row).contact);
      }),
    now: () =>
      guard(async () => {
        const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
        return rows[0]?.now ?? new Date(0);
      }),
    onChange: changes.onChange,
    async close() {
      await changes.close();
      await db.destroy();
    },
  };
}

function toFactRow(fact: StoredFact) {
  return {
    tenant: fact.tenant,
    contact_id: fact.key,
    sequence: String(fact.sequence),
    event_id: fact.id,
    type: fact.type,
    source: fact.source,
    happened_at: new Date(fact.timeMs),
    body: Buffer.from(fact.body),
  };
}
