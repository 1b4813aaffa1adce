import { describe, expect, test } from '@jest/globals';
import { IdempotentSend } from '@patchbay/contracts/channel/v1/capabilities';
import type { Content } from '@patchbay/contracts/message/v1/content';
import { Trust } from '@patchbay/contracts/message/v1/message_event';
import { createPagerAdapter, createPagerPlatform, type Page, type PagerOptions } from '../testing/demo-channel.ts';
import type { AdapterUnderTest, PlatformScript } from './adapter-under-test.ts';
import { formatVerdicts, runConformance } from './run-conformance.ts';

const { sign } = createPagerPlatform();
const pageOf = (content: Record<string, unknown>, signature?: string): Page => {
  const body = Buffer.from(JSON.stringify({ account: 'P1', from: '555', id: 'g1', ...content }));
  return { body, signature: signature ?? sign(body) };
};
const text = (words: string): Content => ({ part: { $case: 'text', value: { text: words } } });
const choice: Content = { part: { $case: 'choice', value: { prompt: '请选择', options: [{ id: '1', label: '是' }] } } };
const answers: Partial<Record<PlatformScript, ReturnType<ReturnType<typeof createPagerPlatform>['answer']>>> = {
  take: 'take',
  take_and_lose_answer: 'take_and_lose_answer',
  busy: 'busy',
  refuse: 'refuse',
};

/** The demo channel as a subject of the run; `spoil` breaks it on purpose. */
function pager(options: PagerOptions = {}, spoil: (adapter: ReturnType<typeof createPagerAdapter>) => Partial<ReturnType<typeof createPagerAdapter>> = () => ({})): AdapterUnderTest<Page> {
  return {
    create() {
      const platform = createPagerPlatform();
      const adapter = createPagerAdapter(platform, { attemptMs: 100, ...options });
      return Promise.resolve({
        adapter: { ...adapter, ...spoil(adapter) },
        platform: {
          calls: () => platform.calls(),
          received: () => platform.received,
          script(answer) {
            const known = answers[answer];
            if (known !== undefined) platform.answer = () => known;
            return known !== undefined;
          },
        },
      });
    },
    entryPoint: { address: 'P1', secrets: { signing: 'pager-secret' } },
    samples: {
      text: ({ id, from, text: words, at }) => pageOf({ id, from, text: words, ...(at === undefined ? {} : { at: at.getTime() }) }),
      golden: [{ name: 'a text', raw: pageOf({ text: '您好' }), messages: [{ account: 'P1', dedupKey: 'g1', platformMessageId: 'g1', trust: Trust.VERIFIED, content: [text('您好')] }] }],
      forged: [
        { name: 'wrong signature', raw: pageOf({ text: 'x' }, '0'.repeat(64)) },
        { name: 'no signature', raw: pageOf({ text: 'x' }, '') },
      ],
      unknownKind: pageOf({ kind: 'hologram' }),
      oversize: [{ name: '1 MB', raw: pageOf({ text: 'x'.repeat(1_000_000) }) }],
    },
    degraded: [{ name: 'a choice', content: [choice], shown: [text('请选择\n1. 是\n请回复数字')], degradations: ['choice_as_text'] }],
    needsDegrading: { content: [choice] },
  };
}

describe('the conformance run', () => {
  test.each([
    ['without idempotent sends', {}],
    ['with keys', { idempotentSend: IdempotentSend.KEY }],
    ['with a window', { windowMessages: 3, windowSeconds: 3600 }],
    ['with whole messages', { grouping: 'whole' as const }],
  ])('the demo channel %s passes everything that applies', async (_, options) => {
    const verdicts = await runConformance(pager(options));
    expect(formatVerdicts(verdicts.filter(({ verdict }) => verdict === 'fail'))).toBe('');
    expect(verdicts.filter(({ verdict }) => verdict === 'pass').length).toBeGreaterThanOrEqual(23);
  });

  test('a check that does not apply says why', async () => {
    const skipped = (await runConformance(pager(), { only: [1, 4, 27, 27.1, 29, 30] })).filter(({ verdict }) => verdict === 'skip');
    expect(skipped.map(({ id }) => id)).toEqual([4, 27.1, 29, 30]);
    expect(skipped.every(({ evidence }) => evidence !== '')).toBe(true);
  });

  const faults: readonly [string, readonly number[], Parameters<typeof pager>[1], PagerOptions?][] = [
    ['believes every signature', [2], (adapter) => ({ decode: (page) => adapter.decode?.({ ...page, signature: sign(page.body) }) ?? Promise.resolve([]) })],
    ['gives each delivery a new dedup key', [5, 6, 9], (adapter) => ({ decode: async (page) => ((await adapter.decode?.(page)) ?? []).map((message) => ({ ...message, dedupKey: String(Math.random()) })) })],
    ['reads ids as numbers', [14], (adapter) => ({ decode: async (page) => ((await adapter.decode?.(page)) ?? []).map((message) => ({ ...message, dedupKey: String(Number(message.dedupKey)) })) })],
    ['drops kinds it does not know', [11], (adapter) => ({ decode: async (page) => ((await adapter.decode?.(page)) ?? []).filter(({ content: [first] }) => first?.part?.$case !== 'unsupported') })],
    ['calls a lost answer a failure to try again', [24], (adapter) => ({ send: async (request) => { const outcome = await adapter.send(request); return outcome.kind === 'unknown' ? { kind: 'failed', code: 'PAGER_LOST', retryable: true } : outcome; } })],
    ['calls every failure final', [27], (adapter) => ({ send: async (request) => { const outcome = await adapter.send(request); return outcome.kind === 'failed' ? { ...outcome, retryable: false } : outcome; } })],
    ['does not say the trust', [1, 19], (adapter) => ({ decode: async (page) => ((await adapter.decode?.(page)) ?? []).map((message) => ({ ...message, trust: Trust.UNSPECIFIED })) })],
  ];

  test.each(faults.map(([name, ids, spoil, options = {}]) => ({ name, ids, spoil, options })))('an adapter that $name is found out', async ({ ids, spoil, options }) => {
    const verdicts = await runConformance(pager(options, spoil), { only: ids });
    expect(verdicts.map(({ id, verdict }) => [id, verdict])).toEqual(ids.map((id) => [id, 'fail']));
  });
});
