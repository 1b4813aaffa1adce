import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serviceActor } from '@patchbay/bus/actor';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { factRange } from '@patchbay/bus/watch-facts';
import { AnalyticsServiceDefinition } from '@patchbay/contracts/analytics/v1/analytics_service';
import type { CustomerChannel } from '@patchbay/demo/customers/customer';
import { dialogues } from '@patchbay/demo/dialogues';
import { eventually } from '@patchbay/testkit/eventually';
import { centreNames, startTestCentre, type TestCentre } from '../support/demo-centre.ts';
import { faultsOf, readHistory } from '../support/stream-history.ts';

const perChannel = 20;
const agents = ['1001', '1002', '1003', '1004', '1005', '1006', '1007', '1008', '1009', '1010', '1011', '1012'];
const patienceMs = 180_000;
let centre: TestCentre;

beforeAll(async () => {
  centre = await startTestCentre({ kafka: true });
}, 180_000);
afterAll(async () => {
  await centre.stop();
}, 120_000);

async function visit(channel: CustomerChannel, index: number, signal: AbortSignal): Promise<void> {
  const line = await channel.connect(index, signal);
  const { turns } = dialogues[index % dialogues.length] ?? { turns: [] };
  for (const { customer } of turns) {
    await line.say(customer);
    await line.hear(patienceMs);
  }
  await line.leave();
}

test(
  'twenty chats, mails and WeChat messages each, with services and the bus killed in the middle, end once each and stand once in the warehouse',
  async () => {
    const stop = new AbortController();
    centre.startAgents(agents, 0.1);
    const channels = [centre.chat, centre.mail, centre.wechatCustomers];
    const visits = channels.flatMap((channel) => Array.from({ length: perChannel }, (_, index) => visit(channel, index, stop.signal)));
    const outcome = Promise.allSettled(visits);
    const closed = async () => (await readHistory(centre.bus, centreNames.tenant)).filter(({ type }) => type === 'patchbay.routing.v1.AssignmentClosed').length;
    for (const [index, name] of ['routing', 'web-chat', 'nats', 'recording', 'analytics', 'routing'].entries()) {
      await eventually(`work to go on before ${name} is killed`, async () => (await closed()) >= index * 4, 120_000);
      await centre.stack.kill(name);
    }
    const results = await outcome;
    stop.abort();
    expect(results.filter(({ status }) => status === 'rejected').map((result) => String((result as PromiseRejectedResult).reason))).toEqual([]);

    const history = await eventually(
      'every contact to close',
      async () => {
        const facts = await readHistory(centre.bus, centreNames.tenant);
        const faults = faultsOf(facts);
        if (faults.length > 0) throw new Error(faults.slice(0, 5).join('\n'));
        return facts;
      },
      120_000,
    );
    const started = history.filter(({ type }) => type === 'patchbay.contact.v1.ContactStarted');
    expect(started).toHaveLength(3 * perChannel);

    const analytics = createRpcClient(centre.bus, AnalyticsServiceDefinition);
    const as = { tenant: centreNames.tenant, actor: serviceActor('test') };
    const count = async (sql: string) => Number(JSON.parse((await analytics.query({ sql }, as)).rowsJson[0] ?? '[0]')[0]);
    await eventually(
      'the warehouse to have what the stream has',
      async () => {
        const facts = await readHistory(centre.bus, centreNames.tenant);
        return (await count('select count(*) from event')) === facts.length && (await factRange(centre.bus)).last >= facts.length;
      },
      120_000,
    );
    expect(await count('select count(*) - count(distinct event_id) from event')).toBe(0);
    expect(await count('select count(*) from contact_fact where ended_at is not null')).toBe(3 * perChannel);
    expect(await count('select count(*) from score_fact')).toBe(3 * perChannel);
  },
  480_000,
);
