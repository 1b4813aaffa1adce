import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serviceActor } from '@patchbay/bus/actor';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import { AnalyticsServiceDefinition } from '@patchbay/contracts/analytics/v1/analytics_service';
import type { CustomerChannel } from '@patchbay/demo/customers/customer';
import { dialogues } from '@patchbay/demo/dialogues';
import { faultOfValue, listMetrics } from '@patchbay/local/docs/metric-catalogue';
import { renderMetricReference } from '@patchbay/local/docs/metric-reference';
import { projectRoot } from '@patchbay/local/stack/stack';
import { eventually } from '@patchbay/testkit/eventually';
import { centreNames, startTestCentre, type TestCentre } from '../support/demo-centre.ts';
import { parseScrape, type Sample } from '../support/scraped-metrics.ts';
import { startTraceReceiver, type SeenSpan, type TraceReceiver } from '../support/trace-receiver.ts';
import { startTelephone } from '../support/voice/telephone.ts';

const billingAgents = ['1001', '1002'];
const agents = [...billingAgents, '1005', '1006', '1009', '1010'];
const callerNumber = '8613800001234';
let receiver: TraceReceiver;
let centre: TestCentre;

beforeAll(async () => {
  receiver = await startTraceReceiver();
  centre = await startTestCentre({ kafka: false, env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '100', PATCHBAY_LOG_LEVEL: 'debug', VOICE_MAX_DELAY_MS: '10000' } });
  centre.startAgents(agents, 0.05, { phones: false });
}, 180_000);
afterAll(async () => {
  await centre.stop();
  await receiver.close();
}, 60_000);

/** Runs SQL over the warehouse. */
async function query(sql: string): Promise<unknown[][]> {
  const { rowsJson } = await createRpcClient(centre.bus, AnalyticsServiceDefinition).query({ sql }, { tenant: centreNames.tenant, actor: serviceActor('test') });
  return rowsJson.map((row) => JSON.parse(row) as unknown[]);
}

/** The contact that the warehouse has with a fact of this type on this channel, once it is there. */
async function contactWith(channel: string, type: string): Promise<string> {
  const sql = `select e.key from event e join contact_fact c on c.contact_id = e.key where c.channel = '${channel}' and e.type = '${type}'`;
  return eventually(`the warehouse to have ${type} of ${channel}`, async () => (await query(sql))[0]?.[0] as string | undefined, 60_000);
}

const sipPort = () => 5060 + centre.stack.portOffset;

/** The only trace of a contact's rows. */
async function traceOf(contactId: string): Promise<string> {
  const rows = await query(`select distinct trace_id from event where key = '${contactId}'`);
  expect(rows).toEqual([[expect.stringMatching(/^[0-9a-f]{32}$/)]]);
  return rows[0]?.[0] as string;
}

/** Names with services of the spans from the first of the trace to this one. */
function pathTo(span: SeenSpan): string[] {
  const byId = new Map(receiver.inTrace(span.traceId).map((one) => [one.spanId, one]));
  const path: string[] = [];
  for (let at: SeenSpan | undefined = span; at !== undefined; at = byId.get(at.parentSpanId)) path.unshift(`${at.service}: ${at.name.replace(/patchbay\.\w+\.v1\./, '')}`);
  return path;
}

/** The span of the rows of a fact, once it is there. */
function rowsOf(traceId: string, type: string): Promise<SeenSpan> {
  const isRows = (span: SeenSpan) => span.name === 'store rows' && pathTo(span).at(-2)?.endsWith(` ${type}`) === true;
  return eventually(`the rows of ${type} in the trace`, () => receiver.inTrace(traceId).find(isRows));
}

/** A whole trace: one beginning, everybody's parent there, and what was customer's is nowhere. Services tell their spans each in its own time. */
async function untilWhole(traceId: string, secrets: readonly string[]): Promise<readonly SeenSpan[]> {
  const spans = await eventually('the trace to be whole', () => {
    const seen = receiver.inTrace(traceId);
    const ids = new Set(seen.map(({ spanId }) => spanId));
    return seen.filter(({ parentSpanId }) => !ids.has(parentSpanId)).length === 1 && seen;
  });
  const told = JSON.stringify(spans);
  for (const secret of secrets) expect(told).not.toContain(secret);
  return spans;
}

async function visit(channel: CustomerChannel): Promise<readonly string[]> {
  const line = await channel.connect(0, new AbortController().signal);
  const turns = dialogues[0]?.turns ?? [];
  for (const { customer } of turns) {
    await line.say(customer);
    await line.hear(60_000);
  }
  await line.leave();
  return turns.flatMap(({ customer, agent }) => [customer, agent]);
}

/** Where the warehouse's spans of a trace lead: each to the one batch that its rows were stored with. */
async function expectLinkedToBatches(spans: readonly SeenSpan[]): Promise<void> {
  for (const rows of spans.filter(({ name }) => name === 'store rows')) {
    // The batch ends after its rows.
    const batch = await eventually('the batch of the rows', () => receiver.spans.find(({ name, spanId }) => name === 'store batch' && spanId === rows.links[0]?.spanId));
    expect(batch.links.map(({ spanId }) => spanId)).toContain(rows.parentSpanId);
  }
}

/** Spans of other traces that led to a fact of this one. */
function causesOf(spans: readonly SeenSpan[], name: string): string[] {
  const linked = new Set(spans.filter((span) => span.name === name).flatMap(({ links }) => links.map(({ spanId }) => spanId)));
  return receiver.spans.filter(({ spanId }) => linked.has(spanId)).map((span) => `${span.service}: ${span.name}`);
}

describe('a trace', () => {
  test('runs from the first message of a chat over queue, agent, transcript and score to the rows of the warehouse', async () => {
    const said = await visit(centre.chat);
    const contactId = await contactWith('webchat', 'AssignmentClosed');
    const traceId = await traceOf(contactId);
    const scored = await rowsOf(traceId, 'ContactScored');
    const spans = await untilWhole(traceId, said);
    expect(pathTo(scored)).toEqual([
      'web-chat: receive webchat',
      'web-chat: send ContactEnded',
      'recording: process ContactEnded',
      'recording: send TranscriptReady',
      'qa-scoring: process TranscriptReady',
      'qa-scoring: send ContactScored',
      'analytics: store rows',
    ]);
    const connected = spans.find(({ name }) => name === 'send patchbay.contact.v1.ContactConnected') as SeenSpan;
    expect(pathTo(connected)).toEqual([
      'web-chat: receive webchat',
      'web-chat: send batch',
      'routing: process RoutingRequested',
      expect.stringMatching(/^routing: (send|create) /),
      'web-chat: process ContactAssigned',
      'web-chat: send ContactConnected',
    ]);
    expect(causesOf(spans, 'send patchbay.contact.v1.ContactEnded')).toEqual(['web-chat: process patchbay.channel.v1.EndContact']);
    expect(spans.some(({ links }) => links.some(({ spanId }) => receiver.spans.some((span) => span.spanId === spanId && span.name === 'RoutingService/AcceptOffer')))).toBe(true);
    await expectLinkedToBatches(spans);
    const log = await readFile(join(centre.stack.home, 'logs/qa-scoring.log'), 'utf8');
    expect(log).toMatch(new RegExp(`"trace_id":"${traceId}".*"contactId":"${contactId}"`));
  }, 120_000);

  test('runs from an INVITE over the menu, the queue, the agent\'s phone and the recording to the rows of the warehouse', async () => {
    const [caller, phone] = await Promise.all([startTelephone({ port: sipPort() }), startTelephone({ port: sipPort() })]);
    try {
      for (const user of billingAgents) expect((await phone.register(user, centre.password)).status).toBe(200);
      const call = caller.call(centreNames.number);
      await call.answered;
      // The greeting is over when the menu is entered: keys before it belong to nobody.
      await contactWith('voice', 'FlowStepTaken');
      caller.rtp.sendKey(call.media(), 1);
      const ringing = await phone.nextCall();
      await ringing.answer();
      const contactId = await contactWith('voice', 'ContactConnected');
      call.hangUp();
      await contactWith('voice', 'AssignmentClosed');
      const traceId = await traceOf(contactId);
      const rows = await rowsOf(traceId, 'RecordingReady');
      const spans = await untilWhole(traceId, [callerNumber]);
      expect(pathTo(rows)).toEqual(['voice-gateway: INVITE', 'voice-gateway: send batch', 'recording: process ContactEnded', 'recording: send RecordingReady', 'analytics: store rows']);
      expect(spans.map(({ service }) => service)).toEqual(expect.arrayContaining(['voice-gateway', 'routing', 'crm', 'recording', 'analytics']));
      expect(spans.find(({ name, kind }) => name === 'INVITE' && kind === 2)).toMatchObject({ parentSpanId: '', attributes: { 'patchbay.contact_id': contactId } });
      const phoneInvite = spans.find(({ name, kind }) => name === 'INVITE' && kind === 3);
      expect(phoneInvite === undefined ? [] : pathTo(phoneInvite).slice(-3)).toEqual([expect.stringMatching(/^routing: (send|create) /), 'voice-gateway: process ContactOffered', 'voice-gateway: INVITE']);
      await expectLinkedToBatches(spans);
    } finally {
      await Promise.all([caller.close(), phone.close()]);
    }
  }, 120_000);
});

describe('metrics', () => {
  test('are all listed, and their labels stay in their sets, after work on every channel', async () => {
    await Promise.all([visit(centre.mail), visit(centre.wechatCustomers)]);
    const listed = new Map((await listMetrics(projectRoot)).map((metric) => [metric.name, metric]));
    const scrapes = await Promise.all(Object.entries(centre.stack.health).map(async ([service, url]) => ({ service, samples: parseScrape(await (await fetch(`${url}/metrics`)).text()) })));
    const faults = scrapes.flatMap(({ service, samples }) => samples.flatMap((sample) => faultsOf(service, sample)));
    expect([...new Set(faults)]).toEqual([]);
    expect(scrapes.map(({ service }) => service).sort()).toEqual(expect.arrayContaining(['analytics', 'api', 'crm', 'desk', 'directory', 'email', 'qa-scoring', 'recording', 'routing', 'voice-gateway', 'web-chat', 'wechat']));

    function faultsOf(service: string, { metric, labels }: Sample): string[] {
      const spec = listed.get(metric);
      if (spec === undefined) return [`${metric} is not listed`];
      const { service: told, ...own } = labels;
      const wrong = Object.entries(own).flatMap(([label, value]) => {
        if (label === 'le' && spec.kind === 'histogram') return [];
        const fault = faultOfValue(spec.labels[label], value);
        return fault === undefined ? [] : [`${metric}: ${label} ${fault}`];
      });
      return told === service ? wrong : [...wrong, `${metric} names the service ${told ?? 'nothing'}`];
    }
  }, 120_000);

  test('tell what waits, who is there and what went wrong', async () => {
    const routing = parseScrape(await (await fetch(`${centre.stack.health['routing'] ?? ''}/metrics`)).text());
    const valuesOf = (metric: string) => routing.filter(({ name }) => name === metric);
    expect(valuesOf('patchbay_routing_waiting').map(({ labels }) => labels['queue']).sort()).toEqual(['billing', 'technical', 'vip']);
    expect(valuesOf('patchbay_routing_agents').reduce((sum, { value }) => sum + value, 0)).toBe(agents.length);
    expect(valuesOf('patchbay_consumer_lag').map(({ labels }) => labels['consumer']).sort()).toEqual(['routing-demo-main', 'routing-demo-main-messages']);
    const api = parseScrape(await (await fetch(`${centre.stack.health['api'] ?? ''}/metrics`)).text());
    expect(api.find(({ name, labels }) => name === 'patchbay_stream_messages' && labels['stream'] === 'EVENTS')?.value).toBeGreaterThan(50);
    const voice = parseScrape(await (await fetch(`${centre.stack.health['voice-gateway'] ?? ''}/metrics`)).text());
    expect(voice.find(({ name, labels }) => name === 'patchbay_voice_leg_packets_total' && labels['direction'] === 'received')?.value).toBeGreaterThan(0);
    expect(voice.find(({ name }) => name === 'patchbay_voice_calls_taken_total')?.value).toBe(1);
  });

  test('are in the reference as the code has them', async () => {
    expect(await readFile(join(projectRoot, 'docs/reference/metrics.md'), 'utf8')).toBe(await renderMetricReference(projectRoot));
  });
});
