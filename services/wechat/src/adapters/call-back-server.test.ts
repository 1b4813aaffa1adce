import { request } from 'node:http';
import { expect, test } from '@jest/globals';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { startCallBackServer } from './call-back-server.ts';

test.each(['//', '/\\', '//[', '/', '/wechat', '/wechat/', '/wechat/a/b', '/wechat/%2e%2e', '/wechat/a.b'])('the path %s is no account of ours', async (path) => {
  const server = await startCallBackServer({ host: '127.0.0.1', port: 0, log: silentLogger, metrics: createMetrics('test') }, { verify: () => Promise.resolve(''), receive: () => Promise.resolve() });
  const status = await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: server.port, path, method: 'POST', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
  await server.close();
  expect(status).toBe(404);
});
