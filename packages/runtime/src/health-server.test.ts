import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createReadiness, startHealthServer, type HealthServer } from './health-server.ts';
import { createMetrics } from './metrics.ts';

let server: HealthServer;
const readiness = createReadiness();

beforeEach(async () => {
  server = await startHealthServer({ host: '127.0.0.1', port: 0, readiness, metrics: createMetrics('test') });
});
afterEach(() => server.close());

/** Asks for a path as it stands: fetch would mend it. */
function statusOf(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: server.port, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

test('a process is alive, and ready when all that it needs holds', async () => {
  readiness.set('bus connected', false);
  expect([await statusOf('/livez'), await statusOf('/readyz'), await statusOf('/metrics')]).toEqual([200, 503, 200]);
  readiness.set('bus connected', true);
  expect(await statusOf('/readyz')).toBe(200);
});

test.each(['//', '//[', '/\\', '*', '/nothing', '/%00', 'http://[::1'])('the path %s is answered 404 and ends no process', async (path) => {
  expect(await statusOf(path)).toBe(404);
  expect(await statusOf('/livez')).toBe(200);
});
