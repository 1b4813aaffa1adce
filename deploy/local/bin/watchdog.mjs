// Ends processes whose starter is gone. Reads "+pid" and "-pid" lines from standard input; when that closes, the processes
// still listed get SIGTERM and, five seconds later, SIGKILL. Started by src/process/watchdog.ts.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Start time of a process in clock ticks: tells it from a later one with the same id. Only Linux says it this simply. */
function startedAt(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

const watched = new Map();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {});

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const pid = Number(line.slice(1));
  if (!Number.isInteger(pid) || pid <= 1) return;
  if (line.startsWith('+')) watched.set(pid, startedAt(pid));
  else watched.delete(pid);
});
lines.on('close', () => {
  const living = () => [...watched].filter(([pid, start]) => startedAt(pid) === start && signal(pid, 0)).map(([pid]) => pid);
  for (const pid of living()) signal(pid, 'SIGTERM');
  const deadline = Date.now() + 5000;
  const timer = setInterval(() => {
    const left = living();
    if (left.length > 0 && Date.now() < deadline) return;
    for (const pid of left) signal(pid, 'SIGKILL');
    clearInterval(timer);
  }, 100);
});
