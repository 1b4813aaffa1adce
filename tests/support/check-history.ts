import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Verdict } from './history-check.ts';
import type { CheckerInput } from './history-checker.ts';

/** Lets the separate checker read a tenant's history. */
export async function checkHistory(input: CheckerInput): Promise<Verdict & { exitCode: number }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'history-checker.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  child.stdin.end(JSON.stringify(input));
  const printed = await text(child.stdout);
  const [exitCode] = await exited;
  if (printed === '') throw new Error(`the checker ended with ${String(exitCode)} and said nothing`);
  return { ...(JSON.parse(printed) as Verdict), exitCode: exitCode ?? -1 };
}
