import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

let dog: ChildProcess | undefined;
const guarded = new Set<number>();

/**
 * Has the process ended when this one ends without stopping it, SIGKILL included: a watchdog process holds a pipe from
 * this one and acts when it closes. There is one watchdog for all guarded processes and none when there are none.
 */
export function guard(pid: number): void {
  if (guarded.size === 0) dog = startDog();
  guarded.add(pid);
  dog?.stdin?.write(`+${pid}\n`);
}

/** The process ended, or may outlive this one. */
export function unguard(pid: number): void {
  if (!guarded.delete(pid)) return;
  dog?.stdin?.write(`-${pid}\n`);
  if (guarded.size === 0) {
    dog?.stdin?.end();
    dog = undefined;
  }
}

function startDog(): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../bin/watchdog.mjs', import.meta.url))], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.unref();
  const pipe = child.stdin as NodeJS.WritableStream & { unref?(): void };
  pipe.unref?.();
  // Without the watchdog the processes are still stopped in order; only a SIGKILL would leave them behind.
  child.on('error', () => {});
  pipe.on('error', () => {});
  return child;
}
