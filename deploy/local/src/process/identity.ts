import { readFileSync } from 'node:fs';
import { runCommand } from '../run-command.ts';

/** The command line of a running process, or undefined when there is none or it is not ours to see. */
export async function commandLineOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
    } catch {
      return undefined;
    }
  }
  try {
    return (await runCommand('ps', ['-o', 'command=', '-p', String(pid)], { timeoutMs: 5000 })).trim() || undefined;
  } catch {
    // ps ends with 1 when there is no such process.
    return undefined;
  }
}

/** Whether a process with this id runs; a zombie counts as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  if (process.platform !== 'linux') return true;
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return status.slice(status.lastIndexOf(')') + 2, status.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

let bootMark: string | undefined;

/** When a process started, as the system tells it: differs between a process and a later one with the same id. */
export async function startMark(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    const started = await runCommand('ps', ['-o', 'lstart=', '-p', String(pid)], { timeoutMs: 5000 }).catch(() => '');
    return started.trim() || undefined;
  }
  try {
    bootMark ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 22 of proc(5), counted after the command name, which may hold spaces.
    return `${bootMark}-${status.slice(status.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return undefined;
  }
}
