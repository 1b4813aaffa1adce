import { describe, expect, test } from '@jest/globals';
import { serviceActor } from '@patchbay/bus/actor';
import type { AnyFact } from '@patchbay/bus/fact';
import { AppError } from '@patchbay/runtime/app-error';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { createEventService } from './event-service.ts';
import type { EventSource, FactWatch } from './ports.ts';
import { createResumeTokens } from './resume-token.ts';

const tokens = createResumeTokens(Buffer.alloc(32));

function fact(sequence: number, type: AnyFact['type'] = 'patchbay.agent.v1.AgentSignedIn'): AnyFact {
  return { id: `id-${sequence}`, type, tenant: 'demo', domain: 'agent', key: '1001', partition: 0, source: 'routing', timeMs: 0, sequence, causationId: undefined, traceparent: undefined, event: { agentId: '1001', epoch: 0n } } as unknown as AnyFact;
}

function setUp(options: { facts?: AnyFact[]; first?: number; last?: number } = {}) {
  const clock = createFakeClock();
  const watches: FactWatch[] = [];
  const replayed: number[] = [];
  const letters = [1, 2, 3].map((sequence) => ({ sequence, service: 'crm', type: 't', tenant: 'demo', subject: 's', code: 'C', timeMs: 0, deliveries: 8, eventId: 'e' }));
  const source: EventSource = {
    async *watch(watch) {
      watches.push(watch);
      yield* options.facts ?? [];
      await new Promise<void>((resolve) => {
        if (watch.signal.aborted) resolve();
        watch.signal.addEventListener('abort', () => { resolve(); });
      });
    },
    range: async () => ({ first: options.first ?? 1, last: options.last ?? 100 }),
    deadLetters: async ({ tenant }) => (tenant === 'demo' ? letters : []),
    replay: async (chosen) => {
      replayed.push(...chosen.map((letter) => letter.sequence));
      return chosen.length;
    },
  };
  const service = createEventService({ source, tokens, clock, beatEveryMs: 10_000 });
  const abort = new AbortController();
  const context = (tenant = 'demo') => ({ tenant, actor: serviceActor('test'), signal: abort.signal });
  const watch = (request: { types?: string[]; key?: string; resumeToken?: string } = {}) => service.watchEvents({ types: [], key: '', resumeToken: '', ...request }, context())[Symbol.asyncIterator]();
  return { clock, watches, replayed, service, context, watch, abort };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return AppError.from(await promise.then(() => new Error('it was done'), (error: unknown) => error)).code;
}

describe('watching events', () => {
  test('begins after the last fact there is, with a token at once', async () => {
    const { watch, watches } = setUp({ facts: [fact(101)] });
    const seen = watch();
    expect((await seen.next()).value).toEqual({ fact: undefined, resumeToken: tokens.sign('demo', 100) });
    expect((await seen.next()).value).toMatchObject({ fact: { eventId: 'id-101', sequence: 101n, type: 'patchbay.agent.v1.AgentSignedIn' }, resumeToken: tokens.sign('demo', 101) });
    expect(watches[0]).toMatchObject({ tenant: 'demo', fromSequence: 101 });
  });

  test('goes on after the place of a token', async () => {
    const { watch, watches } = setUp();
    const seen = watch({ resumeToken: tokens.sign('demo', 42) });
    await seen.next();
    void seen.next();
    await Promise.resolve();
    expect(watches[0]).toMatchObject({ fromSequence: 43 });
  });

  test('gives a sign of life with a fresh token while nothing of interest happens', async () => {
    const { watch, clock } = setUp({ facts: [fact(101), fact(102)] });
    const seen = watch({ types: ['patchbay.agent.v1.AgentSignedOut'] });
    await seen.next();
    const next = seen.next();
    await clock.advanceAsync(10_000);
    expect((await next).value).toEqual({ fact: undefined, resumeToken: tokens.sign('demo', 102) });
  });

  test('takes whole packages of types', async () => {
    const { watch, watches } = setUp({ facts: [fact(101), fact(102, 'patchbay.routing.v1.ContactQueued')] });
    const seen = watch({ types: ['patchbay.agent.v1.*'] });
    await seen.next();
    expect((await seen.next()).value).toMatchObject({ fact: { sequence: 101n } });
    expect(watches[0]?.domains).toEqual(['agent']);
  });

  test.each([
    ['a token that is older than the stream', { resumeToken: tokens.sign('demo', 8) }, 'RESUME_TOKEN_EXPIRED'],
    ['a token of a stream that was lost', { resumeToken: tokens.sign('demo', 101) }, 'RESUME_TOKEN_EXPIRED'],
    ['a token of another tenant', { resumeToken: tokens.sign('other', 50) }, 'API_BAD_RESUME_TOKEN'],
    ['a type that there is not', { types: ['patchbay.agent.v1.Nothing'] }, 'API_BAD_FIELD'],
  ])('%s is refused', async (_what, request, code) => {
    const { watch } = setUp({ first: 10 });
    expect(await codeOf(watch(request).next())).toBe(code);
  });

  test('ends when the reader goes away', async () => {
    const { watch, abort } = setUp();
    const seen = watch();
    await seen.next();
    const next = seen.next();
    abort.abort();
    expect((await next).done).toBe(true);
  });
});

describe('dead letters', () => {
  test('are handed over again by their numbers or all of a service, and only the tenant’s own', async () => {
    const { service, context, replayed } = setUp();
    expect(await service.replayDeadLetters({ sequences: [2n, 9n], service: '' }, context())).toEqual({ replayed: 1 });
    expect(await service.replayDeadLetters({ sequences: [], service: 'crm' }, context())).toEqual({ replayed: 3 });
    expect(await service.replayDeadLetters({ sequences: [1n], service: '' }, context('other'))).toEqual({ replayed: 0 });
    expect(replayed).toEqual([2, 1, 2, 3]);
  });

  test('are not all replayed by an empty request', async () => {
    const { service, context } = setUp();
    expect(await codeOf(service.replayDeadLetters({ sequences: [], service: '' }, context()))).toBe('API_BAD_FIELD');
  });
});
