import { closeCodes, protocolVersion, type ClientFrame, type ErrorView, type MethodName, type Methods, type ServerFrame } from '../../../src/protocol.ts';
import { createStore, type Store } from './store.ts';

/** Where the connection stands. */
export type LinkState =
  | { phase: 'connecting' }
  | { phase: 'live'; epoch: number }
  | { phase: 'waiting'; retryAtMs: number; sinceMs: number }
  /** The session ran out: sign in again. */
  | { phase: 'signed_out' }
  /** The server speaks a newer protocol: load the page again. */
  | { phase: 'outdated' };

/** A request that failed, with what the desk said about it. */
export class RequestError extends Error {
  readonly error: ErrorView;

  constructor(error: ErrorView) {
    super(error.message);
    this.error = error;
  }
}

/** The part of a browser's WebSocket that is used. */
export interface LinkSocket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export interface LinkEnvironment {
  open(): LinkSocket;
  nowMs(): number;
  setTimer(delayMs: number, callback: () => void): () => void;
  random(): number;
  /** Asks over HTTP whether the session still holds (and so renews it). Rejects when the desk is away. */
  sessionHolds(): Promise<boolean>;
}

/** The connection to the desk: frames come in, requests go out, a lost connection comes back by itself. */
export interface Link {
  state: Store<LinkState>;
  request<Name extends MethodName>(method: Name, params: Methods[Name]['params']): Promise<Methods[Name]['result']>;
  /** Tries at once instead of waiting. */
  retryNow(): void;
  close(): void;
}

const firstRetryMs = 400;
const lastRetryMs = 8_000;
/** The desk beats once a second: silence this long is a dead connection. */
const silenceMs = 6_000;
const requestLimitMs = 12_000;

function localError(code: string, status: string, message: string): RequestError {
  return new RequestError({ code, status, message, retryable: true, details: {} });
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: RequestError): void;
  cancel(): void;
}

export function createLink(environment: LinkEnvironment, onFrame: (frame: ServerFrame) => void): Link {
  const { nowMs, setTimer, random } = environment;
  const state = createStore<LinkState>({ phase: 'connecting' });
  const waiting = new Map<number, Waiting>();
  let socket: LinkSocket | undefined;
  let lastId = 0;
  let attempt = 0;
  let epoch = 0;
  let lostSinceMs = nowMs();
  let cancelRetry = () => {};
  let cancelSilence = () => {};
  let closed = false;

  function settle(id: number): Waiting | undefined {
    const found = waiting.get(id);
    waiting.delete(id);
    found?.cancel();
    return found;
  }

  function heard(): void {
    cancelSilence();
    cancelSilence = setTimer(silenceMs, () => {
      drop(0);
    });
  }

  function take(text: unknown): void {
    heard();
    const frame = JSON.parse(String(text)) as ServerFrame;
    if (frame.type === 'reply') {
      settle(frame.id)?.resolve(frame.result);
      return;
    }
    if (frame.type === 'failure') {
      settle(frame.id)?.reject(new RequestError(frame.error));
      return;
    }
    if (frame.type === 'hello') {
      if (frame.protocol !== protocolVersion) {
        stop();
        state.set({ phase: 'outdated' });
        return;
      }
      attempt = 0;
      epoch += 1;
      onFrame(frame);
      state.set({ phase: 'live', epoch });
      return;
    }
    onFrame(frame);
  }

  function stop(): void {
    closed = true;
    cancelRetry();
    cancelSilence();
    letGo();
  }

  /** Forgets the socket and fails what waits for an answer; whoever asked may ask again. */
  function letGo(): void {
    const old = socket;
    socket = undefined;
    if (old !== undefined) {
      old.onopen = old.onmessage = old.onclose = null;
      old.close();
    }
    for (const id of [...waiting.keys()]) settle(id)?.reject(localError('DESK_DISCONNECTED', 'unavailable', 'The connection was lost.'));
  }

  function drop(code: number): void {
    cancelSilence();
    if (state.get().phase === 'live') lostSinceMs = nowMs();
    letGo();
    if (closed) return;
    // A session may have run out while the desk was away, or the upgrade was refused for it: the reason does not show.
    if (code === closeCodes.sessionEnded || attempt > 0) {
      void checkSession();
      return;
    }
    scheduleRetry();
  }

  async function checkSession(): Promise<void> {
    try {
      if (!(await environment.sessionHolds())) {
        stop();
        state.set({ phase: 'signed_out' });
        return;
      }
    } catch {
      // The desk is away altogether: nothing is known about the session.
    }
    if (!closed) scheduleRetry();
  }

  function scheduleRetry(): void {
    attempt += 1;
    const fullMs = Math.min(lastRetryMs, firstRetryMs * 2 ** (attempt - 1));
    const waitMs = fullMs * (0.5 + random() / 2);
    state.set({ phase: 'waiting', retryAtMs: nowMs() + waitMs, sinceMs: lostSinceMs });
    cancelRetry();
    cancelRetry = setTimer(waitMs, connect);
  }

  function connect(): void {
    cancelRetry();
    letGo();
    const next = environment.open();
    socket = next;
    next.onmessage = (event) => {
      take(event.data);
    };
    next.onclose = (event) => {
      drop(event.code);
    };
    heard();
  }

  connect();
  return {
    state,
    request(method, params) {
      const open = socket;
      if (open === undefined || state.get().phase !== 'live') return Promise.reject(localError('DESK_DISCONNECTED', 'unavailable', 'There is no connection.'));
      const id = (lastId += 1);
      const frame: ClientFrame = { id, method, params };
      return new Promise((resolve, reject) => {
        const cancel = setTimer(requestLimitMs, () => {
          settle(id)?.reject(localError('DESK_NO_ANSWER', 'deadline_exceeded', 'The desk did not answer in time.'));
        });
        waiting.set(id, { resolve: resolve as (result: unknown) => void, reject, cancel });
        open.send(JSON.stringify(frame));
      });
    },
    retryNow() {
      if (state.get().phase === 'waiting') connect();
    },
    close: stop,
  };
}
