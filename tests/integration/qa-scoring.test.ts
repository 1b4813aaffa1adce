import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Actor } from '@patchbay/bus/actor';
import { appendFacts, newFact } from '@patchbay/bus/append-facts';
import type { BusConnection } from '@patchbay/bus/connection';
import { listDeadLetters, replayDeadLetters } from '@patchbay/bus/dead-letters';
import { openKv } from '@patchbay/bus/kv';
import { openObjects } from '@patchbay/bus/objects';
import { readFacts } from '@patchbay/bus/read-facts';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { Queue, Resource, Role, RuleSet, Tenant } from '@patchbay/contracts/directory/v1/resource';
import { RuleOutcome, type ContactScored } from '@patchbay/contracts/quality/v1/quality_event';
import { QualityServiceDefinition } from '@patchbay/contracts/quality/v1/quality_service';
import { RecordingReady, TranscriptReady } from '@patchbay/contracts/recording/v1/recording_event';
import { startQaScoring } from '@patchbay/qa-scoring/service';
import { startRecording } from '@patchbay/recording/service';
import { toneChunks } from '@patchbay/recording/testing/tones';
import { systemClock } from '@patchbay/runtime/clock';
import { createReadiness } from '@patchbay/runtime/health-server';
import { createIdSource } from '@patchbay/runtime/ids';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { connectTestBus } from '@patchbay/testkit/bus';
import { eventually } from '@patchbay/testkit/eventually';
import { startNats, type TestNats } from '@patchbay/testkit/real-nats';
import { createContactWriter } from '../support/recorded-contact.ts';

const ids = createIdSource();
const tenant = 'demo';
const quality: Actor = { subject: 'user:qa', kind: 'user', roles: [Role.QA] };
let nats: TestNats;
let bus: BusConnection;
const cleanups: (() => Promise<unknown> | void)[] = [];

beforeAll(async () => {
  nats = await startNats();
  bus = await connectTestBus(nats.url, 'web-chat');
  await apply('Tenant', tenant, 1n, { $case: 'tenant', value: Tenant.fromPartial({ timeZone: 'Asia/Shanghai' }) });
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(async () => {
  await bus.drain();
  await nats.stop();
});

async function apply(kind: string, name: string, revision: bigint, spec: Resource['spec']): Promise<void> {
  const directory = await openKv(bus, 'directory');
  await directory.put(`${tenant}.${kind}.${name}`, Resource.encode(Resource.fromPartial({ kind, name, revision, spec })).finish());
}

const applyRules = (name: string, revision: bigint, definition: unknown) =>
  apply('RuleSet', name, revision, { $case: 'ruleSet', value: RuleSet.fromPartial({ definitionJson: typeof definition === 'string' ? definition : JSON.stringify(definition) }) });

const environment = (name: string) => ({ name, log: silentLogger, metrics: createMetrics(name), readiness: createReadiness() });

async function startScoring(): Promise<void> {
  const service = await startQaScoring({ natsUrl: nats.url, replicas: 1 }, environment('qa-scoring'));
  cleanups.push(() => service.stop());
}

async function startRecorder(): Promise<void> {
  const service = await startRecording({ natsUrl: nats.url, replicas: 1, lastChunkWaitMs: 5_000, longestMs: 3_600_000, sweepEveryMs: 3_600_000 }, environment('recording'));
  cleanups.push(() => service.stop());
}

async function scoresOf(contactId: string): Promise<ContactScored[]> {
  const facts = await readFacts(bus, { tenant, key: contactId, domains: ['quality'] });
  return facts.flatMap((fact) => (fact.type === 'patchbay.quality.v1.ContactScored' ? [fact.event] : []));
}

const scoreOf = (contactId: string) => eventually('the contact is scored', async () => (await scoresOf(contactId))[0]);
const outcomes = (score: ContactScored) => Object.fromEntries(score.findings.map((finding) => [finding.rule, finding.outcome]));

/** A chat at ten in the morning, Shanghai time. */
async function chat(queue: string, ...agentLines: string[]): Promise<string> {
  const contactId = ids.next();
  const writer = createContactWriter(bus, contactId, Date.UTC(2026, 0, 5, 2, 0, 0));
  await writer.started(0, 'webchat');
  await writer.received(1, ids.next(), '我想查账单');
  await writer.assigned(2, '1001', queue);
  await writer.connected(2, '1001');
  for (const [index, line] of agentLines.entries()) {
    await writer.sent(10 + index * 20, ids.next(), '1001', line);
    await writer.received(20 + index * 20, ids.next(), '好的');
  }
  await writer.ended(200, Party.AGENT);
  return contactId;
}

const { PASSED, FAILED, NOT_APPLICABLE } = RuleOutcome;

describe('a chat', () => {
  test('that is served by the book gets full marks, one with banned words does not, and both can be listed', async () => {
    await startRecorder();
    await startScoring();
    const good = await chat('billing', '上午好，很高兴为您服务，请问有什么可以帮您？', '请您稍等，我为您查询，谢谢', '抱歉让您久等了，账单已经发给您', '请问还有什么可以帮您？', '感谢您的咨询，祝您生活愉快，再见');
    const bad = await chat('billing', '喂，什么事', '我不知道，应该没事吧');
    const goodScore = await scoreOf(good);
    expect(goodScore).toMatchObject({ agentId: '1001', queue: 'billing', ruleSet: 'builtin', ruleSetRevision: 0n, scorePct: 100 });
    expect(outcomes(goodScore)).toMatchObject({ 'greet.open': PASSED, 'greet.time': PASSED, 'close.order': PASSED, 'banned.shenme': PASSED, silence: NOT_APPLICABLE });
    const badScore = await scoreOf(bad);
    expect(outcomes(badScore)).toMatchObject({ 'greet.open': FAILED, 'banned.wei': FAILED, 'banned.shenme': FAILED, 'banned.buzhidao': FAILED, 'banned.yinggai': FAILED });
    expect(badScore.findings.find((finding) => finding.rule === 'banned.buzhidao')?.evidence).toMatchObject([{ quote: '不知道', speaker: 'agent', startMs: 30_000n }]);
    expect(badScore.scorePct).toBeLessThan(20);

    const client = createRpcClient(bus, QualityServiceDefinition);
    const listed = await client.listScores({ contactId: good }, { tenant, actor: quality });
    expect(listed.scores.map(({ scored }) => scored?.scoreId)).toEqual([goodScore.scoreId]);
    const stranger: Actor = { subject: 'user:x', kind: 'user', roles: [Role.AGENT], agent: '1002' };
    expect((await client.listScores({ contactId: good }, { tenant, actor: stranger })).scores).toEqual([]);
  });

  test('without an agent is not scored', async () => {
    await startRecorder();
    await startScoring();
    const contactId = ids.next();
    const writer = createContactWriter(bus, contactId, systemClock.nowMs());
    await writer.started(0, 'webchat');
    await writer.received(1, ids.next(), '有人吗');
    await writer.ended(5);
    const after = await chat('billing', '您好，请问有什么可以帮您？');
    await scoreOf(after);
    await eventually('its transcript is there', async () => (await readFacts(bus, { tenant, key: contactId, domains: ['recording'] })).length > 0);
    expect(await scoresOf(contactId)).toEqual([]);
  });

  test('whose transcript is told again is scored once', async () => {
    await startRecorder();
    await startScoring();
    const contactId = await chat('billing', '您好');
    const score = await scoreOf(contactId);
    const told = (await readFacts(bus, { tenant, key: contactId, domains: ['recording'] })).find((fact) => fact.type === 'patchbay.recording.v1.TranscriptReady');
    if (told === undefined) throw new Error('there is no transcript');
    await appendFacts(bus, [newFact(TranscriptReady, { tenant, key: contactId, event: told.event as TranscriptReady })]);
    const marker = await chat('billing', '您好');
    await scoreOf(marker);
    expect((await scoresOf(contactId)).map((one) => one.scoreId)).toEqual([score.scoreId]);
  });
});

test('a centre’s own rules are taken live with their revision; wrong ones leave the last good ones in force', async () => {
  const rules = (phrase: string) => ({ version: 1, rules: [{ id: 'own', scope: { speaker: 'agent' }, when: { any: [phrase] }, score: { points: 1 } }] });
  await startRecorder();
  await startScoring();
  await apply('Queue', 'vip', 1n, { $case: 'queue', value: Queue.fromPartial({ ruleSet: 'vip-rules' }) });
  await applyRules('vip-rules', 4n, rules('尊敬的'));
  const scored = await eventually('the new rules are in force', async () => {
    const score = await scoreOf(await chat('vip', '尊敬的客户'));
    return score.ruleSet === 'vip-rules' && score;
  });
  expect(scored).toMatchObject({ ruleSetRevision: 4n, scorePct: 100, findings: [{ rule: 'own' }] });
  await applyRules('vip-rules', 5n, { version: 1, rules: [{ id: 'own', when: { regex: '(' } }] });
  await applyRules('vip-rules', 6n, 'not json');
  await applyRules('vip-rules', 6n, { version: 1, rules: [{ id: 'own', when: { any: ['贵宾'] }, score: { points: 1 }, tests: { hit: ['您好'] } }] });
  await applyRules('marker', 1n, rules('谢谢'));
  expect(await scoreOf(await chat('vip', '尊敬的客户'))).toMatchObject({ ruleSet: 'vip-rules', ruleSetRevision: 4n });
  await applyRules('vip-rules', 7n, rules('贵宾'));
  await eventually('the mended rules are in force', async () => (await scoreOf(await chat('vip', '贵宾'))).ruleSetRevision === 7n);
});

test('a call without words is judged by its sound from the moment they could talk', async () => {
  await startRecorder();
  await startScoring();
  const contactId = ids.next();
  const startMs = Date.UTC(2026, 0, 5, 1, 0, 0);
  const writer = createContactWriter(bus, contactId, startMs);
  const tone = (legId: string, party: Party, fromS: number, lengthS: number) => toneChunks({ contactId, legId, party, hertz: 500, fromS, lengthS });
  await writer.started(0, 'voice');
  await writer.legAnswered(0, 'l1', Party.CUSTOMER);
  await writer.assigned(14, '1001', 'billing');
  await writer.legAnswered(15, 'l2', Party.AGENT);
  await writer.connected(15, '1001');
  // Fifteen quiet seconds in the queue are not the agent's; twelve at the end are. From second 18 the agent talks over the customer.
  const empty = (legId: string, party: Party, atS: number, number: bigint) => [{ ...tone(legId, party, atS, 1)[0]!, samples: Buffer.alloc(8_000, 0xff), chunkNo: number }];
  await writer.sound([...empty('l1', Party.CUSTOMER, 0, 0n), ...tone('l1', Party.CUSTOMER, 16, 5).map((chunk) => ({ ...chunk, chunkNo: chunk.chunkNo + 1n, last: false })), ...empty('l1', Party.CUSTOMER, 34, 9n)]);
  await writer.sound(tone('l2', Party.AGENT, 18, 5));
  await writer.legEnded(35, 'l2');
  await writer.ended(35);
  const score = await scoreOf(contactId);
  expect(outcomes(score)).toMatchObject({ silence: FAILED, talkover: FAILED, 'greet.open': NOT_APPLICABLE, 'banned.wei': NOT_APPLICABLE });
  const evidenceOf = (rule: string) => score.findings.find((finding) => finding.rule === rule)?.evidence ?? [];
  expect(evidenceOf('talkover')).toMatchObject([{ startMs: 18_000n, endMs: 21_000n, speaker: 'agent', turn: -1 }]);
  expect(evidenceOf('silence')).toMatchObject([{ startMs: 23_000n, endMs: 35_000n, speaker: '' }]);
  expect(score.scorePct).toBe(50);
});

test('what is no transcript goes to the dead letters, and is scored when it was mended and replayed', async () => {
  await startScoring();
  const contactId = ids.next();
  const writer = createContactWriter(bus, contactId, systemClock.nowMs() - 10_000);
  const objects = await openObjects(bus, 'recordings');
  const object = await objects.put(`${tenant}/${contactId}/t.json`, Buffer.from('{"not": "turns"}'), { mime: 'application/json' });
  await writer.started(0, 'webchat');
  await writer.assigned(1, '1001', 'billing');
  await writer.ended(9, Party.AGENT);
  await appendFacts(bus, [newFact(TranscriptReady, { tenant, key: contactId, event: TranscriptReady.fromPartial({ contactId, transcriptId: ids.next(), object: { ...object, name: '' } }) })]);
  const dead = await eventually('it is given up', async () => (await listDeadLetters(bus, { service: 'qa-scoring', limit: 10 })).find((one) => one.subject.endsWith(contactId)));
  expect(dead).toMatchObject({ code: 'QA_BAD_TRANSCRIPT' });
  await objects.put(object.object, Buffer.from(JSON.stringify([{ speaker: 'agent', text: '您好', startMs: '2000', endMs: '2000', confidence: 1 }])), { mime: 'application/json' });
  expect(await replayDeadLetters(bus, [dead])).toBe(1);
  expect(await scoreOf(contactId)).toMatchObject({ agentId: '1001' });
});

test('what is no sound goes to the dead letters', async () => {
  await startScoring();
  const contactId = ids.next();
  const writer = createContactWriter(bus, contactId, systemClock.nowMs() - 10_000);
  const objects = await openObjects(bus, 'recordings');
  const object = await objects.put(`${tenant}/${contactId}/r.wav`, Buffer.from('RIFF????WAVE'), { mime: 'audio/wav' });
  await writer.started(0, 'voice');
  await writer.assigned(1, '1001', 'billing');
  await writer.ended(9);
  await appendFacts(bus, [newFact(RecordingReady, { tenant, key: contactId, event: RecordingReady.fromPartial({ contactId, recordingId: ids.next(), object: { ...object, name: '' } }) })]);
  const dead = await eventually('it is given up', async () => (await listDeadLetters(bus, { service: 'qa-scoring', limit: 10 })).find((one) => one.subject.endsWith(contactId)));
  expect(dead).toMatchObject({ code: 'QA_BAD_AUDIO' });
});
