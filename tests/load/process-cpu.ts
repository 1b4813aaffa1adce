import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

let tickMs: number | undefined;

/** CPU time of another process with all its threads, and of children that ended, milliseconds: proc_pid_stat(5), so it needs Linux. */
export function cpuMsOf(pid: number): number {
  tickMs ??= 1_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  const afterName = readFileSync(`/proc/${String(pid)}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  // Fields are counted from 1 with the name as the second, so `state` is 3 and stands first here; utime is 14, cstime 17.
  return afterName.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) * tickMs;
}

/** The process and all below it that live. */
export function withChildren(pid: number): number[] {
  const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').trim().split(' ').filter((text) => text !== '').map(Number);
  return [pid, ...children.flatMap(withChildren)];
}
