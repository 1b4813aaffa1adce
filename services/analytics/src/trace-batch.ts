import { SpanKind } from '@opentelemetry/api';
import { contextOf, inSpan, linksTo, parseTraceparent, traceparentOf, tracer } from '@patchbay/runtime/spans';
import type { PlacedRecord } from './ports.ts';

/** Traces of one batch that get a span of their own; those of a replay are many and nobody looks at them. */
const tracedAtMost = 128;

/** The last record of each sampled trace in a batch, and how many records it has there. */
function byTrace(records: readonly PlacedRecord[]): Map<string, { traceparent: string; records: number }> {
  const traces = new Map<string, { traceparent: string; records: number }>();
  for (const { attributes } of records) {
    const { traceparent } = attributes;
    const found = parseTraceparent(traceparent);
    if (traceparent === undefined || found === undefined || (found.traceFlags & 1) === 0) continue;
    const known = traces.get(found.traceId);
    if (known === undefined && traces.size >= tracedAtMost) continue;
    traces.set(found.traceId, { traceparent, records: (known?.records ?? 0) + 1 });
  }
  return traces;
}

/**
 * Stores a batch in a span that links to the traces in it, and ends each of these traces with a span `store rows` that
 * links back: so the way of a contact shows when its rows were there.
 */
export async function storeInTrace(records: readonly PlacedRecord[], store: () => Promise<void>): Promise<void> {
  const traces = byTrace(records);
  const attributes = { 'db.system.name': 'duckdb', 'db.operation.name': 'store', 'db.operation.batch.size': records.length };
  const links = linksTo([...traces.values()].map(({ traceparent }) => traceparent));
  await inSpan('store batch', { kind: SpanKind.CLIENT, attributes, links }, async (batch) => {
    const startTime = new Date();
    await store();
    for (const { traceparent, records: stored } of traces.values()) {
      const own = { 'db.system.name': 'duckdb', 'db.operation.name': 'store', 'db.operation.batch.size': stored };
      tracer().startSpan('store rows', { kind: SpanKind.CLIENT, startTime, attributes: own, links: linksTo([traceparentOf(batch)]) }, contextOf(traceparent)).end();
    }
  });
}
