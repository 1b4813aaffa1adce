import type { AnyFact, Fact } from '@patchbay/bus/fact';
import type { CallContext } from '@patchbay/bus/rpc-server';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { ContactScored } from '@patchbay/contracts/quality/v1/quality_event';
import type { ListScoresRequest, ListScoresResponse } from '@patchbay/contracts/quality/v1/quality_service';
import { AppError } from '@patchbay/runtime/app-error';
import { deterministicId } from '@patchbay/runtime/ids';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import { tellContactStory, type ContactStory, type ServedPart } from './domain/contact-story.ts';
import { scoreContact } from './domain/score-contact.ts';
import { toScoringInput, type SourceContent } from './domain/scoring-parts.ts';
import { qaError } from './errors.ts';
import { qaMetrics } from './metrics.ts';
import type { Centres, FactLog, Sources } from './ports.ts';

/** What the handlers work with. */
export interface QaPorts {
  facts: FactLog;
  sources: Sources;
  centres: Centres;
  log: Logger;
  metrics: Metrics;
}

type SourceFact = Fact<'patchbay.recording.v1.RecordingReady'> | Fact<'patchbay.recording.v1.TranscriptReady'>;

/** How a source was settled, for the metric. */
type Outcome = 'scored' | 'known' | 'no_agent' | 'not_judged' | 'erased';

/**
 * Scores a recording or transcript: each agent's part once.
 *
 * Dedupe: the id of a score is made of its source and assignment; scores the subject already holds are left out, and an
 * append over a newer quality fact fails and is tried again on what is there then. So a redelivery changes nothing, also
 * when another revision of the rules is in force by now.
 */
export function createScoreSource(ports: QaPorts): (fact: SourceFact) => Promise<void> {
  const settled = ports.metrics.counter(qaMetrics.qa_sources_total);
  return async (fact) => {
    const outcome = await scoreSource(ports, fact);
    settled.inc({ outcome });
    ports.log.debug('source settled', { contactId: fact.key, tenantId: fact.tenant, sourceId: sourceIdOf(fact), outcome });
  };
}

function sourceIdOf(fact: SourceFact): string {
  return fact.type === 'patchbay.recording.v1.RecordingReady' ? fact.event.recordingId : fact.event.transcriptId;
}

async function scoreSource(ports: QaPorts, fact: SourceFact): Promise<Outcome> {
  const { tenant, key: contactId } = fact;
  const history = await ports.facts.read(tenant, contactId);
  const story = tellContactStory(history);
  if (story.parts.length === 0) return 'no_agent';
  const sourceId = sourceIdOf(fact);
  const open = story.parts.map((part) => ({ part, scoreId: scoreIdOf(fact, story, part) })).filter(({ scoreId }) => !story.scoreIds.has(scoreId));
  if (open.length === 0) return 'known';
  const content = await readContent(ports, fact, story);
  if (content === undefined) return 'erased';
  const scored = open.flatMap(({ part, scoreId }) => scorePart(ports, { tenant, contactId, sourceId, scoreId }, { story, part, content }));
  if (scored.length === 0) return 'not_judged';
  const expectedSequence = history.filter((one) => one.domain === 'quality').at(-1)?.sequence ?? 0;
  await ports.facts.appendScores({ tenant, contactId, scored, expectedSequence, causationId: fact.id });
  return 'scored';
}

function scoreIdOf(fact: SourceFact, story: ContactStory, part: ServedPart): string {
  return deterministicId(story.endedMs ?? story.startedMs, 'score', fact.tenant, fact.key, sourceIdOf(fact), part.assignmentId);
}

/** Everything that can be judged with this source: a transcript of a call is judged together with its sound. */
async function readContent(ports: QaPorts, fact: SourceFact, story: ContactStory): Promise<SourceContent | undefined> {
  const timeZone = ports.centres.timeZoneOf(fact.tenant);
  const isTranscript = fact.type === 'patchbay.recording.v1.TranscriptReady';
  const recording = isTranscript ? story.recordings.at(-1) : story.recordings.find(({ ready }) => ready.recordingId === fact.event.recordingId);
  try {
    return {
      timeZone,
      turns: isTranscript ? await ports.sources.transcript(fact.event.object?.object ?? '') : undefined,
      recording: recording === undefined ? undefined : { levels: await ports.sources.levels(recording.ready.object?.object ?? ''), startedMs: recording.startedMs },
    };
  } catch (thrown) {
    const error = AppError.from(thrown);
    if (error.code !== 'BUS_OBJECT_UNKNOWN') throw error;
    // Erased in the meantime: there is nothing left to judge.
    ports.log.warn('source is gone', { contactId: fact.key, tenantId: fact.tenant, sourceId: sourceIdOf(fact) });
    return undefined;
  }
}

interface ScoreKeys {
  tenant: string;
  contactId: string;
  sourceId: string;
  scoreId: string;
}

function scorePart(ports: QaPorts, keys: ScoreKeys, { story, part, content }: { story: ContactStory; part: ServedPart; content: SourceContent }): ContactScored[] {
  const { name, revision, ruleSet } = ports.centres.ruleSetFor(keys.tenant, part.queue);
  const score = scoreContact(ruleSet, toScoringInput(story, part, content));
  if (score.scorePct === undefined || score.rawScorePct === undefined) return [];
  return [
    ContactScored.fromPartial({
      contactId: keys.contactId,
      scoreId: keys.scoreId,
      ruleSet: name,
      ruleSetRevision: revision,
      scorePct: score.scorePct,
      rawScorePct: score.rawScorePct,
      findings: score.findings,
      agentId: part.agentId,
      queue: part.queue,
      sourceId: keys.sourceId,
    }),
  ];
}

/** Takes the facts that bring something to score. */
export function createFactHandler(ports: QaPorts): (fact: AnyFact) => Promise<void> {
  const scoreOne = createScoreSource(ports);
  return async (fact) => {
    if (fact.type === 'patchbay.recording.v1.RecordingReady' || fact.type === 'patchbay.recording.v1.TranscriptReady') await scoreOne(fact);
  };
}

const seeAll: readonly Role[] = [Role.QA, Role.TEAM_LEAD, Role.TRAINER, Role.MANAGER, Role.ADMIN];

/** Lists scores by replay of the contact's quality facts: as long back as the stream keeps them. */
export function createListScores({ facts }: Pick<QaPorts, 'facts'>): (request: ListScoresRequest, context: Pick<CallContext, 'tenant' | 'actor'>) => Promise<ListScoresResponse> {
  return async ({ contactId }, { tenant, actor }) => {
    if (contactId === '') throw qaError('QA_BAD_REQUEST', { details: { field: 'contact_id' } });
    const seesAll = actor.kind === 'service' || actor.roles.some((role) => seeAll.includes(role));
    const own = actor.roles.includes(Role.AGENT) ? actor.agent : undefined;
    if (!seesAll && own === undefined) throw qaError('QA_FORBIDDEN');
    const history = await facts.read(tenant, contactId);
    const scores = history.flatMap((fact) => (fact.type === 'patchbay.quality.v1.ContactScored' ? [{ scored: fact.event, scoredAt: new Date(fact.timeMs) }] : []));
    return { scores: scores.filter(({ scored }) => seesAll || scored.agentId === own).reverse() };
  };
}
