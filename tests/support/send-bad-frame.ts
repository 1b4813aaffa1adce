import type { WebSocket } from 'ws';
import type { BadFrame } from './bad-websocket-frames.ts';
import { openChat, type ChatClient } from './chat-client.ts';

/** What may be written into a socket: frames of the library's making, or bytes below it. */
export type FrameBytes = { readonly text: string } | { readonly binary: Uint8Array } | { readonly raw: Uint8Array };

/** Writes a frame, or bytes that are none. */
export function writeFrame(socket: WebSocket, send: FrameBytes): void {
  if ('text' in send) socket.send(send.text);
  else if ('binary' in send) socket.send(send.binary);
  else (socket as unknown as { _socket: { write(bytes: Uint8Array): void } })._socket.write(send.raw);
}

async function answerOf(client: ChatClient, expected: BadFrame['expect']): Promise<BadFrame['expect']> {
  if ('close' in expected && !('error' in expected)) return { close: await client.closed };
  if ('rejected' in expected) return { rejected: String((await client.next('rejected', (frame) => frame.type === 'rejected'))['code']) };
  const error = await client.next('error', (frame) => frame.type === 'error');
  const told = { error: String(error['code']), ...(error['field'] === undefined ? {} : { field: String(error['field']) }) };
  if (error['fatal'] === true) return { ...told, close: await client.closed };
  // A fault of one frame leaves the connection as it was.
  client.send({ type: 'ping' });
  await client.next('pong', (frame) => frame.type === 'pong');
  return told;
}

/** Sends one bad frame over a connection of its own; what came of it, in the form of the expectation. */
export async function sendBadFrame(port: number, { after, send, expect }: BadFrame): Promise<BadFrame['expect']> {
  const client = await openChat(port, after === 'hello' ? {} : { hello: false });
  try {
    writeFrame(client.socket, send);
    return await answerOf(client, expect);
  } finally {
    client.close();
  }
}
