import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { FaultName, FaultRunInput, FaultRunOutput } from './fault-run.ts';

const program = join(import.meta.dirname, 'fault-run.ts');

/** Why no network namespace with a packet filter can be had here; undefined when it can. */
export function whyNotApart(): string | undefined {
  if (spawnSync('unshare', ['--net', 'true']).status !== 0) return 'no network namespace may be made here (root, or CAP_SYS_ADMIN)';
  const probe = 'ip link set lo up && nft add table inet probe && nft add chain inet probe out "{ type filter hook output priority 0; }" && nft add rule inet probe out ct direction original meta skgid 1 ct mark set 1';
  const { status, stderr } = spawnSync('unshare', ['--net', 'sh', '-c', probe], { encoding: 'utf8' });
  return status === 0 ? undefined : `no packet filter works here: ${stderr.trim()} (Debian packages nftables, iproute2)`;
}

export const isCut = (fault: FaultName) => fault.startsWith('cut ');

/** Lets the faults happen in a network namespace of their own where one can be had, else all but those that need it. */
export async function runFaultsApart(input: Omit<FaultRunInput, 'isApart'>): Promise<FaultRunOutput & { skipped: string | undefined }> {
  const skipped = whyNotApart();
  const isApart = skipped === undefined;
  const [command, args] = isApart ? (['unshare', ['--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$1"', process.execPath, program]] as const) : ([process.execPath, [program]] as const);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  child.stdin.end(JSON.stringify({ ...input, isApart, faults: input.faults.filter((fault) => isApart || !isCut(fault)) }));
  const printed = await text(child.stdout);
  await exited;
  if (printed === '') throw new Error('the run of faults broke off; its last words are above');
  return { ...(JSON.parse(printed) as FaultRunOutput), skipped };
}
