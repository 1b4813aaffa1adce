import { expect, test } from '@jest/globals';
import type { WebSocket } from 'ws';
import { closeCodes } from '../protocol.ts';
import { createOutgoing } from './outgoing.ts';

function slowSocket() {
  const socket = { readyState: 1, OPEN: 1, bufferedAmount: 0, sent: 0, closedWith: 0, ended: false, send: () => void (socket.sent += 1), close: (code: number) => void (socket.closedWith = code), terminate: () => void (socket.ended = true) };
  return socket;
}

const beat = { type: 'beat', serverMs: 0, feeds: { agents: 0, queues: 0, facts: 0 } } as const;

test('a reader that falls behind gets no more of what can wait, and is closed when it falls too far', () => {
  const socket = slowSocket();
  const outgoing = createOutgoing(socket as unknown as WebSocket);
  outgoing.send(beat);
  expect([socket.sent, outgoing.hasRoom()]).toEqual([1, true]);
  socket.bufferedAmount = 600 * 1024;
  expect(outgoing.hasRoom()).toBe(false);
  outgoing.send(beat);
  expect(socket.sent).toBe(2);
  socket.bufferedAmount = 5 * 1024 * 1024;
  outgoing.send(beat);
  expect([socket.sent, socket.closedWith, socket.ended]).toEqual([2, closeCodes.slowReader, true]);
});

test('nothing is sent to a socket that is closing', () => {
  const socket = slowSocket();
  socket.readyState = 2;
  createOutgoing(socket as unknown as WebSocket).send(beat);
  expect(socket.sent).toBe(0);
});
