import { createSocket, type Socket } from 'node:dgram';
import { parentPort } from 'node:worker_threads';

/** The least a relay can do: pairs of connected sockets, each packet sent on as it is. What the media plane is compared with. */
const host = '127.0.0.1';

function open(peer: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 512 * 1024 });
    socket.on('error', () => {});
    socket.bind(0, host, () => {
      socket.connect(peer, host, () => {
        resolve(socket);
      });
    });
  });
}

parentPort?.on('message', (peers: readonly number[]) => {
  void (async () => {
    const sockets: Socket[] = [];
    for (const peer of peers) sockets.push(await open(peer));
    for (const [index, socket] of sockets.entries()) {
      const other = sockets[index ^ 1];
      socket.on('message', (bytes) => other?.send(bytes));
    }
    parentPort?.postMessage(sockets.map((socket) => socket.address().port));
  })();
});
