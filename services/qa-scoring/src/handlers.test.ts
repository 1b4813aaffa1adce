import { describe, expect, test } from '@jest/globals';
import type { Actor } from '@patchbay/bus/actor';
import type { AnyFact } from '@patchbay/bus/fact';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { ContactEnded, ContactStarted } from '@patchbay/contracts/contact/v1/contact_event';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { ContactScored } from '@patchbay/contracts/quality/v1/quality_event';
import { RecordingReady, TranscriptReady } from '@patchbay/contracts/recording/v1/recording_event';
import { TranscriptTurn } from '@patchbay/contracts/recording/v1/recording_service';
import { ContactAssigned } from '@patchbay/contracts/routing/v1/routing_event';
import { AppError } from '@patchbay/runtime/app-error';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { parseRuleSet } from './domain/parse-rule-set.ts';
import { createFactHandler, createListScores, type QaPorts } from './handlers.ts';

const startMs = Date.UTC(2026, 0, 5, 1, 0, 0);
const contactId = 'c1';

function factory() {
  let sequence = 0;
  return <Event>(codec: { $type: string; fromPartial(event: never): Event }, event: object, domain: string): AnyFact => {
    sequence += 1;
    return {
      id: `fact-${sequence}`,
      type: codec.$type,
      tenant: 'demo',
      domain,
      key: contactId,
      partition: 0,
      source: 'test',
      timeMs: startMs + sequence * 1_000,
      sequence,
      event: codec.fromPartial({ contactId, ...event } as never),
    } as unknown as AnyFact;
  };
}

function ruleSetOf(phrase: string) {
  const parsed = parseRuleSet({ version: 1, rules: [{ id: 'greet', scope: { speaker: 'agent' }, when: { any: [phrase] }, score: { points: 5 } }] });
  if ('faults' in parsed) throw new Error(parsed.faults.join('\n'));
  return parsed.ruleSet;
}

function createWorld(options: { agent?: boolean } = {}) {
  const fact = factory();
  const stored: AnyFact[] = [fact(ContactStarted, { channel: 'webchat' }, 'contact')];
  if (options.agent ?? true) stored.push(fact(ContactAssigned, { assignmentId: 'a', agentId: '1001', queue: 'billing' }, 'routing'));
  stored.push(fact(ContactEnded, { by: Party.CUSTOMER }, 'contact'));
  const transcript = fact(TranscriptReady, { transcriptId: 't1', object: { object: 'transcript' } }, 'recording');
  stored.push(transcript);
  const world = {
    fact,
    stored,
    transcript,
    turns: [TranscriptTurn.fromPartial({ speaker: 'agent', text: '您好', confidence: 1 })],
    scored: [] as ContactScored[],
    ruleSet: { name: 'default', revision: 3n, ruleSet: ruleSetOf('您好') },
    asked: [] as string[],
    appendFails: [] as AppError[],
  };
  const ports: QaPorts = {
    facts: {
      read: async () => [...stored],
      async appendScores({ scored, expectedSequence }) {
        const failure = world.appendFails.shift();
        if (failure !== undefined) throw failure;
        const last = stored.findLast((one) => one.domain === 'quality')?.sequence ?? 0;
        if (last !== expectedSequence) throw new AppError('BUS_STALE_WRITER', { status: 'aborted', meaning: '', remedy: '' });
        world.scored.push(...scored);
        for (const event of scored) stored.push(fact(ContactScored, event, 'quality'));
      },
    },
    sources: {
      async transcript(object) {
        if (object === 'gone') throw new AppError('BUS_OBJECT_UNKNOWN', { status: 'not_found', meaning: '', remedy: '' });
        return world.turns;
      },
      levels: async () => ({ left: new Int8Array(), right: new Int8Array() }),
    },
    centres: {
      ruleSetFor(tenant, queue) {
        world.asked.push(`${tenant}/${queue}`);
        return world.ruleSet;
      },
      timeZoneOf: () => 'Asia/Shanghai',
    },
    log: silentLogger,
    metrics: createMetrics('qa-test'),
  };
  return { ...world, world, ports, handle: createFactHandler(ports) };
}

describe('a transcript', () => {
  test('is scored for its agent by the rules of the queue, with their name and revision', async () => {
    const { handle, transcript, world } = createWorld();
    await handle(transcript);
    expect(world.asked).toEqual(['demo/billing']);
    expect(world.scored).toHaveLength(1);
    expect(world.scored[0]).toMatchObject({ contactId, agentId: '1001', queue: 'billing', sourceId: 't1', ruleSet: 'default', ruleSetRevision: 3n, scorePct: 100 });
  });

  test('that comes twice is scored once, also when the rules changed in between', async () => {
    const { handle, transcript, world } = createWorld();
    await handle(transcript);
    world.ruleSet = { name: 'default', revision: 4n, ruleSet: ruleSetOf('早上好') };
    await handle(transcript);
    expect(world.scored).toHaveLength(1);
  });

  test('keeps its score id when the append failed and it comes again', async () => {
    const first = createWorld();
    await first.handle(first.transcript);
    const second = createWorld();
    second.appendFails.push(new AppError('BUS_UNAVAILABLE', { status: 'unavailable', meaning: '', remedy: '' }));
    await expect(second.handle(second.transcript)).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    await second.handle(second.transcript);
    expect(second.world.scored.map((one) => one.scoreId)).toEqual(first.world.scored.map((one) => one.scoreId));
  });

  test('of a contact without an agent is not scored', async () => {
    const { handle, transcript, world } = createWorld({ agent: false });
    await handle(transcript);
    expect(world.scored).toEqual([]);
  });

  test('that was erased in the meantime is left', async () => {
    const { handle, fact, stored, world } = createWorld();
    const gone = fact(TranscriptReady, { transcriptId: 't2', object: { object: 'gone' } }, 'recording');
    stored.push(gone);
    await handle(gone);
    expect(world.scored).toEqual([]);
  });

  test('and a recording of one contact are two sources with two scores', async () => {
    const { handle, fact, stored, transcript, world } = createWorld();
    const parsed = parseRuleSet({ version: 1, rules: [{ id: 's', when: { acoustic: 'silence', gt_s: 10 }, expect: 'absent', score: { points: 5 } }] });
    if ('faults' in parsed) throw new Error(parsed.faults.join('\n'));
    await handle(transcript);
    const recording = fact(RecordingReady, { recordingId: 'r1', object: { object: 'wav' }, durationMs: 1_000n }, 'recording');
    stored.push(recording);
    world.ruleSet = { name: 'sound', revision: 1n, ruleSet: parsed.ruleSet };
    await handle(recording);
    expect(world.scored.map((one) => one.sourceId)).toEqual(['t1', 'r1']);
    expect(new Set(world.scored.map((one) => one.scoreId)).size).toBe(2);
  });
});

test('what no rule can judge has no score', async () => {
  const { handle, fact, stored, world } = createWorld();
  const recording = fact(RecordingReady, { recordingId: 'r1', object: { object: 'wav' }, durationMs: 1_000n }, 'recording');
  stored.push(recording);
  await handle(recording);
  expect(world.scored).toEqual([]);
});

describe('listing scores', () => {
  const actor = (roles: Role[], agent?: string): Actor => ({ subject: 'user:x', kind: 'user', roles, agent });

  async function list(who: Actor) {
    const { handle, transcript, ports } = createWorld();
    await handle(transcript);
    const response = await createListScores(ports)({ contactId }, { tenant: 'demo', actor: who });
    return response.scores.map(({ scored }) => scored?.agentId);
  }

  test('is for quality staff and leads, and for agents only of their own', async () => {
    expect(await list(actor([Role.QA]))).toEqual(['1001']);
    expect(await list(actor([Role.AGENT], '1001'))).toEqual(['1001']);
    expect(await list(actor([Role.AGENT], '1002'))).toEqual([]);
    await expect(list(actor([]))).rejects.toMatchObject({ code: 'QA_FORBIDDEN' });
  });

  test('needs a contact', async () => {
    const { ports } = createWorld();
    await expect(createListScores(ports)({ contactId: '' }, { tenant: 'demo', actor: actor([Role.QA]) })).rejects.toMatchObject({ code: 'QA_BAD_REQUEST' });
  });
});
