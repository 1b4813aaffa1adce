import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { activeTraceparent, contextOf, inSpan, isSameTrace, linksTo, parseTraceparent } from './spans.ts';
import { startTelemetry } from './telemetry.ts';

const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
let server: Server | undefined;
let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  server?.close();
  server?.closeAllConnections();
  [server, stop] = [undefined, undefined];
});

/** A collector that answers each request with what the test says; gives its address and what came. */
async function startCollector(answer: () => number): Promise<{ url: string; paths: string[]; came(count: number): Promise<void> }> {
  const paths: string[] = [];
  const waiting: (() => void)[] = [];
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      paths.push(request.url ?? '');
      response.writeHead(answer(), { 'content-type': 'application/json' }).end('{}');
      for (const look of waiting) look();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    came: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (paths.length >= count) resolve();
        };
        waiting.push(look);
        look();
      }),
  };
}

function start(otlpEndpoint: string | undefined, sampleRatio = 1) {
  const lines: { msg: string; trace_id?: string }[] = [];
  const log = createLogger('test', 'info', { write: (line) => void lines.push(JSON.parse(line) as { msg: string }) });
  const metrics = createMetrics('test');
  stop = startTelemetry({ service: 'test', instance: '1', otlpEndpoint, sampleRatio, exportEveryMs: 10, log, metrics });
  return { log, lines, spans: async () => (await metrics.text()).match(/^patchbay_trace_spans_total.*$/gm) ?? [] };
}

const work = () => inSpan('work', {}, () => Promise.resolve(activeTraceparent()));

describe('a traceparent', () => {
  test('is read as W3C has it, and nothing else is taken for one', () => {
    expect(parseTraceparent(parent)).toEqual({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1, isRemote: true });
    for (const bad of [undefined, '', 'x', parent.slice(0, -1), `${parent}0`, parent.toUpperCase(), parent.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32)), `ff${parent.slice(2)}`]) {
      expect(parseTraceparent(bad)).toBeUndefined();
    }
    expect(linksTo([parent, undefined, 'x'])).toHaveLength(1);
    expect(isSameTrace(parent, parent.replace('00f067aa0ba902b7', '1111111111111111'))).toBe(true);
    expect(isSameTrace(undefined, undefined)).toBe(false);
  });
});

describe('telemetry', () => {
  test('without a collector records nothing, and ids are there for logs and facts', async () => {
    const { log, lines } = start(undefined);
    const traceparent = await inSpan('work', {}, () => {
      log.info('worked');
      return Promise.resolve(activeTraceparent());
    });
    expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(lines[0]?.trace_id).toBe(traceparent?.split('-')[1]);
  });

  test('work goes on in the trace of the header it came with, sampled as that one is', async () => {
    start('http://127.0.0.1:1', 0);
    const inTrace = (header: string) => inSpan('work', { parent: contextOf(header) }, () => Promise.resolve(activeTraceparent()));
    expect(await inTrace(parent)).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-.*-01$/);
    expect(await work()).toMatch(/-00$/);
    expect(trace.getActiveSpan()).toBeUndefined();
  });

  test('spans go to the path of the signal below the address of the collector', async () => {
    const collector = await startCollector(() => 200);
    const { spans } = start(`${collector.url}/tenant/`);
    await work();
    await collector.came(1);
    await stop?.();
    expect(collector.paths).toEqual(['/tenant/v1/traces']);
    expect(await spans()).toEqual(['patchbay_trace_spans_total{outcome="sent",service="test"} 1']);
  });

  test('a collector that refuses is told of once, and again when it is back', async () => {
    let status = 400;
    const collector = await startCollector(() => status);
    const { lines, spans } = start(collector.url);
    for (let batch = 1; batch <= 3; batch += 1) {
      await work();
      await collector.came(batch);
    }
    status = 200;
    await work();
    await collector.came(4);
    await stop?.();
    expect(lines.map(({ msg }) => msg)).toEqual(['traces are not delivered', 'traces are delivered again']);
    expect(await spans()).toEqual(['patchbay_trace_spans_total{outcome="lost",service="test"} 3', 'patchbay_trace_spans_total{outcome="sent",service="test"} 1']);
  });

  test('a collector that never answers holds up the end for two seconds at most', async () => {
    server = createServer(() => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    start(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await work();
    const startedMs = performance.now();
    await stop?.();
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });
});
