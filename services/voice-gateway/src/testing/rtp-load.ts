import { createSocket, type Socket } from 'node:dgram';
import { rtpHeaderSize, writeRtpHeader } from '../domain/media/rtp.ts';

/** Sends calls' worth of RTP and counts what comes back. A process of its own, so that its CPU is not the relay's. */
interface Endpoint {
  readonly socket: Socket;
  readonly ssrc: number;
  target: number;
}

/** What the parent says. */
export type LoadOrder = { readonly kind: 'open'; readonly calls: number } | { readonly kind: 'run'; readonly targets: readonly number[]; readonly seconds: number };

/** What the parent is told. */
export type LoadAnswer =
  | { readonly kind: 'ports'; readonly ports: readonly number[] }
  | { readonly kind: 'result'; readonly sent: number; readonly received: number; readonly p50Ms: number; readonly p99Ms: number };

const host = '127.0.0.1';
const packetSize = rtpHeaderSize + 160;
const endpoints: Endpoint[] = [];
const delaysMs: number[] = [];
let received = 0;

function bind(): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 512 * 1024 });
    socket.on('message', (bytes) => {
      received += 1;
      // The payload carries when it was sent.
      if (received % 16 === 0) delaysMs.push(performance.now() - bytes.readDoubleBE(rtpHeaderSize));
    });
    socket.bind(0, host, () => {
      resolve(socket);
    });
  });
}

const tell = (answer: LoadAnswer) => process.send?.(answer);

function run(targets: readonly number[], seconds: number): void {
  for (const [index, endpoint] of endpoints.entries()) endpoint.target = targets[index] ?? 0;
  received = 0;
  delaysMs.length = 0;
  const startMs = performance.now();
  let ticks = 0;
  let sent = 0;
  const timer = setInterval(() => {
    for (; ticks * 20 < performance.now() - startMs && ticks < seconds * 50; ticks += 1) {
      for (const { socket, ssrc, target } of endpoints) {
        const bytes = Buffer.alloc(packetSize, 0x55);
        writeRtpHeader(bytes, { marker: ticks === 0, payloadType: 0, sequence: ticks & 0xffff, timestamp: ticks * 160, ssrc });
        bytes.writeDoubleBE(performance.now(), rtpHeaderSize);
        socket.send(bytes, target, host);
        sent += 1;
      }
    }
    if (ticks < seconds * 50) return;
    clearInterval(timer);
    setTimeout(() => {
      const sorted = delaysMs.toSorted((left, right) => left - right);
      const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
      tell({ kind: 'result', sent, received, p50Ms: at(0.5), p99Ms: at(0.99) });
    }, 300);
  }, 5);
}

process.on('message', (order: LoadOrder) => {
  if (order.kind === 'run') run(order.targets, order.seconds);
  else {
    void (async () => {
      for (let index = 0; index < order.calls * 2; index += 1) endpoints.push({ socket: await bind(), ssrc: index + 1, target: 0 });
      tell({ kind: 'ports', ports: endpoints.map(({ socket }) => socket.address().port) });
    })();
  }
});
