/**
 * The warehouse's tables, one SQL dialect for DuckDB; docs/reference/warehouse.md is generated from the comments.
 * Times are UTC. Rows are merged so that facts may come in any order between domains: each column is written by one kind
 * of fact.
 */
export const tables: readonly string[] = [
  `create table if not exists event (event_id varchar, tenant varchar, type varchar, domain varchar, key varchar, source varchar, occurred_at timestamp, stream_sequence bigint, partition integer, causation_id varchar, trace_id varchar, body json)`,
  `create table if not exists log_offset (place varchar primary key, next_offset bigint, last_sequence bigint)`,
  `create table if not exists feed_counter (name varchar primary key, value bigint)`,
  `create table if not exists dim_queue (tenant varchar, queue varchar, title varchar, target_seconds integer, target_pct double, short_abandon_seconds integer, primary key (tenant, queue))`,
  `create table if not exists dim_agent (tenant varchar, agent_id varchar, name varchar, agent_no varchar, team varchar, primary key (tenant, agent_id))`,
  `create table if not exists contact_fact (contact_id varchar primary key, tenant varchar, conversation_id varchar, channel varchar, direction varchar, entry_point varchar, started_at timestamp, connected_at timestamp, ended_at timestamp, ended_by varchar, end_reason varchar)`,
  `create table if not exists request_fact (request_id varchar primary key, tenant varchar, contact_id varchar, queue varchar, channel varchar, enqueued_at timestamp, answered_at timestamp, waited_ms bigint, agent_id varchar, assignment_id varchar, abandoned_at timestamp, abandon_waited_ms bigint, short_abandon boolean, other_end varchar, other_end_at timestamp)`,
  `create table if not exists offer_fact (offer_id varchar primary key, tenant varchar, contact_id varchar, request_id varchar, agent_id varchar, queue varchar, channel varchar, offered_at timestamp, outcome varchar, ended_at timestamp)`,
  `create table if not exists assignment_fact (assignment_id varchar primary key, tenant varchar, contact_id varchar, agent_id varchar, queue varchar, assigned_at timestamp, wrap_up_started_at timestamp, closed_at timestamp, handled_ms bigint, wrap_up_ms bigint, disposition varchar, closed_by varchar)`,
  `create table if not exists message_fact (message_id varchar primary key, tenant varchar, contact_id varchar, direction varchar, agent_id varchar, happened_at timestamp, outcome varchar)`,
  `create table if not exists agent_state_fact (event_id varchar primary key, tenant varchar, agent_id varchar, state varchar, reason varchar, since timestamp, changed_by varchar)`,
  `create table if not exists agent_slot_fact (event_id varchar primary key, tenant varchar, agent_id varchar, slot varchar, state varchar, contact_id varchar, since timestamp)`,
  `create table if not exists score_fact (score_id varchar primary key, tenant varchar, contact_id varchar, agent_id varchar, queue varchar, rule_set varchar, rule_set_revision bigint, score_pct double, raw_score_pct double, scored_at timestamp)`,
  `create table if not exists sla_fact (event_id varchar primary key, tenant varchar, contact_id varchar, kind varchar, policy varchar, queue varchar, outcome varchar, used_ms bigint, limit_ms bigint, ended_at timestamp)`,
  `create table if not exists recording_fact (recording_id varchar primary key, tenant varchar, contact_id varchar, outcome varchar, duration_ms bigint, gap_ms bigint, ready_at timestamp)`,
];

/** Columns of a fact's JSON. */
const text = (path: string) => `coalesce(body->>'$.${path}', '')`;
const number = (path: string) => `coalesce(try_cast(body->>'$.${path}' as bigint), 0)`;
const decimal = (path: string) => `coalesce(try_cast(body->>'$.${path}' as double), 0)`;
const time = (path: string) => `try_cast(replace(replace(body->>'$.${path}', 'T', ' '), 'Z', '') as timestamp)`;
const enumName = (path: string, prefix: string) => `lower(replace(coalesce(body->>'$.${path}', ''), '${prefix}', ''))`;

interface Merge {
  table: string;
  key: string;
  types: readonly string[];
  /** Key in the fact's JSON, or a column of the event. */
  keyFrom: string;
  columns: Readonly<Record<string, string>>;
}

const byContact = { tenant: 'tenant', contact_id: 'key' };

/** How facts become rows: columns by fact type; the first row of a key in a batch wins within the batch, the table keeps what it has. */
const merges: readonly Merge[] = [
  {
    table: 'contact_fact',
    key: 'contact_id',
    types: ['ContactStarted'],
    keyFrom: 'key',
    columns: { tenant: 'tenant', conversation_id: text('conversationId'), channel: text('channel'), direction: enumName('direction', 'DIRECTION_'), entry_point: text('entryPoint'), started_at: 'occurred_at' },
  },
  { table: 'contact_fact', key: 'contact_id', types: ['ContactConnected'], keyFrom: 'key', columns: { tenant: 'tenant', connected_at: 'occurred_at' } },
  {
    table: 'contact_fact',
    key: 'contact_id',
    types: ['ContactEnded'],
    keyFrom: 'key',
    columns: { tenant: 'tenant', ended_at: 'occurred_at', ended_by: enumName('by', 'PARTY_'), end_reason: enumName('reason', 'END_REASON_') },
  },
  {
    table: 'request_fact',
    key: 'request_id',
    types: ['ContactQueued'],
    keyFrom: text('requestId'),
    columns: { ...byContact, queue: text('queue'), channel: text('channel'), enqueued_at: `coalesce(${time('enqueuedAt')}, occurred_at)` },
  },
  {
    table: 'request_fact',
    key: 'request_id',
    types: ['ContactAssigned'],
    keyFrom: text('requestId'),
    columns: { ...byContact, answered_at: 'occurred_at', waited_ms: number('waitedMs'), agent_id: text('agentId'), assignment_id: text('assignmentId') },
  },
  {
    table: 'request_fact',
    key: 'request_id',
    types: ['ContactAbandoned'],
    keyFrom: text('requestId'),
    columns: { ...byContact, abandoned_at: 'occurred_at', abandon_waited_ms: number('waitedMs'), short_abandon: `coalesce(try_cast(body->>'$.shortAbandon' as boolean), false)` },
  },
  {
    table: 'request_fact',
    key: 'request_id',
    types: ['ContactRefused', 'RoutingExpired', 'RoutingClosed', 'CallBackScheduled'],
    keyFrom: text('requestId'),
    columns: { ...byContact, other_end: 'type', other_end_at: 'occurred_at' },
  },
  {
    table: 'offer_fact',
    key: 'offer_id',
    types: ['ContactOffered'],
    keyFrom: text('offerId'),
    columns: { ...byContact, request_id: text('requestId'), agent_id: text('agentId'), queue: text('queue'), channel: text('channel'), offered_at: 'occurred_at' },
  },
  {
    table: 'offer_fact',
    key: 'offer_id',
    types: ['ContactAssigned', 'OfferRejected', 'OfferMissed', 'OfferCancelled', 'OfferFailed'],
    keyFrom: text('offerId'),
    columns: { ...byContact, outcome: `case type when 'ContactAssigned' then 'accepted' else lower(replace(type, 'Offer', '')) end`, ended_at: 'occurred_at' },
  },
  {
    table: 'assignment_fact',
    key: 'assignment_id',
    types: ['ContactAssigned'],
    keyFrom: text('assignmentId'),
    columns: { ...byContact, agent_id: text('agentId'), queue: text('queue'), assigned_at: 'occurred_at' },
  },
  { table: 'assignment_fact', key: 'assignment_id', types: ['WrapUpStarted'], keyFrom: text('assignmentId'), columns: { ...byContact, wrap_up_started_at: 'occurred_at' } },
  {
    table: 'assignment_fact',
    key: 'assignment_id',
    types: ['AssignmentClosed'],
    keyFrom: text('assignmentId'),
    columns: {
      ...byContact,
      closed_at: 'occurred_at',
      handled_ms: number('handledMs'),
      wrap_up_ms: number('wrapUpMs'),
      disposition: text('disposition'),
      closed_by: enumName('closedBy', 'CLOSED_BY_'),
    },
  },
  {
    table: 'message_fact',
    key: 'message_id',
    types: ['MessageReceived', 'MessageSent'],
    keyFrom: text('messageId'),
    columns: { ...byContact, direction: `case type when 'MessageReceived' then 'inbound' else 'outbound' end`, agent_id: text('agentId'), happened_at: 'occurred_at', outcome: `case type when 'MessageReceived' then 'received' else 'sent' end` },
  },
  {
    table: 'message_fact',
    key: 'message_id',
    types: ['MessageFailed', 'MessageExpired', 'MessageOutcomeUnknown'],
    keyFrom: text('messageId'),
    columns: { ...byContact, direction: `'outbound'`, happened_at: 'occurred_at', outcome: `lower(replace(type, 'Message', ''))` },
  },
  {
    table: 'agent_state_fact',
    key: 'event_id',
    types: ['AgentStateChanged', 'AgentSignedOut'],
    keyFrom: 'event_id',
    columns: {
      tenant: 'tenant',
      agent_id: 'key',
      state: `case type when 'AgentSignedOut' then 'signed_out' else ${enumName('state', 'AGENT_STATE_')} end`,
      reason: text('reason'),
      since: `coalesce(${time('since')}, occurred_at)`,
      changed_by: enumName('by', 'CHANGED_BY_'),
    },
  },
  {
    table: 'agent_slot_fact',
    key: 'event_id',
    types: ['AgentSlotChanged'],
    keyFrom: 'event_id',
    columns: { tenant: 'tenant', agent_id: 'key', slot: text('slot'), state: enumName('state', 'SLOT_STATE_'), contact_id: text('contactId'), since: `coalesce(${time('since')}, occurred_at)` },
  },
  {
    table: 'score_fact',
    key: 'score_id',
    types: ['ContactScored'],
    keyFrom: text('scoreId'),
    columns: {
      ...byContact,
      agent_id: text('agentId'),
      queue: text('queue'),
      rule_set: text('ruleSet'),
      rule_set_revision: number('ruleSetRevision'),
      score_pct: decimal('scorePct'),
      raw_score_pct: decimal('rawScorePct'),
      scored_at: 'occurred_at',
    },
  },
  {
    table: 'sla_fact',
    key: 'event_id',
    types: ['SlaEnded'],
    keyFrom: 'event_id',
    columns: {
      ...byContact,
      kind: enumName('kind', 'SLA_KIND_'),
      policy: text('policy'),
      queue: text('queue'),
      outcome: enumName('outcome', 'SLA_OUTCOME_'),
      used_ms: number('usedMs'),
      limit_ms: number('limitMs'),
      ended_at: 'occurred_at',
    },
  },
  {
    table: 'recording_fact',
    key: 'recording_id',
    types: ['RecordingReady', 'RecordingFailed'],
    keyFrom: text('recordingId'),
    columns: { ...byContact, outcome: `lower(replace(type, 'Recording', ''))`, duration_ms: number('durationMs'), gap_ms: number('gapMs'), ready_at: 'occurred_at' },
  },
];

function mergeStatement({ table, key, types, keyFrom, columns }: Merge): string {
  const names = Object.keys(columns);
  const picked = names.map((name) => `arg_min(${columns[name]}, stream_sequence)`);
  const kept = names.map((name) => `${name} = coalesce(${table}.${name}, excluded.${name})`);
  const list = types.map((type) => `'${type}'`).join(', ');
  return `insert into ${table} (${key}, ${names.join(', ')}) select ${keyFrom}, ${picked.join(', ')} from staged where type in (${list}) and ${keyFrom} <> '' group by 1 on conflict (${key}) do update set ${kept.join(', ')}`;
}

const statements = merges.map((merge) => ({ types: merge.types, statement: mergeStatement(merge) }));

/**
 * Statements that merge the rows of `staged` into the star, to be run in one transaction.
 * @param types of the facts that are staged: one that merges none of them costs its time all the same
 */
export function mergeStatements(types: ReadonlySet<string>): string[] {
  return ['insert into event select * from staged', ...statements.filter((one) => one.types.some((type) => types.has(type))).map(({ statement }) => statement)];
}

/** Views that people and KPIs read. */
export const views: readonly string[] = [
  `create or replace view agent_state_interval as select tenant, agent_id, state, reason, changed_by, since as from_at, coalesce(lead(since) over (partition by tenant, agent_id order by since, event_id), now()::timestamp) as to_at from agent_state_fact`,
  `create or replace view request_outcome as select r.*, case when answered_at is not null then 'answered' when abandoned_at is not null then 'abandoned' when other_end is not null then 'other' else 'open' end as outcome, coalesce(q.target_seconds, 20) as target_seconds, coalesce(q.title, r.queue) as queue_title from request_fact r left join dim_queue q using (tenant, queue)`,
  `create or replace view sla_kept as select tenant, policy, kind, queue, ended_at::date as day, count(*) as promises, count(*) filter (outcome = 'met') as kept, 100.0 * count(*) filter (outcome = 'met') / count(*) as kept_pct from sla_fact where outcome <> 'moved' group by all`,
];
