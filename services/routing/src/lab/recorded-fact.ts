import type { EventType, eventTypes } from '@patchbay/contracts/event-types';

/** A fact of a contact, a request or an agent, as the stream or a simulation has it. */
export type RecordedFact = {
  [Type in EventType]: { readonly type: Type; readonly key: string; readonly timeMs: number; readonly event: ReturnType<(typeof eventTypes)[Type]['codec']['decode']> };
}[EventType];
