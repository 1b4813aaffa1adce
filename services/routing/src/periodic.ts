import { AppError } from '@patchbay/runtime/app-error';
import { sleep, type Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';

/** Runs a task again and again, a pause between end and start, until the signal aborts. A failed run is logged. */
export async function runPeriodically(task: { name: string; everyMs: number; clock: Clock; log: Logger; signal: AbortSignal; run(): Promise<void> }): Promise<void> {
  while (!task.signal.aborted) {
    try {
      await sleep(task.clock, task.everyMs, task.signal);
      await task.run();
    } catch (thrown) {
      if (!task.signal.aborted) task.log.warn('periodic task failed', { task: task.name, error: AppError.from(thrown) });
    }
  }
}
