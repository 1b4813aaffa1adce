import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serviceActor } from '@patchbay/bus/actor';
import type { AnyFact } from '@patchbay/bus/fact';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { AnalyticsServiceDefinition } from '@patchbay/contracts/analytics/v1/analytics_service';
import type { CustomerChannel } from '@patchbay/demo/customers/customer';
import { dialogues, spokenDialogues } from '@patchbay/demo/dialogues';
import { loadVoices } from '@patchbay/demo/voices';
import { AppError } from '@patchbay/runtime/app-error';
import { eventually } from '@patchbay/testkit/eventually';
import { callsUp, connectedCalls, recordingFaults, type SpokenWords } from '../support/call-recordings.ts';
import { centreNames, startTestCentre, type TestCentre } from '../support/demo-centre.ts';
import { faultsOf, followHistory, type History } from '../support/stream-history.ts';

const perChannel = 20;
const agents = ['1001', '1002', '1003', '1004', '1005', '1006', '1007', '1008', '1009', '1010', '1011', '1012'];
const patienceMs = 180_000;
let centre: TestCentre;
let history: History;
let wordsOf: SpokenWords;

beforeAll(async () => {
  const voices = await loadVoices();
  wordsOf = (queue) => {
    const [turn] = spokenDialogues.find(({ spoken }) => spoken?.queue === queue)?.turns ?? [];
    return { left: voices(turn?.customer ?? ''), right: voices(turn?.agent ?? '') };
  };
  centre = await startTestCentre({ kafka: true });
  history = followHistory(centre.bus, centreNames.tenant);
}, 180_000);
afterAll(async () => {
  await history.stop();
  await centre.stop();
}, 120_000);

const anyClosed = (facts: readonly AnyFact[]) => facts.some(({ type }) => type === 'patchbay.routing.v1.AssignmentClosed');
const aCallIsUp = (facts: readonly AnyFact[]) => callsUp(facts) > 0;
const factsBetweenCrashes = 20;

const describeFault = (thrown: unknown) => {
  const { code, details } = AppError.from(thrown);
  return `${code} ${JSON.stringify(details)}`;
};

/** Goes through a dialogue; callers only through its beginning, and they hang up without a word: speech takes its time. */
async function visit(channel: CustomerChannel, index: number, signal: AbortSignal): Promise<void> {
  const gone = new AbortController();
  const line = await channel.connect(index, AbortSignal.any([signal, gone.signal]));
  const choice = channel.dialogues ?? dialogues;
  const turns = choice[index % choice.length]?.turns ?? [];
  for (const { customer } of channel === centre.voice ? turns.slice(0, 1) : turns) {
    await line.say(customer);
    await line.hear(patienceMs);
  }
  gone.abort();
  await line.leave();
}

test(
  'twenty calls, chats, mails and WeChat messages each, with services and the bus killed in the middle, end once each and stand once in the warehouse',
  async () => {
    const stop = new AbortController();
    centre.startAgents(agents, 0.1);
    const channels = [centre.voice, centre.chat, centre.mail, centre.wechatCustomers];
    const visits = channels.flatMap((channel) => Array.from({ length: perChannel }, (_, index) => visit(channel, index, stop.signal)));
    const outcome = Promise.allSettled(visits);
    let stored = 0;
    // The first two while people write, the others while calls are up; each after work went on in spite of the one before.
    for (const [name, isUnderWay] of [
      ['routing', anyClosed],
      ['web-chat', anyClosed],
      ['nats', aCallIsUp],
      ['recording', aCallIsUp],
      ['analytics', aCallIsUp],
      ['routing', aCallIsUp],
    ] as const) {
      await eventually(`work to go on before ${name} is killed`, () => isUnderWay(history.facts) && history.facts.length >= stored + factsBetweenCrashes, 120_000);
      await centre.stack.kill(name);
      stored = history.facts.length;
    }
    const results = await outcome;
    stop.abort();
    expect(results.flatMap((result, index) => (result.status === 'rejected' ? [`${channels[Math.floor(index / perChannel)]?.name ?? ''} ${index % perChannel}: ${describeFault(result.reason)}`] : []))).toEqual([]);

    await eventually(
      'every contact to close',
      async () => {
        const faults = faultsOf(await history.upToDate());
        if (faults.length > 0) throw new Error(faults.slice(0, 5).join('\n'));
        return true;
      },
      120_000,
    );
    expect(history.facts.filter(({ type }) => type === 'patchbay.contact.v1.ContactStarted')).toHaveLength(4 * perChannel);
    expect(connectedCalls(history.facts)).toBe(perChannel);
    await eventually('every call to have its recording', () => history.facts.filter(({ type }) => type === 'patchbay.recording.v1.RecordingReady').length >= perChannel, 60_000);
    expect(await recordingFaults(centre.bus, history.facts, wordsOf)).toEqual([]);

    const analytics = createRpcClient(centre.bus, AnalyticsServiceDefinition);
    const as = { tenant: centreNames.tenant, actor: serviceActor('test') };
    const count = async (sql: string) => Number(JSON.parse((await analytics.query({ sql }, as)).rowsJson[0] ?? '[0]')[0]);
    const sequencesStored = async () => {
      const answer = await analytics.query({ sql: "select string_agg(stream_sequence::varchar, ',') from event" }, as);
      return new Set(String(JSON.parse(answer.rowsJson[0] ?? '[""]')[0]).split(',').map(Number));
    };
    await eventually(
      'the warehouse to have what the stream has',
      async () => {
        const told = await history.upToDate();
        const stored = await sequencesStored();
        const missing = told.filter(({ sequence }) => !stored.has(sequence));
        if (missing.length > 0 || stored.size !== told.length) {
          const which = missing.slice(0, 10).map(({ type, sequence, partition, timeMs }) => `${type} ${sequence} of partition ${partition} at ${new Date(timeMs).toISOString()}`);
          throw new Error(`${stored.size} of ${told.length} facts; missing: ${which.join(', ')}`);
        }
        return true;
      },
      120_000,
    );
    expect(await count('select count(*) - count(distinct event_id) from event')).toBe(0);
    expect(await count('select count(*) from contact_fact where ended_at is not null')).toBe(4 * perChannel);
    expect(await count('select count(*) from score_fact')).toBe(4 * perChannel);
  },
  480_000,
);
