import { describe, expect, test } from '@jest/globals';
import { Scenario, words } from './testing/scenario.ts';

const anna = { queues: ['sales'], capacity: { voice: 1, webchat: 1 } };

describe('offers that nobody takes', () => {
  test('a call missed once takes the agent out, a text only when missed three times in a row', () => {
    const call = new Scenario({ queues: { sales: {} }, agents: { anna } });
    call.ready('anna');
    call.request('c1');
    expect(words(call.advance(20_000))).toContain('anna NOT_READY missed');
    const text = new Scenario({ queues: { sales: {} }, agents: { anna } });
    text.ready('anna');
    text.request('c1', { channel: 'webchat' });
    expect(words(text.advance(50_000)).filter((fact) => fact.startsWith('OfferMissed'))).toHaveLength(2);
    expect(text.agentState('anna')).toBe('READY');
    text.advance(30_000);
    expect(text.agentState('anna')).toBe('NOT_READY missed');
  });

  test('misses are counted by channel, over a fail-over, too', () => {
    const centre = new Scenario({ queues: { sales: { maxMissedOffers: 2 } }, agents: { anna } });
    centre.ready('anna');
    centre.request('text', { channel: 'webchat' });
    centre.advance(20_000);
    centre.withdraw('text');
    centre.request('call');
    centre.advance(20_000);
    expect(centre.agentState('anna')).toBe('READY');
    centre.failOver(centre.snapshot());
    centre.advance(30_000);
    expect(centre.agentState('anna')).toBe('NOT_READY missed');
  });

  test.each([
    ['who refused is passed over for ten seconds', 'declined', 10_000],
    ['whose line was busy is passed over for a minute', 'busy', 60_000],
  ])('an agent %s', (_name, reason, delayMs) => {
    const centre = new Scenario({ queues: { sales: {} }, agents: { anna } });
    centre.ready('anna');
    centre.request('c1');
    centre.reject('c1', reason);
    expect(words(centre.advance(delayMs - 1))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['ContactOffered c1 anna']);
  });

  test('an agent who did not answer is passed over as long as the queue says', () => {
    const centre = new Scenario({ queues: { sales: { maxMissedOffers: 9, noAnswerDelaySeconds: 45, rejectDelaySeconds: 5 } }, agents: { anna } });
    centre.ready('anna');
    centre.request('c1');
    centre.advance(20_000);
    expect(words(centre.advance(44_999))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['ContactOffered c1 anna']);
  });
});
