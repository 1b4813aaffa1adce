import type { Socket } from 'node:net';

/** Sends bytes and gives the first `atLeast` or more bytes of the answer; the socket is closed afterwards. */
export function exchange(socket: Socket, request: Uint8Array, atLeast: number, signal: AbortSignal): Promise<Buffer> {
  return new Promise<Buffer>((resolve, reject) => {
    let answer = Buffer.alloc(0);
    const aborted = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', aborted, { once: true });
    socket.on('error', reject);
    socket.on('end', () => {
      reject(new Error('closed before an answer'));
    });
    socket.on('data', (bytes: Buffer) => {
      answer = Buffer.concat([answer, bytes]);
      if (answer.length >= atLeast) resolve(answer);
    });
    socket.write(request);
  }).finally(() => socket.destroy());
}
