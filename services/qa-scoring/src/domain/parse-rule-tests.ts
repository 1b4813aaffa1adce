import { isObject, readChoice, readList, readNumber, readObject, readText, type Faults } from './faults.ts';
import type { ExpectedResult, RuleTest, Speaker } from './rule-set.ts';

interface TestPlace {
  value: unknown;
  /** Who says the words of a test that is a plain text. */
  speaker: Speaker;
  channel: string | undefined;
}

const results: readonly ExpectedResult[] = ['hit', 'miss', 'passed', 'failed', 'na', 'review'];
/** Turns of a test come this far apart unless they say when. */
const turnEveryMs = 5_000;
const turnLengthMs = 3_000;

/**
 * Reads a rule's own tests: lists of cases by result. A case is a text (one turn), a list of `agent: …` and
 * `customer: …`, or an object that also gives the surroundings.
 */
export function parseRuleTests(faults: Faults, path: string, place: TestPlace): RuleTest[] {
  const fields = readObject(faults, path, place.value, results);
  return results.flatMap((expected) =>
    fields[expected] === undefined
      ? []
      : readList(faults, `${path}.${expected}`, fields[expected]).map((entry, index) => parseTest(faults, `${path}.${expected}[${index}]`, { ...place, value: entry, expected })),
  );
}

function parseTest(faults: Faults, path: string, place: TestPlace & { expected: ExpectedResult }): RuleTest {
  const { value, expected } = place;
  const usual: RuleTest = { path, expected, channel: place.channel ?? 'voice', clockMinute: 600, endedBy: 'customer', turns: undefined, silences: undefined, overlaps: undefined };
  if (typeof value === 'string') return { ...usual, turns: [{ speaker: place.speaker, text: value, startMs: 0, endMs: turnLengthMs, confidence: 1 }] };
  if (Array.isArray(value)) return { ...usual, turns: parseTurns(faults, path, value) };
  const fields = readObject(faults, path, value, ['turns', 'at', 'ended_by', 'channel', 'silences', 'overlaps']);
  const at = /^(\d{2}):(\d{2})$/.exec(typeof fields['at'] === 'string' ? fields['at'] : '10:00');
  if (at === null) faults.add(`${path}.at`, 'must be HH:MM');
  return {
    ...usual,
    turns: fields['turns'] === undefined ? undefined : parseTurns(faults, `${path}.turns`, fields['turns']),
    clockMinute: Number(at?.[1] ?? 0) * 60 + Number(at?.[2] ?? 0),
    endedBy: fields['ended_by'] === undefined ? 'customer' : readChoice(faults, `${path}.ended_by`, fields['ended_by'], ['customer', 'agent', 'system', 'transfer']),
    channel: fields['channel'] === undefined ? usual.channel : readText(faults, `${path}.channel`, fields['channel']),
    silences: parseSpans(faults, `${path}.silences`, fields['silences']),
    overlaps: parseOverlaps(faults, `${path}.overlaps`, fields['overlaps']),
  };
}

function parseTurns(faults: Faults, path: string, value: unknown): NonNullable<RuleTest['turns']> {
  return readList(faults, path, value).map((entry, index) => {
    const place = `${path}[${index}]`;
    const usual = { startMs: index * turnEveryMs, endMs: index * turnEveryMs + turnLengthMs, confidence: 1 };
    if (typeof entry === 'string') {
      const [, speaker, text] = /^(agent|customer): (.*)$/s.exec(entry) ?? [];
      if (speaker === undefined) faults.add(place, 'must begin with `agent: ` or `customer: `');
      return { ...usual, speaker: speaker === 'customer' ? ('customer' as const) : ('agent' as const), text: text ?? '' };
    }
    const fields = readObject(faults, place, entry, ['agent', 'customer', 'at_s', 'end_s', 'confidence']);
    const speaker = 'agent' in fields ? ('agent' as const) : ('customer' as const);
    const startMs = fields['at_s'] === undefined ? usual.startMs : readSeconds(faults, `${place}.at_s`, fields['at_s']);
    return {
      speaker,
      text: readText(faults, `${place}.${speaker}`, fields[speaker], 2_000),
      startMs,
      endMs: fields['end_s'] === undefined ? startMs + turnLengthMs : readSeconds(faults, `${place}.end_s`, fields['end_s']),
      confidence: fields['confidence'] === undefined ? 1 : readNumber(faults, `${place}.confidence`, fields['confidence'], { min: 0, max: 1 }),
    };
  });
}

function readSeconds(faults: Faults, path: string, value: unknown): number {
  return Math.round(readNumber(faults, path, value, { min: 0, max: 86_400 }) * 1_000);
}

/** `[[from, to], …]` in seconds. */
function parseSpans(faults: Faults, path: string, value: unknown): RuleTest['silences'] {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) faults.add(path, 'must be a list of [from, to] in seconds');
  return (Array.isArray(value) ? (value as unknown[]) : []).map((span, index) => {
    const [from, to] = Array.isArray(span) ? (span as unknown[]) : [];
    return { startMs: readSeconds(faults, `${path}[${index}][0]`, from), endMs: readSeconds(faults, `${path}[${index}][1]`, to) };
  });
}

function parseOverlaps(faults: Faults, path: string, value: unknown): RuleTest['overlaps'] {
  if (value === undefined) return undefined;
  return (Array.isArray(value) ? (value as unknown[]) : []).map((entry, index) => {
    const place = `${path}[${index}]`;
    const fields = isObject(entry) ? entry : {};
    return {
      startMs: readSeconds(faults, `${place}.from`, fields['from']),
      endMs: readSeconds(faults, `${place}.to`, fields['to']),
      begunBy: readChoice<Speaker>(faults, `${place}.begun_by`, fields['begun_by'], ['agent', 'customer']),
    };
  });
}
