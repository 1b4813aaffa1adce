/** The server's time, guessed from what it says: deadlines are the server's, the browser's clock may be wrong. */
export interface ServerClock {
  nowMs(): number;
  /** The server said the time. */
  heard(serverMs: number): void;
  /** How far this computer's clock is ahead of the server's, milliseconds. */
  driftMs(): number;
  /** How long the server has said nothing, milliseconds. */
  silentMs(): number;
}

const samples = 10;

/** The least delayed of the last answers is the best guess. */
export function createServerClock(localMs: () => number): ServerClock {
  const offsets: number[] = [];
  let offset = 0;
  let heardMs = localMs();
  return {
    nowMs: () => localMs() + offset,
    driftMs: () => -offset,
    silentMs: () => localMs() - heardMs,
    heard(serverMs) {
      heardMs = localMs();
      offsets.push(serverMs - localMs());
      if (offsets.length > samples) offsets.shift();
      offset = Math.max(...offsets);
    },
  };
}
