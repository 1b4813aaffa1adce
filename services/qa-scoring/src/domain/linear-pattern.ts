import { parsePattern, type PatternNode, type UnitSet } from './pattern-syntax.ts';

/** Where a pattern matched: units of normalised text, end exclusive. */
export interface PatternMatch {
  start: number;
  end: number;
}

/** A pattern ready to run. */
export interface LinearPattern {
  readonly source: string;
  /** Leftmost, longest matches, not overlapping, at most 50. Time grows with the text times the pattern, never worse. */
  find(text: string): PatternMatch[];
}

type Step =
  | { op: 'set'; set: UnitSet }
  | { op: 'start' }
  | { op: 'end' }
  | { op: 'jump'; to: number }
  | { op: 'split'; first: number; second: number }
  | { op: 'match' };

/** Steps a pattern may compile to: counts multiply. */
const longestProgram = 2_000;
const mostMatches = 50;

function emit(program: Step[], node: PatternNode): void {
  if (program.length > longestProgram) return;
  switch (node.kind) {
    case 'set':
      program.push({ op: 'set', set: node.set });
      return;
    case 'start':
    case 'end':
      program.push({ op: node.kind });
      return;
    case 'sequence':
      for (const item of node.items) emit(program, item);
      return;
    case 'choice':
      emitChoice(program, node.items);
      return;
    case 'repeat':
      emitRepeat(program, node);
  }
}

function emitChoice(program: Step[], items: readonly PatternNode[]): void {
  const jumps: { op: 'jump'; to: number }[] = [];
  for (const [index, item] of items.entries()) {
    if (index === items.length - 1) {
      emit(program, item);
      break;
    }
    const split = { op: 'split' as const, first: program.length + 1, second: 0 };
    program.push(split);
    emit(program, item);
    const jump = { op: 'jump' as const, to: 0 };
    jumps.push(jump);
    program.push(jump);
    split.second = program.length;
  }
  for (const jump of jumps) jump.to = program.length;
}

function emitRepeat(program: Step[], node: Extract<PatternNode, { kind: 'repeat' }>): void {
  for (let count = 0; count < node.min; count += 1) emit(program, node.item);
  if (node.max === Infinity) {
    const split = { op: 'split' as const, first: program.length + 1, second: 0 };
    const start = program.length;
    program.push(split);
    emit(program, node.item);
    program.push({ op: 'jump', to: start });
    split.second = program.length;
    return;
  }
  const splits: { op: 'split'; first: number; second: number }[] = [];
  for (let count = node.min; count < node.max && program.length <= longestProgram; count += 1) {
    const split = { op: 'split' as const, first: program.length + 1, second: 0 };
    splits.push(split);
    program.push(split);
    emit(program, node.item);
  }
  for (const split of splits) split.second = program.length;
}

function holds(set: UnitSet, unit: number): boolean {
  return set.ranges.some(([low, high]) => unit >= low && unit <= high) !== set.negated;
}

/** Threads of one text position: for each step at most one, the one that began earliest. */
class Threads {
  readonly steps: number[] = [];
  private readonly starts: Int32Array;

  constructor(size: number) {
    this.starts = new Int32Array(size).fill(-1);
  }

  /** @returns whether the thread is new or began earlier than the one there */
  add(step: number, start: number): boolean {
    const known = this.starts[step] ?? -1;
    if (known >= 0 && known <= start) return false;
    if (known < 0) this.steps.push(step);
    this.starts[step] = start;
    return true;
  }

  startOf(step: number): number {
    return this.starts[step] ?? -1;
  }

  clear(): void {
    for (const step of this.steps) this.starts[step] = -1;
    this.steps.length = 0;
  }
}

/** Follows steps that read nothing. The stack is as deep as the program at most. */
function follow(program: readonly Step[], threads: Threads, from: number, place: { start: number; index: number; length: number }): void {
  const stack = [from];
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    if (!threads.add(step, place.start)) continue;
    const current = program[step];
    if (current === undefined) continue;
    if (current.op === 'jump') stack.push(current.to);
    else if (current.op === 'split') stack.push(current.second, current.first);
    else if (current.op === 'start' && place.index === 0) stack.push(step + 1);
    else if (current.op === 'end' && place.index === place.length) stack.push(step + 1);
  }
}

/** Units a match can begin with; undefined when they are too many to name. */
function firstUnits(program: readonly Step[]): ReadonlySet<number> | undefined {
  const mostUnits = 500;
  const units = new Set<number>();
  const seen = new Set<number>();
  const stack = [0];
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    if (seen.has(step)) continue;
    seen.add(step);
    const current = program[step];
    if (current === undefined) continue;
    if (current.op === 'jump') stack.push(current.to);
    else if (current.op === 'split') stack.push(current.first, current.second);
    else if (current.op === 'start' || current.op === 'end') stack.push(step + 1);
    else if (current.op === 'set') {
      if (current.set.negated) return undefined;
      for (const [low, high] of current.set.ranges) {
        if (units.size + high - low > mostUnits) return undefined;
        for (let unit = low; unit <= high; unit += 1) units.add(unit);
      }
    }
  }
  return units;
}

/** A program with the tables one search at a time needs. */
interface Machine {
  program: readonly Step[];
  first: ReadonlySet<number> | undefined;
  threads: readonly [Threads, Threads];
}

/** The leftmost, and of those the longest, match that begins at `from` or later. */
function findOne({ program, first, threads }: Machine, text: string, from: number): PatternMatch | undefined {
  let [current, next] = threads;
  current.clear();
  const matchStep = program.length - 1;
  let best: PatternMatch | undefined;
  for (let index = from; index <= text.length; index += 1) {
    if (best === undefined) {
      if (first === undefined || first.has(text.charCodeAt(index))) follow(program, current, 0, { start: index, index, length: text.length });
      else if (current.steps.length === 0) continue;
    }
    const matchedFrom = current.startOf(matchStep);
    // An empty match says nothing, so it does not count.
    if (matchedFrom >= 0 && matchedFrom < index && (best === undefined || matchedFrom <= best.start)) best = { start: matchedFrom, end: index };
    if (index === text.length) break;
    const unit = text.charCodeAt(index);
    next.clear();
    for (const step of current.steps) {
      const start = current.startOf(step);
      const reading = program[step];
      if (reading?.op !== 'set' || (best !== undefined && start > best.start) || !holds(reading.set, unit)) continue;
      follow(program, next, step + 1, { start, index: index + 1, length: text.length });
    }
    [current, next] = [next, current];
    if (best !== undefined && current.steps.length === 0) break;
  }
  return best;
}

/** Compiles a pattern to a Thompson machine, or says what is wrong with it. */
export function compilePattern(source: string): LinearPattern | { fault: string } {
  const parsed = parsePattern(source);
  if ('fault' in parsed) return parsed;
  const program: Step[] = [];
  emit(program, parsed.node);
  if (program.length > longestProgram) return { fault: 'the pattern is too large: its counts multiply' };
  program.push({ op: 'match' });
  const machine: Machine = { program, first: firstUnits(program), threads: [new Threads(program.length), new Threads(program.length)] };
  return {
    source,
    find(text) {
      const found: PatternMatch[] = [];
      let from = 0;
      while (found.length < mostMatches) {
        const match = findOne(machine, text, from);
        if (match === undefined) break;
        found.push(match);
        from = match.end;
      }
      return found;
    },
  };
}
