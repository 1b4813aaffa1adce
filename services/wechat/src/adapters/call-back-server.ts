import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '@patchbay/runtime/app-error';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';
import type { CallBack } from '../call-back.ts';
import { wechatError } from '../errors.ts';
import { wechatMetrics } from '../metrics.ts';
import type { CallBackReceiver, CallBackServer } from '../ports.ts';
import { longestBodyBytes } from '../wire/call-back-xml.ts';

/** Where it listens and what it reports to. */
export interface CallBackServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  log: Logger;
  metrics: Metrics;
}

/** The platform cuts the connection after 5 s and calls again. */
const requestTimeoutMs = 5_000;
/** What the platform takes as "do not call again" (消息推送). */
const success = 'success';

const httpStatus: Partial<Record<AppError['status'], number>> = {
  not_found: 404,
  invalid_argument: 400,
  unauthenticated: 403,
  failed_precondition: 503,
};

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > longestBodyBytes) throw wechatError('WECHAT_TOO_LARGE');
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw wechatError('WECHAT_BAD_REQUEST', { cause: error });
  }
}

async function readCallBack(request: IncomingMessage): Promise<CallBack> {
  const url = URL.parse(request.url ?? '/', 'http://call-back');
  const appId = /^\/wechat\/([A-Za-z0-9_-]{1,64})$/.exec(url?.pathname ?? '')?.[1];
  if (url === null || appId === undefined) throw wechatError('WECHAT_UNKNOWN_ACCOUNT');
  return { appId, query: Object.fromEntries(url.searchParams), body: request.method === 'POST' ? await readBody(request) : '' };
}

/** Serves `GET|POST /wechat/<appid>`. Answers `success` only when the message is durable, otherwise lets the platform call again. */
export async function startCallBackServer(options: CallBackServerOptions, receiver: CallBackReceiver): Promise<CallBackServer> {
  const counted = options.metrics.counter(wechatMetrics.wechat_call_backs_total);
  async function answer(request: IncomingMessage): Promise<string> {
    const callBack = await readCallBack(request);
    if (request.method === 'GET') return receiver.verify(callBack);
    if (request.method !== 'POST') throw wechatError('WECHAT_BAD_REQUEST');
    await receiver.receive(callBack);
    return success;
  }
  const server = createServer({ requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs, maxHeaderSize: 16 * 1024 }, (request, response) => {
    answer(request).then(
      (text) => {
        counted.inc({ outcome: 'ok' });
        response.setHeader('content-type', 'text/plain; charset=utf-8').end(text);
      },
      (thrown: unknown) => {
        const error = AppError.from(thrown);
        counted.inc({ outcome: error.code });
        if (error.status === 'internal') options.log.error('call-back failed', { error });
        const status = error.code === 'WECHAT_TOO_LARGE' ? 413 : error.retryable ? 503 : (httpStatus[error.status] ?? 500);
        response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify({ code: error.code }));
        request.resume();
      },
    );
  });
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
        server.closeIdleConnections();
      }),
  };
}
