import { describe, expect, test } from '@jest/globals';
import { parseFlow, type FlowFault } from './parse-flow.ts';
import { referencesOfFlow } from './references.ts';

const say = (next: string) => ({ type: 'say', prompt: { en: { text: 'Hello' } }, next });
const end = { type: 'end' };
const flowOf = (nodes: Record<string, unknown>, start = 'hello') => ({ version: 1, languages: ['en'], start, nodes });
const menu = (fields: Record<string, unknown> = {}) => ({ type: 'menu', prompt: { en: { audio: 'menu.wav' } }, options: [{ input: '1', next: 'bye' }], onInvalid: 'bye', onTimeout: 'bye', ...fields });

function faultsOf(definition: unknown): readonly FlowFault[] {
  const parsed = parseFlow(definition);
  return 'faults' in parsed ? parsed.faults : [];
}
const lines = (definition: unknown) => faultsOf(definition).map((fault) => `${fault.path.join('.')}: ${fault.message}`);

describe('a flow definition', () => {
  test('is given with defaults filled in', () => {
    const parsed = parseFlow(JSON.stringify(flowOf({ hello: say('ask'), ask: menu(), bye: end })));
    if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
    expect(parsed.flow.nodes.get('ask')).toMatchObject({ timeoutSeconds: 5, textTimeoutSeconds: 300, retries: 2, sensitive: false });
    expect(parsed.flow.nodes.get('bye')).toEqual({ type: 'end', reason: 'self_served' });
  });

  test('names every fault of its shape at once, each with a remedy', () => {
    const faults = faultsOf({
      version: 2,
      languages: ['zh-CN', 'en', 'en'],
      start: '',
      nodes: {
        'no good': { type: 'end' },
        hello: { type: 'say', prompt: { en: { audio: '../secret.wav' } }, next: 5, colour: 'red' },
        ask: menu({ options: [], timeoutSeconds: 0, retries: 10, sensitive: 'yes' }),
        odd: { type: 'dance' },
        put: { type: 'set', attributes: { vip: true } },
        line: { type: 'queue', queue: 'Billing', skills: [{ skill: 'english', minLevel: 101 }] },
      },
    });
    const paths = faults.map((fault) => fault.path.join('.'));
    expect(paths).toEqual(
      expect.arrayContaining([
        'version',
        'languages.2',
        'start',
        'nodes.no good',
        'nodes.hello.prompt.zh-CN',
        'nodes.hello.prompt.en.audio',
        'nodes.hello.next',
        'nodes.hello.colour',
        'nodes.ask.options',
        'nodes.ask.timeoutSeconds',
        'nodes.ask.retries',
        'nodes.ask.sensitive',
        'nodes.odd.type',
        'nodes.put.attributes.vip',
        'nodes.put.next',
        'nodes.line.queue',
        'nodes.line.skills.0.minLevel',
      ]),
    );
    expect(faults.every((fault) => fault.remedy !== '' && fault.message !== '')).toBe(true);
  });

  test('is refused when a name leads nowhere', () => {
    expect(lines(flowOf({ hello: say('gone'), ask: menu({ onTimeout: 'lost' }), bye: end }, 'begin'))).toEqual([
      'start: there is no node "begin"',
      'nodes.hello.next: there is no node "gone"',
      'nodes.ask.onTimeout: there is no node "lost"',
    ]);
  });

  test('is refused when a node cannot be reached', () => {
    expect(lines(flowOf({ hello: say('bye'), bye: end, island: say('bye') }))).toEqual(['nodes.island: no way leads here']);
  });

  test('is refused when it can spin without the customer', () => {
    const nodes = { hello: { type: 'hours', hours: 'office', open: 'put', closed: 'bye' }, put: { type: 'set', attributes: { a: '1' }, next: 'hello' }, bye: end };
    expect(lines(flowOf(nodes))).toEqual([
      'nodes.hello: it leads back to itself without a prompt or a menu in between',
      'nodes.put: it leads back to itself without a prompt or a menu in between',
    ]);
  });

  test('is refused when a customer could never leave a part of it', () => {
    const nodes = { hello: menu({ options: [{ input: '1', next: 'bye' }, { input: '2', next: 'trap' }] }), trap: say('trap2'), trap2: say('trap'), bye: end };
    expect(lines(flowOf(nodes))).toEqual(['nodes.trap: no way leads from here to a queue or an end', 'nodes.trap2: no way leads from here to a queue or an end']);
  });

  test('is refused when two options have the same input in another width or case', () => {
    const options = [
      { input: 'A1', next: 'bye' },
      { input: '\uff41\uff11', next: 'bye' },
    ];
    expect(lines(flowOf({ hello: menu({ options }), bye: end }))).toEqual(['nodes.hello.options.1.input: "\uff41\uff11" is chosen twice']);
  });

  test.each([
    ['not JSON', '{', 'is not JSON'],
    ['too long', ' '.repeat(300_000), 'is longer than'],
    ['not an object', '[]', 'is not an object'],
    ['null', 'null', 'is not an object'],
  ])('that is %s is one clear fault and no throw', (_, text, message) => {
    expect(faultsOf(text)[0]?.message).toContain(message);
  });

  test('of 501 nodes is over the bound', () => {
    const nodes = Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`n${index}`, index === 500 ? end : say(`n${index + 1}`)]));
    expect(lines(flowOf(nodes, 'n0'))).toContain('nodes: does not hold 1 to 500 nodes');
  });

  test('tells which queues, skills and hours it names', () => {
    const parsed = parseFlow(
      flowOf({
        hello: { type: 'hours', hours: 'office', open: 'line', closed: 'bye' },
        line: { type: 'queue', queue: 'billing', plan: 'evening', skills: [{ skill: 'english' }] },
        bye: end,
      }),
    );
    if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
    expect(referencesOfFlow(parsed.flow)).toEqual([
      { path: ['nodes', 'hello', 'hours'], kind: 'Hours', name: 'office' },
      { path: ['nodes', 'line', 'queue'], kind: 'Queue', name: 'billing' },
      { path: ['nodes', 'line', 'plan'], kind: 'RoutingPlan', name: 'evening' },
      { path: ['nodes', 'line', 'skills', 0, 'skill'], kind: 'Skill', name: 'english' },
    ]);
  });
});
