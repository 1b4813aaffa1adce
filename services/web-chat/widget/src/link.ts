import { protocolVersion, type ServerFrame } from '../../src/domain/frames.ts';

/** An open or opening connection. */
export interface LinkSocket {
  send(text: string): void;
  close(): void;
}

/** What a connection tells. */
export interface LinkEvents {
  onOpen(): void;
  onText(text: string): void;
  onClose(code: number): void;
}

/** What the link needs of the page. */
export interface LinkOptions {
  readonly open: (events: LinkEvents) => LinkSocket;
  /** The present hello; asked for at each connection. */
  readonly hello: () => Record<string, unknown>;
  readonly onFrame: (frame: ServerFrame) => void;
  /** `up` = hello was answered; `down` = trying again; `stopped` = it will not work. */
  readonly onStatus: (status: 'up' | 'down' | 'stopped') => void;
  /** The server does not know the token: forget it. */
  readonly onBadToken: () => void;
  readonly random?: () => number;
  readonly setTimer?: (callback: () => void, delayMs: number) => unknown;
  readonly clearTimer?: (timer: unknown) => void;
}

/** A connection that comes back by itself. */
export interface Link {
  start(): void;
  stop(): void;
  /** The page became visible, or the network came back: make sure that the connection is alive, now. */
  wake(): void;
  /** Sends when up; whether it was handed to the socket. */
  send(frame: Record<string, unknown>): boolean;
}

const firstWaitMs = 500;
const longestWaitMs = 30_000;
const openTimeoutMs = 10_000;
const wakeTimeoutMs = 5_000;
const badToken = 4401;
const hopeless = new Set([4403, 4404, 4400]);

/**
 * Full jitter: a random share of a wait that doubles, so that many visitors who lost their server together do not come
 * back together.
 */
export function reconnectWaitMs(attempt: number, random: () => number): number {
  return random() * Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(attempt, 10));
}

/** Creates a link; `start` opens it. */
export function createLink(options: LinkOptions): Link {
  const random = options.random ?? Math.random;
  const setTimer = options.setTimer ?? ((callback, delayMs) => setTimeout(callback, delayMs));
  const clearTimer = options.clearTimer ?? ((timer) => { clearTimeout(timer as number); });
  let socket: LinkSocket | undefined;
  let isUp = false;
  let isStopped = true;
  let attempt = 0;
  let waitMs: number | undefined;
  let limits = { pingMs: 20_000, silenceMs: 45_000 };
  let retryTimer: unknown;
  let pingTimer: unknown;
  let silenceTimer: unknown;

  function stopTimers(): void {
    for (const timer of [retryTimer, pingTimer, silenceTimer]) clearTimer(timer);
  }

  /** Gives a connection up that may be half open: its close may never come. */
  function drop(): void {
    const dropped = socket;
    if (dropped === undefined) return;
    lost(1006);
    dropped.close();
  }

  function expectSign(withinMs: number): void {
    clearTimer(silenceTimer);
    silenceTimer = setTimer(drop, withinMs);
  }

  function pingLater(): void {
    clearTimer(pingTimer);
    pingTimer = setTimer(() => {
      socket?.send('{"type":"ping"}');
      pingLater();
    }, limits.pingMs);
  }

  function lost(code: number): void {
    socket = undefined;
    isUp = false;
    stopTimers();
    if (isStopped) return;
    if (hopeless.has(code)) {
      isStopped = true;
      options.onStatus('stopped');
      return;
    }
    if (code === badToken) options.onBadToken();
    options.onStatus('down');
    const delayMs = waitMs ?? reconnectWaitMs(attempt, random);
    waitMs = undefined;
    attempt += 1;
    retryTimer = setTimer(connect, delayMs);
  }

  function onFrame(frame: ServerFrame): void {
    expectSign(limits.silenceMs);
    if (frame.type === 'welcome') {
      limits = frame.limits;
      pingLater();
    } else if (frame.type === 'drain') waitMs = frame.retryAfterMs;
    options.onFrame(frame);
    if (frame.type === 'live' && !isUp) {
      isUp = true;
      attempt = 0;
      options.onStatus('up');
    }
  }

  function connect(): void {
    if (isStopped || socket !== undefined) return;
    clearTimer(retryTimer);
    // What a connection that was given up still says belongs to nobody.
    const isCurrent = () => socket === opened;
    const opened = options.open({
      onOpen() {
        if (isCurrent()) opened.send(JSON.stringify({ type: 'hello', protocol: protocolVersion, ...options.hello() }));
      },
      onText(text) {
        if (isCurrent()) onFrame(JSON.parse(text) as ServerFrame);
      },
      onClose(code) {
        if (isCurrent()) lost(code);
      },
    });
    socket = opened;
    expectSign(openTimeoutMs);
  }

  return {
    start() {
      if (!isStopped) return;
      isStopped = false;
      connect();
    },
    stop() {
      isStopped = true;
      stopTimers();
      const left = socket;
      socket = undefined;
      left?.close();
      isUp = false;
    },
    wake() {
      if (isStopped) return;
      if (socket === undefined) {
        attempt = 0;
        connect();
      } else if (isUp) {
        socket.send('{"type":"ping"}');
        expectSign(wakeTimeoutMs);
      }
    },
    send(frame) {
      if (!isUp || socket === undefined) return false;
      socket.send(JSON.stringify(frame));
      return true;
    },
  };
}
