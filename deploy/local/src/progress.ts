/** A longer piece of work that a person waits for. */
export interface ProgressTask {
  /** What is happening now, in a few words. */
  detail(text: string): void;
  /** Ends the task; the outcome, if there is one to tell, stays as a line. */
  done(outcome?: string): void;
}

/** Where longer work is shown. */
export interface Progress {
  /** @param title what is being waited for, e.g. `NATS 2.15.1` */
  start(title: string): ProgressTask;
  /** A line of its own that stays. */
  say(line: string): void;
}

/** Shows nothing. */
export const silentProgress: Progress = {
  start: () => ({ detail: () => {}, done: () => {} }),
  say: () => {},
};

/** The part of a terminal or pipe that progress is written to. */
export interface ProgressStream {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

const frameMs = 120;

/** One line on a terminal that is rewritten in place and names every open task; a line per change elsewhere. */
export function createProgress(stream: ProgressStream): Progress {
  return stream.isTTY === true ? createLiveProgress(stream) : createLineProgress(stream);
}

function createLineProgress(stream: ProgressStream): Progress {
  const say = (line: string) => void stream.write(`${line}\n`);
  return {
    say,
    start(title) {
      say(`${title} …`);
      return {
        detail: (text) => {
          say(`${title}: ${text}`);
        },
        done: (outcome) => {
          if (outcome !== undefined) say(`${title}: ${outcome}`);
        },
      };
    },
  };
}

function createLiveProgress(stream: ProgressStream): Progress {
  const open = new Map<string, { startedMs: number; detail: string }>();
  let timer: NodeJS.Timeout | undefined;
  const erase = '\r\u001B[2K';

  function draw(): void {
    const parts = [...open].map(([title, { startedMs, detail }]) => {
      const seconds = Math.round((performance.now() - startedMs) / 1000);
      return `${title}${detail === '' ? '' : ` ${detail}`} ${seconds} s`;
    });
    stream.write(`${erase}${`… ${parts.join(' · ')}`.slice(0, (stream.columns ?? 80) - 1)}`);
  }
  function say(line: string): void {
    stream.write(`${open.size > 0 ? erase : ''}${line}\n`);
    if (open.size > 0) draw();
  }
  return {
    say,
    start(title) {
      const task = { startedMs: performance.now(), detail: '' };
      open.set(title, task);
      timer ??= setInterval(draw, frameMs).unref();
      return {
        detail: (text) => {
          task.detail = text;
        },
        done: (outcome) => {
          if (!open.delete(title)) return;
          if (open.size === 0) {
            clearInterval(timer);
            timer = undefined;
            stream.write(erase);
          }
          if (outcome !== undefined) say(`${title}: ${outcome}`);
        },
      };
    },
  };
}
