// One replica of the demo channel as a process of its own, for tests that kill it: `node pager-process.ts NATS_URL PLATFORM_URL`.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectBus } from '@patchbay/bus/connection';
import { ensureTopology } from '@patchbay/bus/topology';
import { startChannel } from '@patchbay/channel-kit/start-channel';
import { createPagerAdapter, createPagerPlatform } from '@patchbay/channel-kit/testing/demo-channel';
import { AppError } from '@patchbay/runtime/app-error';
import { createReadiness } from '@patchbay/runtime/health-server';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';

const [servers = '', platformUrl = ''] = process.argv.slice(2);
const metrics = createMetrics('pager');
const connection = await connectBus({ servers, name: 'pager', log: silentLogger, metrics });
await ensureTopology(connection);
const platform = createPagerPlatform();
platform.take = async (request) => {
  const { customer } = request.contact;
  const text = request.content.map(({ part }) => (part?.$case === 'text' ? part.value.text : '')).join('|');
  const response = await fetch(platformUrl, { method: 'POST', body: JSON.stringify({ to: customer.address, text, key: request.idempotencyKey }), signal: request.signal });
  return { kind: 'sent', platformMessageId: await response.text() };
};
const adapter = createPagerAdapter(platform, { grouping: 'whole', attemptMs: 3_000 });
const channel = await startChannel(adapter, { connection, log: silentLogger, metrics, readiness: createReadiness() });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    adapter
      .host()
      .deliver({ body: Buffer.concat(chunks), signature: String(request.headers['x-signature']) })
      .then(
        () => response.writeHead(200).end(),
        (thrown: unknown) => response.writeHead(AppError.from(thrown).retryable ? 503 : 400).end(AppError.from(thrown).code),
      );
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
process.on('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
  void channel
    .stop()
    .then(() => connection.drain())
    .then(() => process.exit(0));
});
