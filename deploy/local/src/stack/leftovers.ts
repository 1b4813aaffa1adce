import { setTimeout as delay } from 'node:timers/promises';
import { isSameProcess } from '../process/process-lock.ts';
import type { StackProcess } from './home.ts';

const graceMs = 8000;

/** Ends processes of an earlier run whose supervisor was killed. Gives the names of those that were still there. */
export async function endLeftovers(processes: readonly StackProcess[]): Promise<string[]> {
  const living = async () => {
    const same = await Promise.all(processes.map(isSameProcess));
    return processes.filter((_, index) => same[index]);
  };
  const found = await living();
  for (const { pid } of found) signal(pid, 'SIGTERM');
  const deadlineMs = performance.now() + graceMs;
  for (let left = found; left.length > 0; left = await living()) {
    if (performance.now() > deadlineMs) for (const { pid } of left) signal(pid, 'SIGKILL');
    await delay(50);
  }
  return found.map(({ name }) => name);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Ended meanwhile.
  }
}
