/** Records as lists show them: plain JSON, shared with the browser as types only. */
import type { CustomerView } from './views.ts';

/** One contact of a list. */
export interface HistoryView {
  contactId: string;
  conversationId: string;
  channel: string;
  status: string;
  outcome: string;
  queue: string;
  agentId: string;
  /** With a masked address. */
  customer: CustomerView;
  summary: string;
  disposition: string;
  startedMs: number;
  endedMs: number | null;
  scorePct: number | null;
  messageCount: number;
  /** Whether it belongs to the matter that the list is for. */
  sameMatter: boolean;
}

export interface RecordingView {
  recordingId: string;
  /** Whether it is of the call in which the message was left that the contact follows up. */
  isMessage: boolean;
  status: 'recording' | 'ready' | 'failed' | 'erased';
  durationMs: number;
  gapMs: number;
  startedMs: number | null;
}

export interface ScoreView {
  scoreId: string;
  ruleSet: string;
  scorePct: number;
  rawScorePct: number;
  scoredMs: number | null;
  findings: {
    rule: string;
    titles: Record<string, string>;
    outcome: 'passed' | 'failed' | 'not_applicable' | 'review';
    points: number;
    pointsPossible: number;
    fatal: boolean;
    evidence: { startMs: number; endMs: number; speaker: string; quote: string }[];
  }[];
}

export interface KpiView {
  queue: string;
  offered: number;
  answered: number;
  abandoned: number;
  serviceLevelPct: number | null;
  asaSeconds: number | null;
  ahtSeconds: number | null;
  abandonPct: number | null;
  occupancyPct: number | null;
  scorePct: number | null;
}
