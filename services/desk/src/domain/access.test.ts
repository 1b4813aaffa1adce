import { describe, expect, test } from '@jest/globals';
import { maskAddress, nameOf, mayOpen, mayReview, pagesOf, sightOf } from './access.ts';
import { emptyStory } from './story.ts';

const contact = { ...emptyStory('c').view, servedBy: ['8001'] };

describe('who sees what', () => {
  test.each([
    ['the agent who has it', ['agent'], '8001', false, 'whole'],
    ['an agent it is offered to', ['agent'], '8002', true, 'masked'],
    ['another agent', ['agent'], '8002', false, 'none'],
    ['a team lead', ['team_lead'], '', false, 'whole'],
    ['an administrator', ['admin'], '', false, 'whole'],
    ['QA staff', ['qa'], '', false, 'masked'],
    ['a manager', ['manager'], '', false, 'none'],
    ['nobody', [], '', false, 'none'],
  ])('%s', (_who, roles, agent, inHand, expected) => {
    expect(sightOf({ roles, agent }, contact, inHand)).toBe(expected);
  });

  test('recordings are for the agent who had the contact and for those who review', () => {
    expect(mayReview({ roles: ['agent'], agent: '8001' }, contact)).toBe(true);
    expect(mayReview({ roles: ['agent'], agent: '8002' }, contact)).toBe(false);
    expect(mayReview({ roles: ['trainer'], agent: '' }, contact)).toBe(true);
    expect(mayReview({ roles: ['manager'], agent: '' }, contact)).toBe(false);
  });

  test('a user without an agent is nobody’s agent', () => {
    expect(mayReview({ roles: [], agent: '' }, { ...contact, servedBy: [''] })).toBe(false);
    expect(mayOpen({ roles: ['agent'], agent: '' }, '')).toBe(false);
  });

  test('the desk needs an agent, the wall a role', () => {
    expect(pagesOf({ roles: ['agent'], agent: '8001' })).toEqual({ desk: true, wall: false });
    expect(pagesOf({ roles: ['admin'], agent: '' })).toEqual({ desk: false, wall: true });
  });
});

test.each([
  ['顾客甲', '13812348888', '顾客甲'],
  ['13812348888', '13812348888', ''],
  ['+86 138-1234-8888', '8613812348888', ''],
  ['who@customer.example', 'who@customer.example', ''],
])('the name %s of %s is taken as “%s”: a number is no name', (displayName, address, expected) => {
  expect(nameOf(displayName, address)).toBe(expected);
});

test.each([
  ['tel', '13812348888', '138****8888'],
  ['tel', '8613812348888', '86138****8888'],
  ['tel', '1000', '****'],
  ['tel', '95588', '9****5588'],
  ['email', 'li@example.com', 'l***@example.com'],
  ['wechat_openid', 'oPx7f0aB3cD9', 'oPx****3cD9'],
  ['visitor', '138****8888', '138****8888'],
])('%s %s is shown as %s', (type, address, expected) => {
  expect(maskAddress(type, address)).toBe(expected);
});
