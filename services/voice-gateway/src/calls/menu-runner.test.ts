import { describe, expect, test } from '@jest/globals';
import { parseFlow } from '@patchbay/flow/parse-flow';
import { createFakeClock } from '@patchbay/testkit/fake-clock';
import type { CallFact } from '../domain/call/call-fact.ts';
import { createFakeMedia } from '../testing/fake-media.ts';
import { MenuRunner, type MenuExit } from './menu-runner.ts';

const prompt = (audio: string) => ({ en: { audio, text: audio } });
const definition = {
  version: 1,
  languages: ['en'],
  start: 'hello',
  nodes: {
    hello: { type: 'say', prompt: prompt('hello.wav'), next: 'ask' },
    ask: {
      type: 'menu',
      prompt: prompt('menu.wav'),
      invalidPrompt: prompt('invalid.wav'),
      options: [{ input: '1', next: 'line' }, { input: '20', next: 'bye' }],
      timeoutSeconds: 5,
      retries: 1,
      sensitive: true,
      onInvalid: 'bye',
      onTimeout: 'line',
    },
    line: { type: 'queue', queue: 'billing', prompt: prompt('wait.wav') },
    bye: { type: 'end', prompt: prompt('bye.wav') },
  },
};

function startMenu() {
  const parsed = parseFlow(definition);
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  const clock = createFakeClock();
  const media = createFakeMedia();
  const facts: CallFact[] = [];
  const exits: MenuExit[] = [];
  const menu = new MenuRunner({
    contactId: 'c',
    legId: 'customer',
    leg: 'c/customer',
    name: 'main',
    flow: parsed.flow,
    revision: 2n,
    attributes: {},
    media,
    clock,
    customerValue: 0,
    isOpen: () => true,
    append: (more) => facts.push(...more),
    exited: (exit) => exits.push(exit),
  });
  menu.start();
  return { menu, clock, media, facts, exits, names: () => facts.map(({ name }) => name) };
}

describe('a menu on the telephone', () => {
  test('says its prompts one after another, then waits for a key', async () => {
    const { media, clock, exits } = startMenu();
    expect(media.playing()).toEqual(['hello.wav']);
    await media.finish();
    expect(media.playing()).toEqual(['menu.wav']);
    await media.finish();
    clock.advance(4_999);
    expect(media.playing()).toEqual([]);
    clock.advance(1);
    expect(media.playing()).toEqual(['menu.wav']);
    await media.finish();
    clock.advance(5_000);
    expect(exits).toEqual([{ kind: 'queue', queue: 'billing', plan: '', priority: 0, skills: [], prompts: [{ audio: 'wait.wav', language: 'en' }] }]);
  });

  test('takes a key while it still speaks, and falls silent', async () => {
    const { menu, media, exits, names } = startMenu();
    await media.finish();
    menu.digit('1', 'rfc4733');
    expect(media.playing()).toEqual([]);
    expect(exits).toHaveLength(1);
    expect(names()).toEqual(['FlowEntered', 'FlowStepTaken', 'DigitsCollected', 'FlowStepTaken', 'FlowStepTaken', 'FlowLeft']);
  });

  test('takes a key that came during the announcement before it', async () => {
    const { menu, media, exits } = startMenu();
    menu.digit('1', 'sip-info');
    expect(media.playing()).toEqual(['hello.wav']);
    await media.finish();
    expect(exits).toHaveLength(1);
  });

  test('waits for the second key of a longer input, but not for ever', async () => {
    const { menu, media, clock, exits } = startMenu();
    await media.finish();
    menu.digit('2', 'rfc4733');
    clock.advance(1_999);
    expect(media.playing()).toEqual([]);
    clock.advance(1);
    expect(media.playing()).toEqual(['invalid.wav', 'menu.wav']);
    menu.digit('2', 'rfc4733');
    menu.digit('0', 'rfc4733');
    expect(media.playing()).toEqual(['bye.wav']);
    expect(exits).toEqual([]);
    await media.finish();
    expect(exits).toEqual([{ kind: 'end', reason: 'self_served' }]);
  });

  test('that is sensitive shows no key in any fact', async () => {
    const { menu, media, facts } = startMenu();
    await media.finish();
    menu.digit('2', 'rfc4733');
    menu.digit('0', 'rfc4733');
    const told = JSON.stringify(facts, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    expect(told).toContain('"digits":"**"');
    expect(told).not.toMatch(/"(digits|input|outcome)":"[^"]*[02]/);
  });

  test('that is stopped tells that the customer left, and nothing more', async () => {
    const { menu, media, exits, names } = startMenu();
    await media.finish();
    menu.stop();
    menu.stop();
    menu.digit('1', 'rfc4733');
    await media.finish();
    expect(exits).toEqual([]);
    expect(names().slice(-2)).toEqual(['FlowStepTaken', 'FlowLeft']);
  });
});
