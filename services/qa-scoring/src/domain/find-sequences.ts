import { timeOfUnit, type Conversation } from './conversation.ts';
import { compareSpans, firstText, joinMatches, lastText, type Match, type TextSpan } from './match.ts';
import type { Condition, SequenceStep } from './rule-set.ts';
import type { ScopeView } from './scope-view.ts';

/** What a sequence is looked for in. */
export interface SequenceGround {
  conversation: Conversation;
  view: ScopeView;
  find(condition: Condition): readonly Match[];
}

type Sequence = Extract<Condition, { kind: 'seq' }>;
type Wait = Extract<SequenceStep, { kind: 'wait' }>;

/** Tries of one sequence; beyond it the text is not a conversation any more. */
const mostTries = 10_000;

/** Whether between two finds somebody spoke or it was quiet long enough. */
function waited(conversation: Conversation, wait: Wait, between: { first: TextSpan; second: TextSpan }): boolean {
  const { first, second } = between;
  for (let index = first.turn + 1; index < second.turn; index += 1) {
    const speaker = conversation.turns[index]?.turn.speaker;
    if (wait.speaker !== undefined && speaker === wait.speaker) return true;
  }
  const from = conversation.turns[first.turn];
  const to = conversation.turns[second.turn];
  if (wait.pauseMs === undefined || from === undefined || to === undefined) return false;
  // Within one turn nobody waited; across turns the quiet is what lies between the end of one and the start of the other.
  return second.turn > first.turn && to.turn.startMs - from.turn.endMs >= wait.pauseMs;
}

/** Finds each way, from different beginnings, in which the steps follow each other. */
export function findSequences(sequence: Sequence, ground: SequenceGround): Match[] {
  const { conversation, view } = ground;
  const found = sequence.steps.map((step) => (step.kind === 'condition' ? ground.find(step.condition) : []));
  if (sequence.steps.some((step, index) => step.kind === 'condition' && found[index]?.length === 0)) return [];
  let tries = 0;

  /** Matches for the steps from `index` on, given the words before them. */
  function follow(index: number, last: TextSpan, waits: readonly Wait[]): Match[] | undefined {
    const step = sequence.steps[index];
    if (step === undefined) return [];
    if (step.kind === 'wait') return follow(index + 1, last, [...waits, step]);
    for (const match of found[index] ?? []) {
      tries += 1;
      if (tries > mostTries) return undefined;
      const first = firstText(match);
      const end = lastText(match);
      if (first === undefined || end === undefined || compareSpans(last, first) > 0 || (first.turn === last.turn && first.start < last.end)) continue;
      if (step.withinChars !== undefined && view.distance(last, first) > step.withinChars) continue;
      if (!waits.every((wait) => waited(conversation, wait, { first: last, second: first }))) continue;
      const rest = follow(index + 1, end, []);
      if (rest !== undefined) return [match, ...rest];
    }
    return undefined;
  }

  return (found[0] ?? []).flatMap((match) => {
    const last = lastText(match);
    const rest = last === undefined ? undefined : follow(1, last, []);
    if (rest === undefined) return [];
    const whole = joinMatches([match, ...rest]);
    return sequence.withinMs !== undefined && lengthMs(conversation, whole) > sequence.withinMs ? [] : [whole];
  });
}

function lengthMs(conversation: Conversation, match: Match): number {
  const first = firstText(match);
  const last = lastText(match);
  const from = conversation.turns[first?.turn ?? -1];
  const to = conversation.turns[last?.turn ?? -1];
  if (first === undefined || last === undefined || from === undefined || to === undefined) return 0;
  return timeOfUnit(to, last.end) - timeOfUnit(from, first.start);
}
