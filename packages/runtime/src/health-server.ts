import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runtimeMetrics, type Metrics } from './metrics.ts';

/** Whether a process can take work, and why not. */
export interface Readiness {
  /** Names a condition and whether it holds; the process is ready when all hold. */
  set(condition: string, holds: boolean): void;
  isReady(): boolean;
  /** Conditions that do not hold. */
  missing(): readonly string[];
}

/** A process without conditions is ready. */
export function createReadiness(): Readiness {
  const conditions = new Map<string, boolean>();
  const missing = () => [...conditions].filter(([, holds]) => !holds).map(([name]) => name);
  return {
    set: (condition, holds) => void conditions.set(condition, holds),
    isReady: () => missing().length === 0,
    missing,
  };
}

/** The running health server. */
export interface HealthServer {
  /** Where it listens. */
  port: number;
  close(): Promise<void>;
}

/**
 * Serves `/livez` (200 while the loop turns; looks at no broker), `/readyz` (200, or 503 with what is missing) and
 * `/metrics` (Prometheus text).
 */
export async function startHealthServer(options: { host: string; port: number; readiness: Readiness; metrics: Metrics }): Promise<HealthServer> {
  const { readiness, metrics } = options;
  const ready = metrics.gauge(runtimeMetrics.ready);
  metrics.onScrape(() => {
    ready.set(readiness.isReady() ? 1 : 0);
  });
  const server = createServer((request, response) => {
    const path = URL.parse(request.url ?? '/', 'http://health')?.pathname;
    if (path === '/livez') response.end('ok\n');
    else if (path === '/readyz') {
      response.statusCode = readiness.isReady() ? 200 : 503;
      response.end(readiness.isReady() ? 'ready\n' : `${readiness.missing().join('\n')}\n`);
    } else if (path === '/metrics') {
      metrics.text().then(
        (text) => response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8').end(text),
        () => response.writeHead(500).end(),
      );
    } else response.writeHead(404).end();
  });
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
