import type { CancelTimer, Clock } from '@patchbay/runtime/clock';
import type { WebSocket } from 'ws';
import { closeCodes, type FeedAges } from '../protocol.ts';
import type { Outgoing } from './outgoing.ts';

const beatMs = 1_000;
const pingEveryBeats = 10;

/**
 * Tells the browser the time and the age of its picture once a second, ends the socket when its session no longer holds,
 * and drops a browser that does not answer pings: only a live one keeps its agent present.
 */
export function startPulse(options: { socket: WebSocket; outgoing: Outgoing; clock: Clock; holds(): boolean; ages(): FeedAges }): () => void {
  const { socket, outgoing, clock, holds, ages } = options;
  let heard = true;
  let beats = 0;
  let cancel: CancelTimer = clock.setTimer(0, beat);

  function beat(): void {
    cancel = clock.setTimer(beatMs, beat);
    if (!holds()) {
      socket.close(closeCodes.sessionEnded, 'session ended');
      return;
    }
    beats += 1;
    if (beats % pingEveryBeats === 0) {
      if (!heard) {
        socket.terminate();
        return;
      }
      heard = false;
      socket.ping();
    }
    outgoing.send({ type: 'beat', serverMs: clock.nowMs(), feeds: ages() });
  }

  socket.on('pong', () => {
    heard = true;
  });
  return () => {
    cancel();
  };
}
