import { describe, expect, test } from '@jest/globals';
import { defineMetrics } from './metric-table.ts';
import { createMetrics } from './metrics.ts';

const table = defineMetrics({
  taken_total: { kind: 'counter', help: 'Contacts taken', labels: { channel: ['voice', 'email'] } },
  waiting: { kind: 'gauge', help: 'Contacts that wait', labels: { queue: { of: 'queues', limit: 2 } } },
  answer_seconds: { kind: 'histogram', unit: 'seconds', help: 'Time to answer', buckets: [1, 5] },
});

async function linesOf(metrics: ReturnType<typeof createMetrics>, name: string): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.startsWith(`patchbay_${name}`));
}

describe('metrics', () => {
  test('a label value outside of its closed set is counted as other', async () => {
    const metrics = createMetrics('routing');
    const taken = metrics.counter(table.taken_total);
    taken.inc({ channel: 'voice' }, 2);
    taken.inc({ channel: 'a customer wrote this' });
    expect(await linesOf(metrics, 'taken_total')).toEqual(['patchbay_taken_total{channel="voice",service="routing"} 2', 'patchbay_taken_total{channel="other",service="routing"} 1']);
  });

  test('an open set takes no more values than its limit', async () => {
    const metrics = createMetrics('routing');
    const waiting = metrics.gauge(table.waiting);
    for (const queue of ['billing', 'technical', 'sales', 'billing']) waiting.set({ queue }, queue.length);
    expect(await linesOf(metrics, 'waiting')).toEqual([
      'patchbay_waiting{queue="billing",service="routing"} 7',
      'patchbay_waiting{queue="technical",service="routing"} 9',
      'patchbay_waiting{queue="other",service="routing"} 5',
    ]);
  });

  test('the same metric of a table is one metric wherever it is asked for', async () => {
    const metrics = createMetrics('routing');
    metrics.histogram(table.answer_seconds).observe(0.5);
    metrics.histogram(table.answer_seconds).observe(3);
    expect(await linesOf(metrics, 'answer_seconds_bucket')).toEqual([
      'patchbay_answer_seconds_bucket{le="1",service="routing"} 1',
      'patchbay_answer_seconds_bucket{le="5",service="routing"} 2',
      'patchbay_answer_seconds_bucket{le="+Inf",service="routing"} 2',
    ]);
  });

  test('a scrape answers with what it has when a figure cannot be had', async () => {
    const metrics = createMetrics('routing');
    const waiting = metrics.gauge(table.waiting);
    metrics.onScrape(() => Promise.reject(new Error('no answer')));
    const end = metrics.onScrape(() => {
      waiting.set({ queue: 'billing' }, 4);
    });
    expect(await linesOf(metrics, 'waiting')).toEqual(['patchbay_waiting{queue="billing",service="routing"} 4']);
    end();
    waiting.reset();
    expect(await linesOf(metrics, 'scrape_failures_total')).toEqual(['patchbay_scrape_failures_total{service="routing"} 2']);
    expect(await linesOf(metrics, 'waiting')).toEqual([]);
  });
});
