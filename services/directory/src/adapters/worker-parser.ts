import { Worker } from 'node:worker_threads';
import { createKeyedQueue } from '@patchbay/runtime/keyed-queue';
import { directoryError } from '../errors.ts';
import { limits } from '../parsing/limits.ts';
import type { ParsedFiles } from '../parsing/parse-files.ts';
import type { FileParser } from '../ports.ts';

/** Parses in a thread of its own, one request at a time; a thread that takes too long or too much memory is ended. */
export function createWorkerParser(options: { timeoutMs?: number } = {}): FileParser {
  const timeoutMs = options.timeoutMs ?? limits.parseMs;
  const queue = createKeyedQueue();
  let worker: Worker | undefined;

  function openWorker(): Worker {
    if (worker !== undefined) return worker;
    const opened = new Worker(new URL('../parsing/parse-worker.ts', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 768, stackSizeMb: 8 } });
    opened.unref();
    opened.once('exit', () => {
      if (worker === opened) worker = undefined;
    });
    worker = opened;
    return opened;
  }

  return {
    parse: (files) =>
      queue.run('parse', () => {
        const thread = openWorker();
        return new Promise<ParsedFiles>((resolve, reject) => {
          const finish = (settle: () => void) => {
            clearTimeout(timer);
            thread.off('message', onMessage);
            thread.off('error', onError);
            settle();
          };
          const onMessage = (parsed: ParsedFiles) => {
            finish(() => {
              resolve(parsed);
            });
          };
          const onError = (error: unknown) => {
            finish(() => {
              reject(directoryError('DIRECTORY_PARSE_TIMEOUT', { cause: error }));
            });
          };
          const timer = setTimeout(() => {
            worker = undefined;
            void thread.terminate();
            onError(new DOMException('The parser took too long.', 'TimeoutError'));
          }, timeoutMs);
          thread.on('message', onMessage);
          thread.on('error', onError);
          thread.postMessage(files);
        });
      }),
    async stop() {
      await worker?.terminate();
    },
  };
}
