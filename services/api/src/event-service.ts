import type { DeadLetter as StoredLetter } from '@patchbay/bus/dead-letters';
import { type AnyFact, isEventType } from '@patchbay/bus/fact';
import type { RpcImplementation } from '@patchbay/bus/rpc-server';
import { type Domain, domains } from '@patchbay/bus/subjects';
import { eventTypes, type EventType } from '@patchbay/contracts/event-types';
import type { Fact } from '@patchbay/contracts/crm/v1/contact_service';
import type { DeadLetter, EventServiceDefinition, WatchEventsResponse } from '@patchbay/contracts/event/v1/event_service';
import type { Clock } from '@patchbay/runtime/clock';
import { apiError } from './errors.ts';
import type { EventSource } from './ports.ts';
import type { ResumeTokens } from './resume-token.ts';
import { withBeats } from './with-beats.ts';

export interface EventParts {
  source: EventSource;
  tokens: ResumeTokens;
  clock: Clock;
  /** A sign of life is given when nothing happened for so long, milliseconds. */
  beatEveryMs: number;
}

/** Dead letters that one replay without sequences takes at most. */
const mostReplayed = 10_000;

/** Types that are asked for: full names, or all of a package by `patchbay.routing.v1.*`. */
function selectTypes(asked: readonly string[]): { types: ReadonlySet<string>; domains: readonly Domain[] } {
  const all = Object.keys(eventTypes) as EventType[];
  const fits = (type: string, wanted: string) => (wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted);
  for (const wanted of asked) {
    if (!all.some((type) => fits(type, wanted))) throw apiError('API_BAD_FIELD', { details: { types: `no fact type is called ${wanted}` } });
  }
  const chosen = asked.length === 0 ? all : all.filter((type) => asked.some((wanted) => fits(type, wanted)));
  return { types: new Set(chosen), domains: asked.length === 0 ? domains : [...new Set(chosen.map((type) => eventTypes[type].domain))] };
}

function toFact(fact: AnyFact): Fact {
  const toJson = eventTypes[fact.type].codec.toJSON as (event: unknown) => unknown;
  return {
    eventId: fact.id,
    type: fact.type,
    time: new Date(fact.timeMs),
    source: fact.source,
    sequence: BigInt(fact.sequence),
    json: JSON.stringify(toJson(fact.event)),
  };
}

function toDeadLetter({ sequence, service, type, subject, code, timeMs, deliveries, eventId }: StoredLetter): DeadLetter {
  return { sequence: BigInt(sequence), service, type, subject, code, time: Number.isNaN(timeMs) ? undefined : new Date(timeMs), deliveries, eventId };
}

/** Where a watch begins: after the token's place, or after the last fact there is. */
async function startOf(parts: EventParts, tenant: string, resumeToken: string): Promise<number> {
  const { first, last } = await parts.source.range();
  if (resumeToken === '') return last;
  const sequence = parts.tokens.read(tenant, resumeToken);
  // A place beyond the end is one of a stream that was made anew since.
  if (sequence + 1 < first || sequence > last) throw apiError('RESUME_TOKEN_EXPIRED', { details: { resume: 'watch again without a token' } });
  return sequence;
}

/** EventService. Reading changes nothing; a replayed dead letter that was handled already is gone from the list. */
export function createEventService(parts: EventParts): RpcImplementation<typeof EventServiceDefinition> {
  const { source, tokens, clock } = parts;
  return {
    async *watchEvents(request, { tenant, signal }) {
      const { types, domains: watched } = selectTypes(request.types);
      let place = await startOf(parts, tenant, request.resumeToken);
      const response = (fact: Fact | undefined): WatchEventsResponse => ({ fact, resumeToken: tokens.sign(tenant, place) });
      // The first sign of life says that everything from here on will come.
      yield response(undefined);
      const facts = source.watch({ tenant, domains: watched, key: request.key === '' ? undefined : request.key, fromSequence: place + 1, signal });
      for await (const fact of withBeats(facts, { everyMs: parts.beatEveryMs, clock })) {
        if (fact === undefined) yield response(undefined);
        else {
          place = fact.sequence;
          if (isEventType(fact.type) && types.has(fact.type)) yield response(toFact(fact));
        }
      }
    },
    async listDeadLetters({ service, pageSize }, { tenant }) {
      if (pageSize < 0 || pageSize > 500) throw apiError('API_BAD_FIELD', { details: { pageSize: 'must be 1 to 500, or 0 for 100' } });
      const letters = await source.deadLetters({ tenant, service: service === '' ? undefined : service, limit: pageSize === 0 ? 100 : pageSize });
      return { deadLetters: letters.map(toDeadLetter) };
    },
    async replayDeadLetters({ sequences, service }, { tenant }) {
      if (sequences.length === 0 && service === '') throw apiError('API_BAD_FIELD', { details: { service: 'name the service, or the letters' } });
      // Read through the list, so that no tenant replays another's.
      const letters = await source.deadLetters({ tenant, service: service === '' ? undefined : service, limit: mostReplayed });
      const wanted = new Set(sequences.map(Number));
      return { replayed: await source.replay(sequences.length === 0 ? letters : letters.filter(({ sequence }) => wanted.has(sequence))) };
    },
  };
}
