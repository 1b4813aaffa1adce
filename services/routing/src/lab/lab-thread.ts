import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { routingError } from '../errors.ts';
import type { LabJob, LabMessage } from './lab-job.ts';

/** Memory of a thread: a day of a large centre takes some hundred MiB. */
const heapMib = 2_048;

/** Runs questions, one at a time in this process. */
export interface LabThread {
  /**
   * Streams progress, then the result. Aborting ends the thread.
   * @throws ROUTING_LAB_BUSY while another question runs, ROUTING_LAB_FAILED when the thread dies
   */
  run(job: LabJob, signal: AbortSignal): AsyncGenerator<LabMessage>;
}

export function createLabThread(): LabThread {
  let isBusy = false;
  return {
    async *run(job, signal) {
      if (isBusy) throw routingError('ROUTING_LAB_BUSY');
      isBusy = true;
      const worker = new Worker(new URL('./lab-worker.ts', import.meta.url), { workerData: job, resourceLimits: { maxOldGenerationSizeMb: heapMib } });
      const waiting: LabMessage[] = [];
      let failure: unknown;
      worker.on('message', (message: LabMessage) => {
        waiting.push(message);
        worker.emit('lab');
      });
      worker.on('error', (error) => {
        failure = error;
        worker.emit('lab');
      });
      try {
        for (;;) {
          const message = waiting.shift();
          if (message !== undefined) {
            yield message;
            if (message.kind === 'result') return;
          } else if (failure !== undefined) throw routingError('ROUTING_LAB_FAILED', { cause: failure });
          else await once(worker, 'lab', { signal });
        }
      } finally {
        isBusy = false;
        await worker.terminate();
      }
    },
  };
}
