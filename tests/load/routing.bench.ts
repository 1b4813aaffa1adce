import { bench as decisions } from '@patchbay/routing/routing-decisions.bench';
import { bench as journaled } from './routing-journaled.bench.ts';

/** All of routing: decisions in memory, then one domain with its facts on a real server. Each has a bench of its own, too. */
export async function bench(emit: (row: Record<string, unknown>) => void): Promise<void> {
  await journaled(emit);
  // Last: its hundred thousand contacts stay in memory for a while, and would be in the way of what is timed.
  decisions(emit);
}
