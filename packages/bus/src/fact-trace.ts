import { ROOT_CONTEXT, SpanKind, context, trace, type Attributes, type Context, type Link, type Span } from '@opentelemetry/api';
import { isUuid } from '@patchbay/runtime/ids';
import { activeTraceparent, contextOf, isSameTrace, linksTo, parseTraceparent, traceparentOf, tracer, type Traceparent } from '@patchbay/runtime/spans';
import { factsStream } from './subjects.ts';

/** What a fact says about its trace. */
export interface FactOrigin {
  readonly type: string;
  readonly key: string;
  /** The work that led to it; undefined for the active span. */
  readonly traceparent: Traceparent | undefined;
  /** The trace of its aggregate; undefined where the aggregate has none. */
  readonly home: Traceparent | undefined;
}

/** Facts of one append that stand in the same place of the same trace. */
interface Group {
  readonly parent: Context;
  readonly links: Link[];
  readonly facts: number[];
}

const eventsTemplate = 'evt.{tenant}.{domain}.{partition}.{key}';

/** Attributes of spans about messages on the bus (OpenTelemetry semantic conventions, messaging). */
export function messagingAttributes(operation: 'create' | 'send' | 'process', rest: Attributes = {}): Attributes {
  return { 'messaging.system': 'nats', 'messaging.operation.name': operation, 'messaging.operation.type': operation, ...rest };
}

/** The contact that a message is about; nothing for other aggregates, whose keys may be names. */
export function contactAttribute(key: string): Attributes {
  return isUuid(key) ? { 'messaging.message.conversation_id': key } : {};
}

/**
 * A fact belongs to the trace of its aggregate. What led to it from within that trace is its parent; what led to it from
 * elsewhere, e.g. the click of an agent, is linked.
 */
function placeOf({ traceparent, home }: FactOrigin): { parent: Traceparent | undefined; link: Traceparent | undefined } {
  const cause = traceparent ?? activeTraceparent();
  if (parseTraceparent(home) === undefined || isSameTrace(home, cause)) return { parent: cause, link: undefined };
  return { parent: home, link: cause };
}

function groupByPlace(facts: readonly FactOrigin[]): Group[] {
  const groups = new Map<string, Group>();
  for (const [index, fact] of facts.entries()) {
    const { parent, link } = placeOf(fact);
    const key = `${parent ?? ''} ${link ?? ''}`;
    const group = groups.get(key) ?? { parent: contextOf(parent), links: linksTo([link]), facts: [] };
    group.facts.push(index);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function nameOf(operation: 'create' | 'send', facts: readonly FactOrigin[]): string {
  return `${operation} ${facts.length === 1 ? (facts[0]?.type ?? '') : 'batch'}`;
}

function attributesOf(operation: 'create' | 'send', facts: readonly FactOrigin[]): Attributes {
  const keys = new Set(facts.map(({ key }) => key));
  const [key = ''] = keys;
  return messagingAttributes(operation, {
    'messaging.destination.name': factsStream,
    'messaging.destination.template': eventsTemplate,
    ...(facts.length > 1 ? { 'messaging.batch.message_count': facts.length } : {}),
    ...(keys.size === 1 ? contactAttribute(key) : {}),
  });
}

/** The span of an append, and what goes into each fact's header. */
export interface AppendTrace {
  readonly span: Span;
  /** Context in which to talk to the server. */
  readonly context: Context;
  /** By place of the fact. */
  readonly traceparents: readonly (Traceparent | undefined)[];
}

/**
 * Begins the span of an append. Facts of one place share the span `send`; where an append holds facts of several traces
 * (routing stores what many contacts brought), each place has a span `create` in its own trace, and `send` links to them.
 */
export function traceAppend(facts: readonly FactOrigin[]): AppendTrace {
  const groups = groupByPlace(facts);
  const [only] = groups;
  const options = { kind: SpanKind.PRODUCER, attributes: attributesOf('send', facts) };
  if (only !== undefined && groups.length === 1) {
    const span = tracer().startSpan(nameOf('send', facts), { ...options, links: only.links }, only.parent);
    const traceparent = traceparentOf(span);
    return { span, context: trace.setSpan(only.parent, span), traceparents: facts.map(() => traceparent) };
  }
  const traceparents: (Traceparent | undefined)[] = [];
  for (const group of groups) {
    const own = group.facts.map((index) => facts[index] as FactOrigin);
    const span = tracer().startSpan(nameOf('create', own), { kind: SpanKind.PRODUCER, attributes: attributesOf('create', own), links: group.links }, group.parent);
    const traceparent = traceparentOf(span);
    for (const index of group.facts) traceparents[index] = traceparent;
    span.end();
  }
  const active = trace.getActiveSpan() === undefined ? ROOT_CONTEXT : context.active();
  const span = tracer().startSpan(nameOf('send', facts), { ...options, links: linksTo(new Set(traceparents)) }, active);
  return { span, context: trace.setSpan(active, span), traceparents };
}
