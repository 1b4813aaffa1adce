import { SpanKind, TraceFlags } from '@opentelemetry/api';
import { contextOf, inSpan, linksTo, parseTraceparent, traceparentOf, tracer } from '@patchbay/runtime/spans';
import type { PlacedRecord } from './ports.ts';

/** Spans of one batch at most, the SDK's limit of links; those of a replay are many and nobody looks at them. */
const tracedAtMost = 128;

/** How many records each sampled writer's span has in a batch. */
function byWriter(records: readonly PlacedRecord[]): Map<string, number> {
  const writers = new Map<string, number>();
  for (const { attributes } of records) {
    const { traceparent } = attributes;
    const found = parseTraceparent(traceparent);
    if (traceparent === undefined || found === undefined || (found.traceFlags & TraceFlags.SAMPLED) === 0) continue;
    if (writers.has(traceparent) || writers.size < tracedAtMost) writers.set(traceparent, (writers.get(traceparent) ?? 0) + 1);
  }
  return writers;
}

/**
 * Stores a batch in a span that links to the writers of its facts, and gives each of these, in its own trace, a child
 * `store rows` that links back: so the way of a contact shows when its rows were there.
 */
export async function storeInTrace(records: readonly PlacedRecord[], store: () => Promise<void>): Promise<void> {
  const writers = byWriter(records);
  const attributes = { 'db.system.name': 'duckdb', 'db.operation.name': 'store', 'db.operation.batch.size': records.length };
  const links = linksTo(writers.keys());
  await inSpan('store batch', { kind: SpanKind.CLIENT, attributes, links }, async (batch) => {
    const startTime = new Date();
    await store();
    for (const [traceparent, stored] of writers) {
      const own = { 'db.system.name': 'duckdb', 'db.operation.name': 'store', 'db.operation.batch.size': stored };
      tracer().startSpan('store rows', { kind: SpanKind.CLIENT, startTime, attributes: own, links: linksTo([traceparentOf(batch)]) }, contextOf(traceparent)).end();
    }
  });
}
