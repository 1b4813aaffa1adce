import { SlaKind, SlaOutcome } from '@patchbay/contracts/routing/v1/routing_event';
import { line, msOf, type Change, type FactHandlers, type Story } from './story.ts';
import type { PromiseKind, PromiseView } from './views.ts';

/** Kinds of promises by the number of their fact. */
export const promiseKinds: Record<number, PromiseKind> = { [SlaKind.FIRST_RESPONSE]: 'first_response', [SlaKind.NEXT_RESPONSE]: 'next_response', [SlaKind.RESOLUTION]: 'resolution' };

/** A promise as it stands from now on. */
function promised(story: Story, kind: number, next: (known: PromiseView | undefined) => Omit<PromiseView, 'kind'>): Change {
  const name = promiseKinds[kind];
  if (name === undefined) return {};
  const { promises } = story.view;
  const known = promises.find((promise) => promise.kind === name);
  return { view: { promises: [...promises.filter((promise) => promise !== known), { kind: name, ...next(known) }] } };
}

/** Facts of what customers were promised. */
export const promiseFacts: FactHandlers = {
  'patchbay.routing.v1.SlaStarted': (story, event) => promised(story, event.kind, () => ({ state: 'running', dueMs: msOf(event.dueAt) })),
  'patchbay.routing.v1.SlaChanged': (story, event) =>
    promised(story, event.kind, (known) => ({ state: known?.state === 'breached' ? 'breached' : event.running ? 'running' : 'paused', dueMs: msOf(event.dueAt) ?? (known?.state === 'breached' ? known.dueMs : null) })),
  'patchbay.routing.v1.SlaWarned': (story, event) => promised(story, event.kind, () => ({ state: 'at_risk', dueMs: msOf(event.dueAt) })),
  'patchbay.routing.v1.SlaBreached': (story, event, fact) => ({
    ...promised(story, event.kind, () => ({ state: 'breached', dueMs: fact.timeMs })),
    items: [line(fact, `sla_breached_${promiseKinds[event.kind] ?? 'resolution'}`, {})],
  }),
  'patchbay.routing.v1.SlaEnded': (story, event) => promised(story, event.kind, () => ({ state: event.outcome === SlaOutcome.MET ? 'met' : 'missed', dueMs: null })),
};
