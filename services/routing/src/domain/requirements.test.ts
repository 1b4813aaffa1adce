import { describe, expect, test } from '@jest/globals';
import { RequirementTerm, type Requirement } from '@patchbay/contracts/contact/v1/contact';
import { mergeRequirements, noRequirement, requirementKey } from './requirement.ts';
import { Scenario, words, type CentreSetup } from './testing/scenario.ts';

const voice = { queues: ['sales'], capacity: { voice: 1 } };
const skill = (name: string, minLevel: number) => ({ skill: name, minLevel });
const anyOf = (...terms: Partial<RequirementTerm>[]): Requirement => ({ ...noRequirement, anyOf: terms.map((term) => RequirementTerm.fromPartial(term)) });

describe('what a contact asks of an agent', () => {
  const centreSetup: CentreSetup = {
    queues: { sales: { requirement: { languages: ['en'], anyOf: [{ skills: [skill('billing', 50)] }, { skills: [skill('billing', 20)], attributes: [{ name: 'grade', value: 'senior' }] }] } } },
    agents: {
      'no-english': { ...voice, skills: [{ skill: 'billing', level: 90 }], languages: ['zh-CN'] },
      junior: { ...voice, skills: [{ skill: 'billing', level: 20 }], languages: ['en'], attributes: { grade: 'junior' } },
      senior: { ...voice, skills: [{ skill: 'billing', level: 20 }], languages: ['en'], attributes: { grade: 'senior' } },
      expert: { ...voice, skills: [{ skill: 'billing', level: 50 }], languages: ['en', 'zh-CN'] },
    },
  };

  test('all of the languages and one of the choices of skills and attributes must hold', () => {
    const centre = new Scenario(centreSetup);
    centre.ready('no-english', 'junior', 'senior', 'expert');
    expect(centre.request('c1')).toContain('ContactOffered c1 senior');
    expect(centre.request('c2')).toContain('ContactOffered c2 expert');
    expect(centre.request('c3')).toEqual(['ContactQueued c3']);
  });

  test('choices of the queue and choices of the contact must both be met', () => {
    const centre = new Scenario(centreSetup);
    centre.ready('senior', 'expert');
    expect(centre.request('c1', { requirement: anyOf({ languages: ['zh-CN'] }, { languages: ['fr'] }) })).toContain('ContactOffered c1 expert');
  });

  test('asking the same in another order is one class', () => {
    const left = mergeRequirements(anyOf({ skills: [skill('b', 1), skill('a', 2)] }, { languages: ['zh-CN', 'en'] }));
    const right = mergeRequirements(anyOf({ languages: ['en', 'zh-CN', 'en'] }, { skills: [skill('a', 2), skill('b', 1)] }), noRequirement);
    expect(requirementKey(left)).toBe(requirementKey(right));
    expect(requirementKey(left)).not.toBe(requirementKey(mergeRequirements(anyOf({ skills: [skill('b', 1), skill('a', 2)] }))));
  });
});

describe('relaxation', () => {
  const centreSetup: CentreSetup = {
    queues: {
      sales: {
        rejectDelaySeconds: 25,
        requirement: { skills: [skill('billing', 80)] },
        relaxation: [
          { afterSeconds: 30, requirement: { skills: [skill('billing', 40)] } },
          { afterSeconds: 60, requirement: { skills: [skill('billing', 10)] }, extraQueues: ['help'] },
        ],
      },
      help: {},
    },
    agents: {
      best: { ...voice, skills: [{ skill: 'billing', level: 80 }] },
      fair: { ...voice, skills: [{ skill: 'billing', level: 40 }] },
      helper: { queues: ['help'], capacity: { voice: 1 }, skills: [{ skill: 'billing', level: 10 }] },
    },
  };

  test('lets agents of a lower level serve at the age of a step, not before', () => {
    const centre = new Scenario(centreSetup);
    centre.ready('fair', 'helper');
    centre.request('c1');
    expect(words(centre.advance(29_999))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['ContactQueued c1', 'ContactOffered c1 fair']);
  });

  test('lets the agents of a queue that is named serve, while the contact stays in its own', () => {
    const centre = new Scenario(centreSetup);
    centre.ready('helper');
    centre.request('c1');
    centre.advance(60_000);
    expect(centre.offer('c1')?.agentId).toBe('helper');
    expect(centre.offer('c1')?.queue).toBe('sales');
  });

  test('never takes an agent away who could serve before', () => {
    const centre = new Scenario({ ...centreSetup, queues: { ...centreSetup.queues, sales: { relaxation: [{ afterSeconds: 5, requirement: { skills: [skill('billing', 99)] }, extraQueues: ['help'] }] } } });
    centre.request('c1');
    centre.advance(10_000);
    centre.ready('fair');
    expect(centre.offer('c1')?.agentId).toBe('fair');
  });

  test('keeps its ages and what was relaxed over a refused offer and a fail-over', () => {
    const centre = new Scenario(centreSetup);
    centre.ready('fair');
    centre.request('c1');
    centre.advance(30_000);
    expect(centre.reject('c1')).toEqual(['OfferRejected c1 fair', 'ContactQueued c1']);
    centre.failOver(centre.snapshot());
    centre.ready('helper');
    expect(centre.offer('c1')).toBeUndefined();
    expect(words(centre.advance(24_000))).toContain('ContactOffered c1 fair');
    centre.reject('c1');
    expect(words(centre.advance(20_000))).toContain('ContactOffered c1 helper');
  });

  test('a step whose age comes while an offer rings holds when the offer ends', () => {
    const centre = new Scenario(centreSetup);
    centre.request('c1');
    centre.advance(55_000);
    centre.ready('fair');
    centre.advance(6_000);
    centre.ready('helper');
    expect(centre.reject('c1')).toEqual(['OfferRejected c1 fair', 'ContactQueued c1', 'ContactOffered c1 helper']);
  });

  test('holds at once in a queue that the contact enters late', () => {
    const centre = new Scenario({ ...centreSetup, queues: { ...centreSetup.queues, help: { plan: 'on' } }, plans: { on: { targets: [{ queue: 'help', timeoutSeconds: 40 }, { queue: 'sales' }] } }, agents: { fair: centreSetup.agents['fair'] ?? {} } });
    centre.ready('fair');
    centre.request('c1', { queue: 'help' });
    expect(words(centre.advance(40_000))).toEqual(['ContactOverflowed c1 help to sales: wait', 'ContactQueued c1', 'ContactOffered c1 fair']);
  });
});
