import type { Kpi } from '@patchbay/contracts/analytics/v1/analytics_service';
import { ContactOutcome, ContactStatus, type Contact } from '@patchbay/contracts/crm/v1/contact_service';
import { RuleOutcome } from '@patchbay/contracts/quality/v1/quality_event';
import type { Score } from '@patchbay/contracts/quality/v1/quality_service';
import { RecordingStatus, type Recording } from '@patchbay/contracts/recording/v1/recording_service';
import { maskAddress, nameOf } from './access.ts';
import { msOf } from './story.ts';
import type { HistoryView, KpiView, RecordingView, ScoreView } from './record-types.ts';

const statuses: Record<number, string> = {
  [ContactStatus.STARTED]: 'started',
  [ContactStatus.QUEUED]: 'queued',
  [ContactStatus.OFFERED]: 'offered',
  [ContactStatus.ASSIGNED]: 'assigned',
  [ContactStatus.CONNECTED]: 'connected',
  [ContactStatus.HELD]: 'held',
  [ContactStatus.WRAP_UP]: 'wrap_up',
  [ContactStatus.CLOSED]: 'closed',
  [ContactStatus.PARKED]: 'parked',
};

const outcomes: Record<number, string> = {
  [ContactOutcome.HANDLED]: 'handled',
  [ContactOutcome.ABANDONED]: 'abandoned',
  [ContactOutcome.OVERFLOWED]: 'overflowed',
  [ContactOutcome.REFUSED]: 'refused',
  [ContactOutcome.EXPIRED]: 'expired',
  [ContactOutcome.SELF_SERVED]: 'self_served',
  [ContactOutcome.WITHDRAWN]: 'withdrawn',
};

/** One contact of a list; `conversationId` is the matter the list is for. */
export function historyView(contact: Contact, conversationId: string): HistoryView {
  const { customer } = contact;
  const { type = '', address = '' } = customer ?? {};
  return {
    contactId: contact.contactId,
    conversationId: contact.conversationId,
    channel: contact.channel,
    status: statuses[contact.status] ?? 'started',
    outcome: outcomes[contact.outcome] ?? '',
    queue: contact.queue,
    agentId: contact.agentId,
    customer: { type, address: maskAddress(type, address), displayName: nameOf(customer?.displayName ?? '', address), verified: customer?.verified ?? false },
    summary: contact.summary,
    disposition: contact.disposition,
    startedMs: msOf(contact.startedAt) ?? 0,
    endedMs: msOf(contact.endedAt),
    scorePct: contact.scorePct ?? null,
    messageCount: contact.messageCount,
    sameMatter: contact.conversationId !== '' && contact.conversationId === conversationId,
  };
}

const recordingStatuses: Record<number, RecordingView['status']> = {
  [RecordingStatus.RECORDING]: 'recording',
  [RecordingStatus.READY]: 'ready',
  [RecordingStatus.ERASED]: 'erased',
};

/** One recording of a list. */
export function recordingView(recording: Recording, contactId: string): RecordingView {
  return {
    isMessage: recording.contactId !== contactId,
    recordingId: recording.recordingId,
    status: recordingStatuses[recording.status] ?? 'failed',
    durationMs: Number(recording.durationMs),
    gapMs: Number(recording.gapMs),
    startedMs: msOf(recording.startedAt),
  };
}

const ruleOutcomes: Record<number, ScoreView['findings'][number]['outcome']> = {
  [RuleOutcome.PASSED]: 'passed',
  [RuleOutcome.FAILED]: 'failed',
  [RuleOutcome.REVIEW]: 'review',
};

/** One score with its findings. */
export function scoreView({ scored, scoredAt }: Score): ScoreView | undefined {
  if (scored === undefined) return undefined;
  return {
    scoreId: scored.scoreId,
    ruleSet: scored.ruleSet,
    scorePct: scored.scorePct,
    rawScorePct: scored.rawScorePct,
    scoredMs: msOf(scoredAt),
    findings: scored.findings.map((finding) => ({
      rule: finding.rule,
      titles: finding.titles,
      outcome: ruleOutcomes[finding.outcome] ?? 'not_applicable',
      points: finding.points,
      pointsPossible: finding.pointsPossible,
      fatal: finding.fatal,
      evidence: finding.evidence.map(({ startMs, endMs, speaker, quote }) => ({ startMs: Number(startMs), endMs: Number(endMs), speaker, quote })),
    })),
  };
}

/** One row of figures. */
export function kpiView(kpi: Kpi): KpiView {
  return {
    queue: kpi.queue,
    offered: Number(kpi.offered),
    answered: Number(kpi.answered),
    abandoned: Number(kpi.abandoned),
    serviceLevelPct: kpi.serviceLevelPct ?? null,
    asaSeconds: kpi.asaSeconds ?? null,
    ahtSeconds: kpi.ahtSeconds ?? null,
    abandonPct: kpi.abandonPct ?? null,
    occupancyPct: kpi.occupancyPct ?? null,
    scorePct: kpi.scorePct ?? null,
  };
}
