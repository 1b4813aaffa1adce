import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { AppError } from '@patchbay/runtime/app-error';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import { eventually } from '@patchbay/testkit/eventually';
import { requestText } from '../testing/messages.ts';
import { createTcpTransport, type TcpTransportOptions } from './tcp-transport.ts';
import type { PacketSource, SipTransport } from './transport.ts';
import { createUdpTransport } from './udp-transport.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** Listens and keeps what comes in. */
async function listen(transport: SipTransport) {
  const received: { text: string; source: PacketSource }[] = [];
  const faults: AppError[] = [];
  open.push(transport);
  await transport.listen({
    received: (bytes, source) => received.push({ text: Buffer.from(bytes).toString(), source }),
    unframed: (_head, source, fault) => {
      faults.push(fault);
      transport.send(Buffer.from('SIP/2.0 400 Bad Request\r\n\r\n'), source, () => {});
    },
  });
  return { transport, received, faults };
}

const tcp = (options: Partial<TcpTransportOptions> = {}) => listen(createTcpTransport({ address: '127.0.0.1', port: 0, ...options }));
const udp = () => listen(createUdpTransport({ address: '127.0.0.1', port: 0 }));

/** A plain TCP client; what it reads is kept as text. */
async function client(port: number): Promise<{ socket: Socket; read: () => string; closed: () => boolean }> {
  const socket = connect({ host: '127.0.0.1', port });
  let text = '';
  let closed = false;
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.on('close', () => (closed = true));
  socket.on('error', () => {});
  open.push({ close: () => socket.destroy() });
  await once(socket, 'connect');
  return { socket, read: () => text, closed: () => closed };
}

const message = requestText();

describe('UDP', () => {
  test('delivers a datagram with its source and sends to one', async () => {
    const [a, b] = [await udp(), await udp()];
    a.transport.send(Buffer.from(message), { protocol: 'UDP', ...b.transport.local() }, () => {});
    const got = await eventually('the datagram', () => b.received[0]);
    expect(got.text).toBe(message);
    expect(got.source).toEqual({ protocol: 'UDP', ...a.transport.local(), local: b.transport.local() });
  });

  test('keep-alives are not messages', async () => {
    const { transport, received } = await udp();
    const socket = createSocket('udp4');
    open.push({ close: () => socket.close() });
    for (const keepAlive of ['\r\n\r\n', '\r\n', '\0', message]) socket.send(keepAlive, transport.local().port, '127.0.0.1');
    await eventually('the message', () => received.length > 0);
    expect(received.map((one) => one.text)).toEqual([message]);
  });

  test('a message that is too large or sent after closing fails', async () => {
    const { transport } = await udp();
    const fault = (bytes: Uint8Array) => new Promise<AppError>((resolve) => { transport.send(bytes, { protocol: 'UDP', address: '127.0.0.1', port: 9 }, resolve); });
    expect((await fault(new Uint8Array(65_508))).code).toBe('SIP_MESSAGE_TOO_LARGE');
    await transport.close();
    expect((await fault(new Uint8Array(1))).code).toBe('SIP_CLOSED');
  });

  test('an address in use cannot be bound', async () => {
    const { transport } = await udp();
    await expect(createUdpTransport(transport.local()).listen({ received: () => {}, unframed: () => {} })).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
  });
});

describe('TCP', () => {
  test('answers over the connection that a message came by, and reuses one of its own', async () => {
    const [a, b] = [await tcp(), await tcp()];
    const hop = { protocol: 'TCP', ...b.transport.local() } as const;
    a.transport.send(Buffer.from(message), hop, () => {});
    a.transport.send(Buffer.from(message), hop, () => {});
    await eventually('both messages', () => b.received.length === 2);
    const [first, second] = b.received;
    expect(second?.source).toEqual(first?.source);
    // Port 1 is closed: the answer can only get through over the connection.
    b.transport.send(Buffer.from(message), { ...first!.source, port: 1 }, () => {});
    const answer = await eventually('the answer', () => a.received[0]);
    expect(answer.source).toMatchObject(b.transport.local());
  });

  test('a ping gets a pong', async () => {
    const { transport } = await tcp();
    const { socket, read } = await client(transport.local().port);
    socket.write('\r\n\r\n');
    await eventually('the pong', () => read() === '\r\n');
  });

  test('a stream that cannot be framed is answered and closed', async () => {
    const { transport, faults } = await tcp();
    const { socket, read, closed } = await client(transport.local().port);
    socket.write(message.replace(/Content-Length.*\r\n/, ''));
    await eventually('the end', closed);
    expect([faults[0]?.code, read()]).toEqual(['SIP_BAD_LENGTH', 'SIP/2.0 400 Bad Request\r\n\r\n']);
  });

  test('a message that drips in slowly, and a silent connection, are cut off in time', async () => {
    const clock = createFakeClock();
    const { transport, received } = await tcp({ clock, times: { partialMs: 10_000, idleMs: 60_000 } });
    const [slow, idle] = [await client(transport.local().port), await client(transport.local().port)];
    idle.socket.write(message);
    slow.socket.write(message.slice(0, 10));
    await eventually('the message', () => received.length === 1);
    slow.socket.write(message.slice(10, 20));
    await eventually('both to be read', () => clock.pendingTimers() === 2);
    clock.advance(10_000);
    await eventually('the slow one to be cut', slow.closed);
    expect(idle.closed()).toBe(false);
    clock.advance(50_000);
    await eventually('the idle one to be cut', idle.closed);
    expect(clock.pendingTimers()).toBe(0);
  });

  test('connections are bounded, in all and from one address', async () => {
    const { transport } = await tcp({ maxConnectionsPerAddress: 2 });
    const clients = [await client(transport.local().port), await client(transport.local().port), await client(transport.local().port)];
    await eventually('the third to be refused', () => clients[2]!.closed());
    expect(clients.slice(0, 2).map((one) => one.closed())).toEqual([false, false]);
    const full = await tcp({ maxConnections: 0 });
    const fault = await new Promise<AppError>((resolve) => { full.transport.send(Buffer.from(message), { protocol: 'TCP', ...transport.local() }, resolve); });
    expect(fault.code).toBe('SIP_CONNECTIONS_EXHAUSTED');
  });

  test('a peer that refuses, or does not answer in time, fails the message', async () => {
    const clock = createFakeClock();
    const { transport } = await tcp({ clock });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => { resolve(); }));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const fault = await new Promise<AppError>((resolve) => { transport.send(Buffer.from(message), { protocol: 'TCP', address: '127.0.0.1', port }, resolve); });
    expect(fault.code).toBe('SIP_TRANSPORT_FAILED');
    await eventually('nothing to be left', () => clock.pendingTimers() === 0);
  });

  test('a peer that does not read is given up', async () => {
    const { transport } = await tcp();
    const server = createServer((socket) => { socket.pause(); open.push({ close: () => socket.destroy() }); });
    open.push({ close: () => server.close() });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => { resolve(); }));
    const { port } = server.address() as { port: number };
    const failed = new Promise<AppError>((resolve) => {
      const big = Buffer.alloc(60_000, 'x');
      for (let count = 0; count < 400; count += 1) transport.send(big, { protocol: 'TCP', address: '127.0.0.1', port }, resolve);
    });
    expect((await failed).code).toBe('SIP_TRANSPORT_FAILED');
  });
});
