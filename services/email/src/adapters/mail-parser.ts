import { Worker } from 'node:worker_threads';
import type { Logger } from '@patchbay/runtime/logger';
import type { MailLimits, ParsedMail } from '../mail/parsed-mail.ts';
import type { MailParser } from '../ports.ts';

/** How long one mail may take, milliseconds. */
const parseLimitMs = 5_000;

interface Waiting {
  resolve(mail: ParsedMail | undefined): void;
  timer: NodeJS.Timeout;
}

/** Parses mails in a thread of its own, one at a time, within time and memory: a hostile mail costs the thread, nothing else. */
export function createMailParser(options: { limits: MailLimits; log: Logger }): MailParser {
  let worker: Worker | undefined;
  let nextId = 0;
  const waiting = new Map<number, Waiting>();
  let tail: Promise<unknown> = Promise.resolve();

  function settle(id: number, mail: ParsedMail | undefined): void {
    const entry = waiting.get(id);
    if (entry === undefined) return;
    waiting.delete(id);
    clearTimeout(entry.timer);
    entry.resolve(mail);
  }

  function start(): Worker {
    const thread = new Worker(new URL('./mail-worker.ts', import.meta.url), { workerData: options.limits, resourceLimits: { maxOldGenerationSizeMb: 256 } });
    thread.unref();
    thread.on('message', ({ id, mail, reason }: { id: number; mail?: ParsedMail; reason?: string }) => {
      if (reason !== undefined) options.log.warn('mail does not parse', { reason });
      settle(id, mail);
    });
    const gone = () => {
      if (worker === thread) worker = undefined;
      for (const id of waiting.keys()) settle(id, undefined);
    };
    thread.on('error', (error) => {
      options.log.warn('mail parser ended', { error });
      gone();
    });
    thread.on('exit', gone);
    return thread;
  }

  function parseOnce(raw: Uint8Array): Promise<ParsedMail | undefined> {
    worker ??= start();
    const thread = worker;
    const id = (nextId += 1);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        options.log.warn('mail took too long to parse', { sizeBytes: raw.length });
        worker = undefined;
        settle(id, undefined);
        void thread.terminate();
      }, parseLimitMs);
      waiting.set(id, { resolve, timer });
      thread.postMessage({ id, raw });
    });
  }

  return {
    parse(raw) {
      const result = tail.then(() => parseOnce(raw));
      tail = result;
      return result;
    },
    async close() {
      await worker?.terminate();
    },
  };
}
