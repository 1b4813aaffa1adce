import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

let tickMs: number | undefined;

function clockTickMs(): number {
  tickMs ??= 1_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return tickMs;
}

/** CPU time of another process with all its threads, and of children that ended, milliseconds: proc_pid_stat(5), so it needs Linux. */
export function cpuMsOf(pid: number): number {
  const afterName = readFileSync(`/proc/${String(pid)}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  // Fields are counted from 1 with the name as the second, so `state` is 3 and stands first here; utime is 14, cstime 17.
  return afterName.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) * clockTickMs();
}

/** CPU time that all processes of the machine, and the machine's host, have taken so far, milliseconds: proc_stat(5). */
export function machineCpuMs(): number {
  // user, nice, system, idle, iowait, irq, softirq, steal; what guests take is in user already.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').trim().split(/ +/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) * clockTickMs();
}

/** The process and all below it that live. */
export function withChildren(pid: number): number[] {
  const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').trim().split(' ').filter((text) => text !== '').map(Number);
  return [pid, ...children.flatMap(withChildren)];
}
