import { setTimeout as delay } from 'node:timers/promises';
import { localError } from '../errors.ts';
import { lastLines, startChild, type Child, type ChildOptions } from '../process/child.ts';
import type { FetchOptions } from './cache.ts';

/** A server that answers. */
export interface RunningServer {
  readonly pid: number;
  /** Port that clients connect to. */
  readonly port: number;
  /** Address as clients want it. */
  readonly url: string;
  /** File that its output goes to. */
  readonly log: string;
  /** Resolves when the process ended, by whatever cause. */
  readonly exited: Promise<unknown>;
  /** Graceful stop, then kill. Resolves when the process is gone; may be called again. */
  stop(): Promise<void>;
  /** SIGKILL, as in a crash. Resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Where a server keeps its things. */
export interface LaunchOptions extends FetchOptions {
  /** Folder of its data; made when missing. What is in it is used again. */
  dataDir: string;
  /** 0, the default, takes a free one. */
  port?: number;
  /** File that its output is added to; `<dataDir>.log` when absent. */
  log?: string;
}

/** How to start a server process and to know that it serves. */
export interface ServerStart {
  /** Name in errors. */
  name: string;
  child: Omit<ChildOptions, 'output'>;
  log: string;
  /** One attempt to talk to it; true when it answered as one that takes work. Bounded by the signal. */
  probe(signal: AbortSignal): Promise<boolean>;
  /** Default one minute. */
  readyTimeoutMs?: number;
  /** Pause between two attempts; default 50. */
  probeEveryMs?: number;
  /** Gives the start up. */
  signal?: AbortSignal | undefined;
}

const probeTimeoutMs = 2000;

/** Starts the process and waits until the probe succeeds. LOCAL_SERVER_FAILED when it ends first or stays silent. */
export async function startServer(start: ServerStart): Promise<Child> {
  const child = await startChild({ ...start.child, output: { file: start.log } }).catch((error: unknown) => {
    throw localError('LOCAL_SERVER_FAILED', { cause: error, details: { server: start.name, log: start.log } });
  });
  const deadlineMs = performance.now() + (start.readyTimeoutMs ?? 60_000);
  while (performance.now() < deadlineMs && !child.hasExited() && start.signal?.aborted !== true) {
    if (await answers(start)) return child;
    await Promise.race([delay(start.probeEveryMs ?? 50), child.exited]);
  }
  const reason = child.hasExited() ? 'it ended while starting' : 'it did not answer in time';
  await child.end({ graceMs: 2000 });
  start.signal?.throwIfAborted();
  throw localError('LOCAL_SERVER_FAILED', {
    details: { server: start.name, reason, log: start.log, lastLines: await lastLines(start.log, 8) },
  });
}

async function answers(start: ServerStart): Promise<boolean> {
  try {
    return await start.probe(AbortSignal.timeout(probeTimeoutMs));
  } catch {
    // Not yet: refused, cut or silent are what a starting server does.
    return false;
  }
}

/** The life of a started server as its users see it. */
export function runningServer(child: Child, rest: { port: number; url: string; log: string; graceMs?: number; stopSignal?: NodeJS.Signals }): RunningServer {
  return {
    pid: child.pid,
    port: rest.port,
    url: rest.url,
    log: rest.log,
    exited: child.exited,
    async stop() {
      await child.end({ first: rest.stopSignal ?? 'SIGTERM', graceMs: rest.graceMs ?? 10_000 });
    },
    async kill() {
      child.signal('SIGKILL');
      await child.exited;
    },
  };
}

/**
 * Starts a server that must be told its port. When any port will do, another one is tried if somebody took the free one
 * in between.
 */
export async function retryOnTakenPort<Server>(wanted: number | undefined, start: () => Promise<Server>): Promise<Server> {
  const attempts = wanted === undefined || wanted === 0 ? 3 : 1;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      const words = JSON.stringify((error as { details?: unknown }).details ?? '');
      if (attempt >= attempts || !/address already in use|BindException/i.test(words)) throw error;
    }
  }
}
