import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { contextOf } from '@patchbay/runtime/spans';
import { traceAppend, type FactOrigin } from './fact-trace.ts';

const header = (traceDigit: string, spanDigit: string) => `00-${traceDigit.repeat(32)}-${spanDigit.repeat(16)}-01`;
const [contactTrace, otherContact, click] = [header('a', '1'), header('b', '1'), header('c', '1')];
const names = new Map(['a', 'b', 'c'].map((digit) => [digit.repeat(32), digit]));
const nameOf = (traceId: string | undefined) => names.get(traceId ?? '') ?? 'new';
const exporter = new InMemorySpanExporter();

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
});
afterEach(() => {
  exporter.reset();
  trace.disable();
  context.disable();
});

const fact = (fields: Partial<FactOrigin>): FactOrigin => ({ type: 'patchbay.routing.v1.ContactQueued', key: 'k', traceparent: undefined, home: undefined, ...fields });

/** Appends in the active span of a header; gives where the spans stand, and the headers of the facts. */
function append(facts: readonly FactOrigin[], active?: string) {
  const traced = context.with(contextOf(active), () => traceAppend(facts));
  traced.span.end();
  const place = (span: ReadableSpan) => ({
    name: span.name,
    trace: nameOf(span.spanContext().traceId),
    parent: span.parentSpanContext?.spanId[0],
    links: span.links.map((link) => nameOf(link.context.traceId)),
  });
  return { spans: exporter.getFinishedSpans().map(place), traces: traced.traceparents.map((traceparent) => nameOf(traceparent?.split('-')[1])) };
}

describe('the trace of an append', () => {
  test('goes on in the active one when the aggregate has none, or it is the same', () => {
    expect(append([fact({})], click).spans).toEqual([{ name: 'send patchbay.routing.v1.ContactQueued', trace: 'c', parent: '1', links: [] }]);
    exporter.reset();
    expect(append([fact({ home: contactTrace })], header('a', '2')).spans).toEqual([{ name: 'send patchbay.routing.v1.ContactQueued', trace: 'a', parent: '2', links: [] }]);
  });

  test('is that of the contact when an agent did it, with a link to the click', () => {
    const { spans, traces } = append([fact({ home: contactTrace }), fact({ home: contactTrace })], click);
    expect(spans).toEqual([{ name: 'send batch', trace: 'a', parent: '1', links: ['c'] }]);
    expect(traces).toEqual(['a', 'a']);
  });

  test('is that of the contact when nobody did it', () => {
    expect(append([fact({ home: contactTrace })]).spans).toEqual([{ name: 'send patchbay.routing.v1.ContactQueued', trace: 'a', parent: '1', links: [] }]);
  });

  test('of several contacts has a span in each, which the sending links to', () => {
    const { spans, traces } = append([fact({ home: contactTrace }), fact({ home: otherContact, traceparent: click }), fact({ home: contactTrace })]);
    expect(spans).toEqual([
      { name: 'create batch', trace: 'a', parent: '1', links: [] },
      { name: 'create patchbay.routing.v1.ContactQueued', trace: 'b', parent: '1', links: ['c'] },
      { name: 'send batch', trace: 'new', parent: undefined, links: ['a', 'b'] },
    ]);
    expect(traces).toEqual(['a', 'b', 'a']);
  });
});
