import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const main = join(import.meta.dirname, '../../../services/routing/src/main.ts');

/** A process of routing. */
export interface Replica {
  readonly pid: number;
  /** Epoch of the domain that it took over last; 0 for none. */
  epoch(): number;
  signal(signal: NodeJS.Signals): void;
  /** Whether it ended by itself, which no fault may bring about. */
  fell(): boolean;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Warnings and errors that it logged, in order. */
  readonly warnings: readonly string[];
}

/** Starts routing against a cluster. @param options.copies of each stream; default 3 */
export function startReplica(options: { natsUrl: string; gid?: number; copies?: number }): Replica {
  const child: ChildProcess = spawn(process.execPath, [main], {
    env: { ...process.env, NATS_URL: options.natsUrl, PATCHBAY_STREAM_REPLICAS: String(options.copies ?? 3), PATCHBAY_HEALTH_PORT: '0', PATCHBAY_LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  const exited = once(child, 'exit');
  const warnings: string[] = [];
  let epoch = 0;
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = readLine(line);
      if (entry.msg === 'routing domain taken over') epoch = Number(entry.epoch);
      else if (entry.level !== 'info') warnings.push(line.slice(0, 300));
    });
  }
  return {
    pid: child.pid ?? 0,
    epoch: () => epoch,
    signal: (signal) => void child.kill(signal),
    // A signal leaves no exit code.
    fell: () => child.exitCode !== null,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    warnings,
  };
}

function readLine(line: string): { msg?: string; epoch?: string; level?: string } {
  try {
    return JSON.parse(line) as { msg?: string };
  } catch {
    return {};
  }
}
