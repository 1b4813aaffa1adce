import { describe, expect, test } from '@jest/globals';
import { ClosingPolicy, FinalActionKind } from '@patchbay/contracts/directory/v1/resource';
import { Scenario, words, type CentreSetup } from './testing/scenario.ts';

const weekday = { from: '09:00', to: '12:00' };
/** Weekdays 9 to 12 and 13 to 18 in Shanghai; 7 March a Saturday of work, 9 March a holiday. */
const office = {
  timeZone: 'Asia/Shanghai',
  week: [1, 2, 3, 4, 5].map((day) => ({ weekday: day, spans: [weekday, { from: '13:00', to: '18:00' }] })),
  dates: [{ date: '2026-03-07', spans: [weekday] }, { date: '2026-03-09', spans: [] }],
};

function centreWith(closing: ClosingPolicy, plan = ''): CentreSetup {
  return {
    queues: { sales: { hours: 'office', closing, plan }, night: {} },
    plans: { after: { targets: [{ queue: 'sales', timeoutSeconds: 36_000 }, { queue: 'night' }] }, out: { targets: [{ queue: 'sales', timeoutSeconds: 36_000 }], then: { kind: FinalActionKind.MESSAGE } } },
    hours: { office },
    agents: { anna: { queues: ['sales'], capacity: { voice: 1 } } },
    startMs: Date.parse('2026-03-06T11:59:00+08:00'),
  };
}

describe('when the hours of a queue end', () => {
  test('who waits is still served where the queue drains', () => {
    const centre = new Scenario(centreWith(ClosingPolicy.DRAIN));
    centre.request('c1');
    expect(words(centre.advance(120_000))).toEqual([]);
    expect(centre.request('c2')).toEqual(['ContactRefused c2 hours']);
    expect(words(centre.ready('anna'))).toContain('ContactOffered c1 anna');
  });

  test('who waits is refused where the queue cuts', () => {
    const centre = new Scenario(centreWith(ClosingPolicy.CUT));
    for (let number = 1; number <= 30; number += 1) centre.request(`c${String(number)}`);
    expect(words(centre.advance(59_999))).toEqual([]);
    expect(words(centre.advance(1))).toHaveLength(30);
    expect(centre.state.requests.size).toBe(0);
  });

  test('who waits goes on to the next target, or to the end of the plan, where the queue overflows', () => {
    const centre = new Scenario(centreWith(ClosingPolicy.OVERFLOW, 'after'));
    centre.request('c1');
    expect(words(centre.advance(60_000))).toEqual(['ContactOverflowed c1 sales to night: hours', 'ContactQueued c1']);
    expect(centre.request('c2')).toEqual(['ContactOverflowed c2 sales to night: hours', 'ContactQueued c2']);
    const other = new Scenario(centreWith(ClosingPolicy.OVERFLOW, 'out'));
    other.request('c1');
    expect(words(other.advance(60_000))).toEqual(['ContactOverflowed c1 sales to message: hours']);
  });

  test('an offer that rings then may still be accepted; refused, the contact goes', () => {
    const centre = new Scenario(centreWith(ClosingPolicy.CUT));
    centre.ready('anna');
    centre.advance(50_000);
    centre.request('c1');
    centre.advance(15_000);
    expect(centre.reject('c1')).toEqual(['OfferRejected c1 anna', 'ContactRefused c1 hours']);
  });

  test('the lunch break, a make-up working day and a holiday each have their own end', () => {
    const centre = new Scenario(centreWith(ClosingPolicy.CUT));
    const closes = (from: string, until: string) => {
      centre.advance(Date.parse(from) - centre.nowMs);
      centre.request(`at ${from}`);
      expect(words(centre.advance(Date.parse(until) - 1 - centre.nowMs))).toEqual([]);
      expect(words(centre.advance(1))).toEqual([`ContactRefused at ${from} hours`]);
    };
    closes('2026-03-06T13:30:00+08:00', '2026-03-06T18:00:00+08:00');
    closes('2026-03-07T09:00:00+08:00', '2026-03-07T12:00:00+08:00');
    centre.advance(Date.parse('2026-03-09T10:00:00+08:00') - centre.nowMs);
    expect(centre.request('holiday')).toEqual(['ContactRefused holiday hours']);
    closes('2026-03-10T11:00:00+08:00', '2026-03-10T12:00:00+08:00');
  });

  test('the next writer cuts those who waited while nobody wrote', () => {
    const centre = new Scenario(centreWith(ClosingPolicy.CUT));
    centre.request('c1');
    const kept = centre.snapshot();
    centre.nowMs += 120_000;
    expect(words(centre.failOver(kept))).toEqual(['ContactRefused c1 hours']);
  });
});
