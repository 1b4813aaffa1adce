import { describe, expect, test } from '@jest/globals';
import { flowLimits, type FlowDefinition } from './definition.ts';
import { advanceFlow, startFlow, type FlowEffect, type FlowEvent, type FlowStep } from './interpret.ts';
import { parseFlow } from './parse-flow.ts';

const text = (en: string) => ({ en: { text: en }, 'zh-CN': { text: `中${en}` } });

function flowOf(nodes: Record<string, unknown>, start: string): FlowDefinition {
  const parsed = parseFlow({ version: 1, languages: ['zh-CN', 'en'], start, nodes });
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.flow;
}

const menu = {
  type: 'menu',
  prompt: text('menu'),
  invalidPrompt: text('wrong'),
  timeoutPrompt: text('silent'),
  options: [
    { input: '1', label: { en: 'Bills', 'zh-CN': '账单' }, next: 'line' },
    { input: '2', next: 'bye' },
  ],
  retries: 1,
  onInvalid: 'sorry',
  onTimeout: 'line',
};
const centre = flowOf(
  {
    greeting: { type: 'say', prompt: text('greeting'), next: 'mark' },
    mark: { type: 'set', attributes: { source: 'menu', draft: '' }, next: 'hours' },
    hours: { type: 'hours', hours: 'office', open: 'ask', closed: 'closed' },
    ask: menu,
    line: { type: 'queue', queue: 'billing', plan: 'evening', priority: 30, skills: [{ skill: 'english', minLevel: 3 }], prompt: text('wait') },
    sorry: { type: 'end', reason: 'refused', prompt: text('sorry') },
    bye: { type: 'end' },
    closed: { type: 'end', reason: 'refused' },
  },
  'greeting',
);

const open = { isOpen: () => true, customerValue: 0 };

/** Effects in short: what a reader of a test wants to see. */
function brief(effect: FlowEffect): string {
  switch (effect.kind) {
    case 'play':
      return `play ${effect.prompt[effect.language]?.text}`;
    case 'collect':
      return `collect ${effect.options.map((option) => option.input).join('|')}`;
    case 'setAttributes':
      return `set ${JSON.stringify(effect.attributes)}`;
    case 'stepTaken':
      return `step ${effect.node} ${effect.outcome}${effect.input === '' ? '' : ` "${effect.input}"`}`;
    case 'requestRouting':
      return `route ${effect.queue} ${effect.plan} ${effect.priority} ${effect.skills.map((one) => `${one.skill}>=${one.minLevel}`).join()}`;
    case 'leave':
      return `leave ${effect.outcome}${effect.reason === undefined ? '' : ` ${effect.reason}`}`;
  }
}

function run(flow: FlowDefinition, events: readonly FlowEvent[], surroundings = open, attributes: Record<string, string> = { language: 'en' }): { step: FlowStep; told: string[][] } {
  let step = startFlow(flow, surroundings, attributes);
  const told = [step.effects.map(brief)];
  for (const event of events) {
    step = advanceFlow(flow, surroundings, step.state, event);
    told.push(step.effects.map(brief));
  }
  return { step, told };
}

const played: FlowEvent = { kind: 'played' };
const input = (value: string): FlowEvent => ({ kind: 'input', value });
const timeout: FlowEvent = { kind: 'timeout' };

describe('a contact in a flow', () => {
  test('hears the greeting, chooses by key and asks for the queue of that choice', () => {
    expect(run(centre, [played, input('1')]).told).toEqual([
      ['play greeting'],
      ['step greeting done', 'set {"source":"menu","draft":""}', 'step mark done', 'step hours open', 'play menu', 'collect 1|2'],
      ['step ask 1 "1"', 'step line done', 'route billing evening 30 english>=3', 'play wait', 'leave queue'],
    ]);
  });

  test('is turned away outside opening hours', () => {
    expect(run(centre, [played], { ...open, isOpen: () => false }).told[1]).toEqual([
      'step greeting done',
      'set {"source":"menu","draft":""}',
      'step mark done',
      'step hours closed',
      'step closed done',
      'leave end refused',
    ]);
  });

  test.each([[79, 'menu'], [80, 'own line'], [100, 'own line']] as const)('of a customer worth %d goes to the %s', (customerValue, way) => {
    const flow = flowOf({ who: { type: 'customer', valued: 'vip', others: 'menu' }, vip: { type: 'queue', queue: 'vip' }, menu: { type: 'queue', queue: 'billing' } }, 'who');
    const queue = way === 'menu' ? 'billing' : 'vip';
    expect(run(flow, [], { ...open, customerValue }).told[0]).toEqual([`step who ${way === 'menu' ? 'others' : 'valued'}`, `step ${way === 'menu' ? 'menu' : 'vip'} done`, `route ${queue}  0 `, 'leave queue']);
  });

  test('is asked again after silence, then goes the way of silence', () => {
    expect(run(centre, [played, timeout, timeout]).told.slice(2)).toEqual([
      ['play silent', 'play menu', 'collect 1|2'],
      ['step ask timeout', 'step line done', 'route billing evening 30 english>=3', 'play wait', 'leave queue'],
    ]);
  });

  test('is asked again after a wrong key, then turned away', () => {
    expect(run(centre, [played, input('9'), input('8')]).told.slice(2)).toEqual([
      ['play wrong', 'play menu', 'collect 1|2'],
      ['step ask invalid "8"', 'step sorry done', 'play sorry', 'leave end refused'],
    ]);
  });

  test.each([[' bills '], ['账单'], ['\uff11']])('that writes "%s" instead of a key chooses the same', (written) => {
    expect(run(centre, [played, input(written)]).told[2]?.[0]).toMatch(/^step ask 1 /);
  });

  test('hears the flow’s first language when its own is not spoken', () => {
    expect(run(centre, [], open, { language: 'fr' }).told[0]).toEqual(['play 中greeting']);
  });

  test('hears the language that a node set', () => {
    const flow = flowOf({ set: { type: 'set', attributes: { language: 'en' }, next: 'say' }, say: { type: 'say', prompt: text('hi'), next: 'bye' }, bye: { type: 'end' } }, 'set');
    expect(run(flow, [], open, {}).told[0]).toContain('play hi');
  });

  test('loses an attribute that is set to nothing', () => {
    expect(run(centre, [played], open, { draft: 'x', language: 'en' }).step.state.attributes).toEqual({ language: 'en', source: 'menu' });
  });

  test('that leaves is told as having left, once', () => {
    expect(run(centre, [played, { kind: 'left' }, { kind: 'left' }, input('1')]).told.slice(2)).toEqual([['leave customer_left'], [], []]);
  });

  test('of a sensitive menu shows neither key nor way', () => {
    const flow = flowOf({ ask: { ...menu, sensitive: true }, line: { type: 'queue', queue: 'billing' }, sorry: { type: 'end' }, bye: { type: 'end' } }, 'ask');
    const told = [...run(flow, [input('2')]).told.flat(), ...run(flow, [input('55'), input('77')]).told.flat()];
    expect(told).toEqual(expect.arrayContaining(['step ask * "*"', 'step ask invalid "**"']));
    expect(told.filter((line) => line.startsWith('step')).join()).not.toMatch(/[257]/);
  });

  test('ignores what does not fit where it stands', () => {
    const { told } = run(centre, [input('1'), timeout, played, played]);
    expect(told[1]).toEqual([]);
    expect(told[2]).toEqual([]);
    expect(told[4]).toEqual([]);
  });

  test('that goes round and round ends as failed at the bound', () => {
    const flow = flowOf({ a: { type: 'say', prompt: text('a'), next: 'ask' }, ask: { ...menu, options: [{ input: '1', next: 'a' }], onTimeout: 'a', onInvalid: 'bye' }, bye: { type: 'end' } }, 'a');
    const events = Array.from({ length: flowLimits.steps }, (_, index) => (index % 2 === 0 ? played : input('1')));
    const { told } = run(flow, events);
    expect(told.at(-1)).toContain('leave failed');
    expect(told.slice(0, -1).flat()).not.toContain('leave failed');
  });

  test('gives the same step for the same state and event, so a second delivery is harmless', () => {
    const { step } = run(centre, [played]);
    expect(advanceFlow(centre, open, structuredClone(step.state), input('1'))).toEqual(advanceFlow(centre, open, step.state, input('1')));
  });
});
