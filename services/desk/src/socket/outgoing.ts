import type { WebSocket } from 'ws';
import { closeCodes, type ServerFrame } from '../protocol.ts';

/** What a socket sends, bounded. */
export interface Outgoing {
  send(frame: ServerFrame): void;
  /** Whether more may be sent that could as well be left out and made up for later. */
  hasRoom(): boolean;
}

/** Above this the wall's pushes wait, bytes. */
const roomBytes = 512 * 1024;
/** Above this the reader is too slow to keep, bytes. */
const limitBytes = 4 * 1024 * 1024;

/** Sends frames; a reader that lets too much pile up is closed and gets a fresh picture when it comes back. */
export function createOutgoing(socket: Pick<WebSocket, 'readyState' | 'OPEN' | 'bufferedAmount' | 'send' | 'close' | 'terminate'>): Outgoing {
  return {
    hasRoom: () => socket.bufferedAmount < roomBytes,
    send(frame) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > limitBytes) {
        socket.close(closeCodes.slowReader, 'slow reader');
        socket.terminate();
        return;
      }
      socket.send(JSON.stringify(frame));
    },
  };
}
