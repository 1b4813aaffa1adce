import { startMark } from '../process/identity.ts';
import { writeStackFile, type Home, type StackFile, type StackProcess } from './home.ts';

/** Keeps `stack.json` in step with what runs. */
export interface StackState {
  /** Changes what the file says. */
  set(change: Partial<Omit<StackFile, 'processes'>>): void;
  /** A process came (its id) or went (undefined). */
  setProcess(name: string, pid: number | undefined): void;
  pidOf(name: string): number | undefined;
  /** Resolves when everything so far is written. */
  written(): Promise<void>;
}

/** @param first what the file says at the beginning, without processes */
export function createStackState(home: Home, first: Omit<StackFile, 'processes'>): StackState {
  let content = first;
  const processes = new Map<string, number>();
  let chain = Promise.resolve();
  let waiting = false;

  async function write(): Promise<void> {
    waiting = false;
    const named = await Promise.all(
      [...processes].map(async ([name, pid]): Promise<StackProcess[]> => {
        const mark = await startMark(pid);
        return mark === undefined ? [] : [{ name, pid, mark }];
      }),
    );
    await writeStackFile(home, { ...content, processes: named.flat() });
  }
  /** Changes that come while one write is under way are written together by the next. */
  function schedule(): void {
    if (waiting) return;
    waiting = true;
    // The file only helps others to find the stack; a disk that is full must not end it.
    chain = chain.then(write).catch(() => {});
  }
  return {
    set(change) {
      content = { ...content, ...change };
      schedule();
    },
    setProcess(name, pid) {
      if (pid === undefined) processes.delete(name);
      else processes.set(name, pid);
      schedule();
    },
    pidOf: (name) => processes.get(name),
    written: () => chain,
  };
}
