import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { sleep, type Clock } from '@patchbay/runtime/clock';
import { deadlineSignal } from '@patchbay/runtime/deadline';
import { localError } from '../errors.ts';
import { lastLines, setAsideLargeLog, startChild, type Child } from '../process/child.ts';
import type { ReadyProcess } from './keeper.ts';
import { parseLogLine, type LogLine } from './log-lines.ts';

/** How a service is started. */
export interface ServiceStart {
  name: string;
  /** Folder of the service, with `src/main.ts`. */
  folder: string;
  env: NodeJS.ProcessEnv;
  /** Base address of its health server. */
  healthUrl: string;
  logFile: string;
  clock: Clock;
  onLine(line: LogLine): void;
  /** The process came (its id) or went (undefined). */
  onProcess(pid: number | undefined): void;
  readyTimeoutMs?: number;
}

/** Type stripping is our choice; kafkajs 2.2 arms one timer in the past, which it means as "at once". */
const nodeFlags = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];
const defaultReadyTimeoutMs = 90_000;
const lookEveryMs = 100;
const probeTimeoutMs = 2000;
/** A little more than a service takes for its own drain limit of 20 s. */
const stopGraceMs = 22_000;

/** Starts a service; resolves when `/readyz` answers 200. LOCAL_SERVICE_NOT_READY when it ends first or takes too long. */
export async function startServiceProcess(start: ServiceStart, signal: AbortSignal): Promise<ReadyProcess> {
  const child = await startChild({
    command: process.execPath,
    args: [...nodeFlags, join(start.folder, 'src/main.ts')],
    cwd: start.folder,
    env: start.env,
    output: 'pipe',
  });
  start.onProcess(child.pid);
  const written = writeOutput(child, start);
  void child.exited.then(() => {
    start.onProcess(undefined);
  });
  const stop = () => child.end({ graceMs: stopGraceMs });
  try {
    await untilReady(child, start, signal);
  } catch (error) {
    await stop();
    await written;
    if (signal.aborted) throw error;
    throw localError('LOCAL_SERVICE_NOT_READY', {
      cause: error,
      details: { service: start.name, reason: (error as Error).message, log: start.logFile, lastLines: await lastLines(start.logFile, 5) },
    });
  }
  return {
    pid: child.pid,
    exited: child.exited,
    stop: async () => void (await stop()),
    async kill() {
      child.signal('SIGKILL');
      await child.exited;
    },
  };
}

async function untilReady(child: Child, start: ServiceStart, signal: AbortSignal): Promise<void> {
  const limitMs = start.readyTimeoutMs ?? defaultReadyTimeoutMs;
  const startedMs = start.clock.monotonicMs();
  let missing = 'no answer';
  while (start.clock.monotonicMs() - startedMs < limitMs) {
    if (child.hasExited()) {
      const { code, signal: by } = await child.exited;
      throw new Error(`it ended ${by === null ? `with code ${code}` : `by ${by}`}`);
    }
    try {
      const answer = await fetch(`${start.healthUrl}/readyz`, { signal: deadlineSignal(probeTimeoutMs, signal) });
      const text = (await answer.text()).trim();
      if (answer.ok) return;
      missing = text.replaceAll('\n', ', ');
    } catch (error) {
      if (signal.aborted) throw error;
      // Its health server does not listen yet.
    }
    await Promise.race([sleep(start.clock, lookEveryMs, signal), child.exited]);
  }
  throw new Error(`not ready after ${limitMs / 1000} s: ${missing}`);
}

/** Copies both outputs to the log file and hands each line on; resolves when the file is whole. */
function writeOutput(child: Child, start: ServiceStart): Promise<unknown> {
  setAsideLargeLog(start.logFile);
  const file = createWriteStream(start.logFile, { flags: 'a' });
  // A full disk must not end the supervisor; the lines are still shown.
  file.on('error', () => {});
  const streams = [
    readLines(child.stdout, file, start, 'info'),
    // Node writes what nobody caught to standard error.
    readLines(child.stderr, file, start, 'warn'),
  ];
  return Promise.all(streams).then(async () => {
    file.end();
    await finished(file).catch(() => {});
  });
}

async function readLines(stream: Readable | null, file: WriteStream, start: ServiceStart, fallbackLevel: 'info' | 'warn'): Promise<void> {
  if (stream === null) return;
  for await (const text of createInterface({ input: stream })) {
    file.write(`${text}\n`);
    if (text !== '') start.onLine(parseLogLine(text, { service: start.name, nowMs: start.clock.nowMs(), fallbackLevel }));
  }
}
