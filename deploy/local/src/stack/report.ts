import type { Progress, ProgressTask } from '../progress.ts';
import { formatLogLine, type LogLine } from './log-lines.ts';

/** Where a stack tells what happens. */
export interface Report {
  progress: Progress;
  /** A line of a service or of the supervisor. */
  line(line: LogLine): void;
}

/** Lines of `warn` and `error`, or all of them. */
export function createReport(progress: Progress, options: { verbose: boolean }): Report {
  return {
    progress,
    line(line) {
      if (options.verbose || line.level === 'warn' || line.level === 'error') progress.say(formatLogLine(line));
    },
  };
}

/** A report that shows nothing. */
export const silentReport: Report = {
  progress: { start: (): ProgressTask => ({ detail: () => {}, done: () => {} }), say: () => {} },
  line: () => {},
};
