import type { Socket } from 'node:net';
import type { AppError } from '@patchbay/runtime/app-error';
import type { CancelTimer, Clock } from '@patchbay/runtime/clock';
import { sipError } from '../errors.ts';
import { createStreamFramer } from './stream-framer.ts';
import type { PacketSource, TransportReceiver } from './transport.ts';

/** How long a connection may be silent or unfinished. */
export interface ConnectionTimes {
  /** A message begun must be whole by then, milliseconds. */
  readonly partialMs: number;
  /** Closed when nothing came or went for so long, milliseconds. */
  readonly idleMs: number;
  /** A connection of ours must stand by then, milliseconds. */
  readonly connectMs: number;
}

/** A connection and what it is good for. */
export interface TcpConnection {
  readonly id: string;
  send(bytes: Uint8Array, failed: (error: AppError) => void): void;
  close(): void;
}

/** Beyond this many unsent bytes a peer that does not read is given up. */
const maxUnsentBytes = 1_048_576;
const pong = Buffer.from('\r\n');

/** What a connection is made of. */
interface ConnectionParts {
  readonly id: string;
  readonly socket: Socket;
  readonly clock: Clock;
  readonly times: ConnectionTimes;
  readonly receiver: TransportReceiver;
  /** Address and port of the other end, known before the connection stands. */
  readonly remote: { readonly address: string; readonly port: number };
  readonly local: () => { readonly address: string; readonly port: number };
  readonly closed: () => void;
}

/** A deadline that is moved with every message: the timer runs on and looks again, instead of being set anew each time. */
function createDeadline(clock: Clock, passed: () => void): { set(delayMs: number): void; cancel(): void } {
  let dueMs = Number.POSITIVE_INFINITY;
  let timerMs = Number.POSITIVE_INFINITY;
  let cancelTimer: CancelTimer = () => {};
  function start(): void {
    cancelTimer();
    timerMs = dueMs;
    cancelTimer = clock.setTimer(dueMs - clock.monotonicMs(), () => {
      timerMs = Number.POSITIVE_INFINITY;
      if (clock.monotonicMs() >= dueMs) passed();
      else start();
    });
  }
  return {
    set(delayMs) {
      dueMs = clock.monotonicMs() + delayMs;
      if (dueMs < timerMs) start();
    },
    cancel() {
      cancelTimer();
    },
  };
}

/** Runs one connection: frames what comes in, answers pings, watches the clock. */
export function runTcpConnection(parts: ConnectionParts): TcpConnection {
  const { id, socket, clock, times, receiver, remote } = parts;
  const deadline = createDeadline(clock, () => {
    socket.destroy();
  });

  function source(): PacketSource {
    return { protocol: 'TCP', ...remote, connection: id, local: parts.local() };
  }

  let completed = false;
  const framer = createStreamFramer({
    message: (bytes) => {
      completed = true;
      receiver.received(bytes, source());
    },
    ping: () => {
      socket.write(pong);
    },
    fault: (error, head) => {
      receiver.unframed(head, source(), error);
      socket.destroySoon();
    },
  });

  /** A partial message gets one deadline, not one a byte: dripping does not keep a connection alive. */
  let partial = false;
  socket.on('data', (chunk) => {
    completed = false;
    framer.push(chunk);
    const now = framer.isPartial();
    if (!now) deadline.set(times.idleMs);
    else if (!partial || completed) deadline.set(times.partialMs);
    partial = now;
  });
  socket.on('connect', () => {
    deadline.set(times.idleMs);
  });
  // 'close' always follows, and writers hear of it through their own call-backs.
  socket.on('error', () => {});
  socket.on('close', () => {
    deadline.cancel();
    parts.closed();
  });
  socket.setNoDelay(true);
  deadline.set(socket.connecting ? times.connectMs : times.partialMs);

  return {
    id,
    send(bytes, failed) {
      if (socket.writableLength > maxUnsentBytes) socket.destroy();
      socket.write(bytes, (cause) => {
        if (cause === null || cause === undefined) {
          if (!partial) deadline.set(times.idleMs);
        } else failed(sipError('SIP_TRANSPORT_FAILED', { cause, details: { protocol: 'TCP' } }));
      });
    },
    close() {
      socket.destroy();
    },
  };
}
