/** A fact on its way to the warehouse. */
export interface LogRecord {
  /** Topic that carries it. */
  topic: string;
  /** 0 to 15; the same as on the bus. */
  partition: number;
  /** Key of the aggregate. */
  key: string;
  /** Stream sequence on the bus; rises within topic and partition. */
  sequence: number;
  /** CloudEvents attributes without prefix: id, type, source, time, subject, tenant, causationid; traceparent. */
  attributes: Readonly<Record<string, string>>;
  body: Uint8Array;
}

/** A record with its place in the log. */
export interface PlacedRecord extends LogRecord {
  /** Offset in topic and partition. */
  offset: number;
}

/** Next offset to read, by `<topic>/<partition>`. */
export type Offsets = ReadonlyMap<string, number>;

/** Name of a partition of a topic. */
export const placeOf = (topic: string, partition: number): string => `${topic}/${partition}`;

/** Takes batches of records in order of each partition; resolves when they are stored with their offsets. */
export type StoreBatch = (records: readonly PlacedRecord[]) => Promise<void>;

/** The log between bus and warehouse: Kafka, or the bus itself. */
export interface EventLog {
  readonly kind: 'kafka' | 'jetstream';
  /** Begins to feed `store` from these offsets on, for ever, over lost connections. */
  feed(from: () => Promise<Offsets>, store: StoreBatch): Promise<void>;
  /** Offset after the last record of each partition. */
  endOffsets(): Promise<Offsets>;
  stop(): Promise<void>;
}

/** One row of a query, as JSON values by column. */
export interface QueryResult {
  columns: { name: string; type: string }[];
  rows: unknown[][];
  truncated: boolean;
}

/** How far the warehouse is. */
export interface WarehouseProgress {
  offsets: Offsets;
  facts: number;
  duplicates: number;
  /** When rows were last stored, milliseconds since the Unix epoch; undefined before the first. */
  storedAtMs: number | undefined;
}

/** What is known of a queue, for its target. */
export interface QueueDimension {
  tenant: string;
  queue: string;
  title: string;
  targetSeconds: number;
  targetPct: number;
  shortAbandonSeconds: number;
}

/** Where rows live. */
export interface Warehouse {
  /** Stores facts and the offsets after them in one transaction; what was stored before changes nothing. */
  store: StoreBatch;
  progress(): Promise<WarehouseProgress>;
  putQueue(queue: QueueDimension): Promise<void>;
  putAgent(agent: { tenant: string; agentId: string; name: string; agentNo: string; team: string }): Promise<void>;
  /** Runs one SELECT over the tenant's rows; ANALYTICS_BAD_SQL for anything else. */
  query(sql: string, options: { tenant: string; maxRows: number; signal: AbortSignal }): Promise<QueryResult>;
  /** Runs a statement of our own with values. */
  read(sql: string, values: Record<string, string | number | null>): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}
