import type { AnyFact } from '@patchbay/bus/fact';
import { contactInputTypes, isRoutingFact, toRoutingInput } from './contact-inputs.ts';
import { agentPolicyOf, queuePolicyOf, referredKinds, takeReferred, timeZoneOf, type Directory } from './directory.ts';
import { createCentre } from './domain/centre.ts';
import { isSurgeFact } from './domain/facts.ts';
import { evolve } from './domain/evolve.ts';
import { applyAgent, applyQueue, applySurgePlan, refreshAgent, takeNote, takeOver } from './domain/perform.ts';
import { restoreSnapshot } from './domain/snapshot.ts';
import { createRoutingState, type RoutingRules, type RoutingState } from './domain/state.ts';
import { createLastSequences, subjectOf, type LastSequences } from './last-sequences.ts';
import type { Journal, SnapshotStore } from './ports.ts';
import { createWriter, type Writer, type WriterParts } from './writer.ts';

/** Routing domain of a tenant. */
export interface Place {
  readonly tenant: string;
  readonly domain: string;
}

/** What a state is built from. */
export interface BuildParts {
  place: Place;
  directory: Directory;
  rules: RoutingRules;
  journal: Journal;
  snapshots: SnapshotStore;
  nowMs(): number;
  signal: AbortSignal;
}

/** A state with the centre as it is now, and nobody in it. */
export function createEmptyState({ place, directory, rules, nowMs }: Pick<BuildParts, 'place' | 'directory' | 'rules' | 'nowMs'>): RoutingState {
  const centre = createCentre(place.domain, timeZoneOf(directory, place.tenant));
  const state = createRoutingState(centre, rules);
  for (const kind of referredKinds) for (const { name } of directory.list(place.tenant, kind)) takeReferred(directory, place.tenant, centre, { kind, name });
  for (const { name } of directory.list(place.tenant, 'Queue')) {
    const policy = queuePolicyOf(directory, place, name);
    if (policy !== undefined) applyQueue(state, name, policy);
  }
  for (const { name } of directory.list(place.tenant, 'Agent')) {
    const policy = agentPolicyOf(directory, place, name);
    if (policy !== undefined) applyAgent(state, name, policy, nowMs());
  }
  for (const plan of centre.surgePlans.keys()) applySurgePlan(state, plan);
  return state;
}

/** The state of a routing domain, with its place in the stream. */
export interface BuiltState {
  state: RoutingState;
  sequences: LastSequences;
  lastSequence: number;
  /** Facts replayed after the snapshot. */
  replayed: number;
}

/**
 * The state just before a fact of the past, from the facts alone: the last snapshot when it is old enough, else the
 * beginning of the stream. The centre is as it is now.
 */
export async function buildPastState(parts: BuildParts, beforeSequence: number): Promise<RoutingState> {
  const state = createEmptyState(parts);
  const stored = await parts.snapshots.load();
  const usable = stored !== undefined && stored.sequence < beforeSequence ? stored : undefined;
  if (usable !== undefined) restoreSnapshot(state, usable.snapshot);
  for await (const fact of parts.journal.replay((usable?.sequence ?? 0) + 1, parts.signal)) {
    if (fact.sequence >= beforeSequence) break;
    if (isRoutingFact(fact)) evolve(state, fact);
  }
  for (const agentId of state.centre.agents.keys()) refreshAgent(state, agentId, parts.nowMs());
  return state;
}

/** Takes a fact of the stream into a state. */
export function takeFact(built: BuiltState, fact: AnyFact): void {
  const { state, sequences } = built;
  if (!isRoutingFact(fact)) {
    const input = inputTypes.has(fact.type) ? toRoutingInput(fact) : undefined;
    if (input !== undefined && input.kind !== 'RoutingRequested') takeNote(state, input);
    return;
  }
  evolve(state, fact);
  if (fact.domain !== 'routing' || isSurgeFact(fact) || state.contacts.has(fact.key)) sequences.set(subjectOf(fact), fact.sequence);
  if (fact.domain === 'routing' && !isSurgeFact(fact)) sequences.noteTrace(fact.key, fact.traceparent);
  built.lastSequence = fact.sequence;
  built.replayed += 1;
}

const inputTypes = new Set<string>(contactInputTypes);

/** Builds the state: the last snapshot, then the facts after it. */
export async function buildState(parts: BuildParts): Promise<BuiltState> {
  const state = createEmptyState(parts);
  const stored = await parts.snapshots.load();
  if (stored !== undefined) restoreSnapshot(state, stored.snapshot);
  const built = { state, sequences: createLastSequences(stored?.subjects, stored?.traces), lastSequence: stored?.sequence ?? 0, replayed: 0 };
  // What customers are worth is told by facts that were acknowledged since the snapshot, and will not come again.
  await catchUp(parts, built, { notes: stored !== undefined });
  return built;
}

/** Takes in what came since the last fact of a state. */
async function catchUp({ journal, signal }: BuildParts, built: BuiltState, { notes }: { notes: boolean }): Promise<void> {
  const fromSequence = built.lastSequence + 1;
  for await (const fact of journal.replay(fromSequence, signal)) takeFact(built, fact);
  if (notes) for await (const fact of journal.replayContacts(fromSequence, signal)) takeFact(built, fact);
}

/**
 * Builds the state and takes the domain over: what ran out meanwhile goes back in line, and everything settles.
 * @param warm a state that was kept up to date while standing by; only the end of the story is read then
 */
export async function buildWriter(parts: BuildParts, writing: Omit<WriterParts, keyof BuiltState | 'journal' | 'nowMs'>, warm?: BuiltState): Promise<{ writer: Writer; replayed: number }> {
  const before = warm?.replayed ?? 0;
  if (warm !== undefined) await catchUp(parts, warm, { notes: true });
  const built = warm ?? (await buildState(parts));
  const writer = createWriter({ ...writing, ...built, journal: parts.journal, nowMs: parts.nowMs });
  await writer.submit((state, context) => ({ facts: takeOver(state, context).facts, answer: undefined }));
  return { writer, replayed: built.replayed - before };
}
