import type { CallContext, RpcImplementation } from '@patchbay/bus/rpc-server';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import type { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import { GetKpisResponse, Kpi, type AnalyticsServiceDefinition } from '@patchbay/contracts/analytics/v1/analytics_service';
import type { Contact, ContactServiceDefinition } from '@patchbay/contracts/crm/v1/contact_service';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { AgentChoice } from '@patchbay/contracts/directory/v1/resource';
import { RuleOutcome } from '@patchbay/contracts/quality/v1/quality_event';
import { Score, type QualityServiceDefinition } from '@patchbay/contracts/quality/v1/quality_service';
import { Recording, RecordingPart, RecordingStatus, type RecordingServiceDefinition } from '@patchbay/contracts/recording/v1/recording_service';
import { ExplainOfferResponse, ExplainWaitingResponse, type RoutingServiceDefinition, type PressingPromise, type WaitingContact } from '@patchbay/contracts/routing/v1/routing_service';
import type { ReassignContactRequest } from '@patchbay/contracts/routing/v1/steering_service';
import { errorsOf } from '@patchbay/runtime/app-error';
import type { Clock } from '@patchbay/runtime/clock';
import type { FakeCentre } from './fake-centre.ts';
import { tonePeaks, toneWav } from './tone-wav.ts';

const fakeError = errorsOf({
  ROUTING_OFFER_GONE: { status: 'failed_precondition', meaning: 'The offer is gone.', remedy: '' },
  ROUTING_NOT_WRITER: { status: 'unavailable', meaning: 'Routing is away.', remedy: '' },
  CRM_UNKNOWN_CONTACT: { status: 'not_found', meaning: 'No such contact.', remedy: '' },
  CRM_UNAVAILABLE: { status: 'unavailable', meaning: 'The record is away.', remedy: '' },
});

/** What tests turn on and off. */
export interface FakeSwitches {
  /** Commands fail as when crm is away. */
  commandsDown: boolean;
  /** Routing does not answer. */
  routingDown: boolean;
  /** Messages are taken but no outcome comes. */
  silentSends: boolean;
  /** What crm has. */
  records: Contact[];
  /** What team leads took from agents. */
  reassigned: ReassignContactRequest[];
  /** Who waits, by place in line. */
  waiting: WaitingContact[];
  promises: PressingPromise[];
}

/** Waits for a change of status or the end of the call. */
function nextChange(centre: FakeCentre, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      centre.listeners.delete(wake);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    centre.listeners.add(wake);
    signal.addEventListener('abort', wake);
  });
}

async function* watchRows<Row>(centre: FakeCentre, signal: AbortSignal, rows: () => Row[]): AsyncGenerator<Row[]> {
  const seen = new Set<Row>();
  let first = true;
  while (!signal.aborted) {
    const fresh = rows().filter((row) => !seen.has(row));
    seen.clear();
    for (const row of rows()) seen.add(row);
    if (first || fresh.length > 0) {
      yield fresh;
      first = false;
      // What changed while the reader was busy comes next, without waiting for another change.
      continue;
    }
    await nextChange(centre, signal);
  }
}

function agentService(centre: FakeCentre, clock: Clock, switches: FakeSwitches): RpcImplementation<typeof AgentServiceDefinition> {
  let session = 0;
  return {
    async signIn({ agentId }) {
      session += 1;
      centre.sessions.set(agentId, `sign-in-${session}`);
      centre.setAgent(agentId, { state: AgentState.NOT_READY, reason: '', since: new Date(clock.nowMs()) });
      return { sessionId: `sign-in-${session}`, leaseMs: 9_000n };
    },
    async signOut({ agentId }) {
      centre.sessions.delete(agentId);
      centre.setAgent(agentId, { state: AgentState.SIGNED_OUT, reason: '', since: new Date(clock.nowMs()) });
      return {};
    },
    async setState({ agentId, state, reason }) {
      const agent = centre.agent(agentId);
      if (agent.slots.length > 0 && state !== AgentState.READY) centre.setAgent(agentId, { pendingState: state, pendingReason: reason });
      else centre.setAgent(agentId, { state, reason, since: new Date(clock.nowMs()), pendingState: AgentState.UNSPECIFIED, pendingReason: '' });
      return { agent: centre.agent(agentId) };
    },
    async heartbeat({ agentId, sessionId }) {
      return { current: centre.sessions.get(agentId) === sessionId };
    },
    async evacuateSite({ site, lookOnly }) {
      const leaving = [...centre.agents.values()].filter((agent) => agent.site === site && agent.reason !== 'emergency');
      if (!lookOnly) for (const { agentId } of leaving) centre.setAgent(agentId, { state: AgentState.NOT_READY, reason: 'emergency' });
      return { agents: leaving.length, contactsReturned: 1, contactsKept: 2, contactsMoved: 0 };
    },
    async listAgents() {
      return { agents: [...centre.agents.values()] };
    },
    async *watchAgents(_request, context: CallContext) {
      for await (const agents of watchRows(centre, context.signal, () => [...centre.agents.values()])) {
        if (switches.routingDown) return;
        yield { agents };
      }
    },
  };
}

function routingService(centre: FakeCentre, switches: FakeSwitches): RpcImplementation<typeof RoutingServiceDefinition> {
  const offered = (contactId: string, offerId: string, agentId: string) => {
    const contact = centre.contacts.get(contactId);
    if (contact === undefined || contact.offerId !== offerId || contact.agentId !== agentId) throw fakeError('ROUTING_OFFER_GONE');
  };
  return {
    async acceptOffer({ contactId, offerId, agentId }) {
      offered(contactId, offerId, agentId);
      return { assignmentId: await centre.accept(contactId), epoch: 1n };
    },
    async rejectOffer({ contactId, offerId, agentId, reason }) {
      offered(contactId, offerId, agentId);
      await centre.reject(contactId, reason);
      return {};
    },
    async failOffer() {
      return {};
    },
    async extendWrapUp({ contactId }) {
      return { endsAt: await centre.extend(contactId, 60_000) };
    },
    async closeAssignment({ contactId, disposition, notes }) {
      await centre.close(contactId, disposition, notes);
      return {};
    },
    async parkContact({ contactId, until }) {
      return { until: await centre.park(contactId, until) };
    },
    async resumeContact({ contactId }) {
      return { assignmentId: await centre.resume(contactId), epoch: 1n };
    },
    async listWaiting({ queue, pageSize }) {
      const waiting = switches.waiting.filter((contact) => contact.queue === queue);
      return { contacts: waiting.slice(0, pageSize).map((contact, index) => ({ ...contact, place: index + 1 })), nextPageToken: '', total: waiting.length };
    },
    async listPromises({ queue }) {
      const promises = switches.promises.filter((promise) => promise.queue === queue);
      return { promises, total: promises.length };
    },
    async explainOffer({ contactId, offerId }) {
      const { agentId, queue } = centre.contact(contactId);
      const agents = [{ agentId, place: 1, score: 0, inHand: 1, idleSince: new Date() }, { agentId: '8002', leftOut: 'break' }];
      return ExplainOfferResponse.fromPartial({ contactId, offerId, agentId, offeredAt: new Date(), waitedAs: { queue }, choice: AgentChoice.LONGEST_IDLE, agents, centreChanged: true });
    },
    async explainWaiting({ contactId }) {
      const agents = [...centre.agents.values()].map(({ agentId, state }) => ({ agentId, leftOut: state === AgentState.BREAK ? 'break' : state === AgentState.SIGNED_OUT ? 'signed_out' : 'capacity' }));
      const { queue } = centre.contact(contactId);
      const soon = new Date(Date.now() + 90_000);
      return ExplainWaitingResponse.fromPartial({ waitsAs: { queue }, ahead: 2, agents, nextRelaxationAt: soon, movesOnAt: soon, expectedWait: { p50Ms: 40_000n, p90Ms: 130_000n } });
    },
    async listQueues() {
      if (switches.routingDown) throw fakeError('ROUTING_NOT_WRITER');
      return { queues: [...centre.queues.values()] };
    },
    async *watchQueues(_request, { signal }) {
      for await (const queues of watchRows(centre, signal, () => [...centre.queues.values()])) {
        if (switches.routingDown) return;
        yield { queues };
      }
    },
  };
}

function contactService(centre: FakeCentre, switches: FakeSwitches): RpcImplementation<typeof ContactServiceDefinition> {
  const done = new Set<string>();
  /** Carries a command out once, however often it is asked for. */
  const once = async (commandId: string, effect: () => Promise<void>): Promise<void> => {
    if (switches.commandsDown) throw fakeError('CRM_UNAVAILABLE');
    if (done.has(commandId)) return;
    done.add(commandId);
    await effect();
  };
  return {
    async listContacts({ conversationId, agentId, queue, statuses, contactIds }) {
      if (contactIds.length > 0) return { contacts: switches.records.filter(({ contactId }) => contactIds.includes(contactId)), nextPageToken: '' };
      const is = (asked: string, value: string) => asked === '' || asked === value;
      const contacts = switches.records.filter((record) => is(conversationId, record.conversationId) && is(agentId, record.agentId) && is(queue, record.queue) && (statuses.length === 0 || statuses.includes(record.status)));
      return { contacts, nextPageToken: '' };
    },
    async getContact() {
      throw fakeError('CRM_UNKNOWN_CONTACT');
    },
    async *watchContacts() {},
    async sendMessage({ contactId, commandId, content }) {
      const part = content[0]?.part;
      await once(commandId, async () => {
        if (!switches.silentSends) await centre.sent(contactId, part?.$case === 'text' ? part.value.text : '', commandId);
      });
      return { commandId };
    },
    async endContact({ contactId, commandId }) {
      await once(commandId, () => centre.end(contactId, Party.AGENT));
      return {};
    },
    async holdContact({ contactId, commandId }) {
      await once(commandId, () => centre.hold(contactId, true));
      return {};
    },
    async retrieveContact({ contactId, commandId }) {
      await once(commandId, () => centre.hold(contactId, false));
      return {};
    },
  };
}

function recordingService(centre: FakeCentre): RpcImplementation<typeof RecordingServiceDefinition> {
  const wav = toneWav(12);
  const peaks = Buffer.from(JSON.stringify(tonePeaks(400)));
  const recordingId = 'recording-1';
  return {
    async listRecordings({ contactId }) {
      const message = centre.contacts.get(contactId)?.messageIn ?? '';
      return { recordings: [Recording.fromPartial({ recordingId, contactId: message === '' ? contactId : message, status: RecordingStatus.READY, durationMs: 12_000n, startedAt: new Date() })] };
    },
    async *readRecording({ part }) {
      const bytes = part === RecordingPart.PEAKS ? peaks : wav;
      const object = { object: recordingId, sha256: '', sizeBytes: BigInt(bytes.byteLength), mime: part === RecordingPart.PEAKS ? 'application/json' : 'audio/wav', name: '' };
      for (let at = 0; at < bytes.byteLength; at += 65_536) yield { object: at === 0 ? object : undefined, chunk: bytes.subarray(at, at + 65_536) };
    },
    async getTranscript({ contactId }) {
      return { contactId, origin: 'messages', turns: [] };
    },
  };
}

function qualityService(): RpcImplementation<typeof QualityServiceDefinition> {
  const finding = (rule: string, zh: string, en: string, outcome: RuleOutcome, points: number, quote = '') => ({
    rule,
    outcome,
    points,
    pointsPossible: 20,
    titles: { 'zh-CN': zh, en },
    evidence: quote === '' ? [] : [{ startMs: 1_200n, endMs: 3_400n, speaker: 'agent', quote, turn: 1 }],
  });
  return {
    async listScores({ contactId }) {
      const findings = [
        finding('greet.open', '开场问候', 'Opening greeting', RuleOutcome.PASSED, 20, '您好，很高兴为您服务'),
        finding('close.ask', '结束前询问', 'Closing question', RuleOutcome.FAILED, 0),
        finding('lexicon.banned', '服务忌语', 'Banned words', RuleOutcome.PASSED, 20),
        finding('hold.return', '保持后致谢', 'Thanks after hold', RuleOutcome.NOT_APPLICABLE, 0),
      ];
      return { scores: [Score.fromPartial({ scored: { contactId, scoreId: 'score-1', ruleSet: 'default', scorePct: 86, rawScorePct: 86, findings }, scoredAt: new Date() })] };
    },
  };
}

function analyticsService(): RpcImplementation<typeof AnalyticsServiceDefinition> {
  return {
    async getKpis() {
      const kpis = ['billing', 'fault', 'vip', 'business', 'complaint', 'mail'].map((queue, index) => Kpi.fromPartial({ queue, ahtSeconds: 184 + index * 37, asaSeconds: 8 + index, scorePct: 91 - index }));
      return GetKpisResponse.fromPartial({ kpis, asOf: new Date() });
    },
    async query() {
      return { columns: [], rowsJson: [], truncated: false };
    },
    async getProgress() {
      return { log: 'jetstream', partitions: [], facts: 0n, duplicates: 0n };
    },
  };
}

/** The services behind the desk, over one fake centre. */
export function createFakeServices(centre: FakeCentre, clock: Clock) {
  const switches: FakeSwitches = { commandsDown: false, routingDown: false, silentSends: false, records: [], reassigned: [], waiting: [], promises: [] };
  return {
    switches,
    agents: agentService(centre, clock, switches),
    routing: routingService(centre, switches),
    contacts: contactService(centre, switches),
    recordings: recordingService(centre),
    quality: qualityService(),
    analytics: analyticsService(),
  };
}

export type FakeServices = ReturnType<typeof createFakeServices>;
