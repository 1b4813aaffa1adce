import { flowLimits, type FlowDefinition, type FlowNode, type MenuNode, type Prompt, type QueueNode } from './definition.ts';
import { normaliseInput } from './parse-flow.ts';

/** Where a contact stands in a flow. Plain data: may be kept and read back as JSON. */
export interface FlowState {
  /** The node the contact is at; the last one when it has left. */
  readonly node: string;
  /** `prompt`: a say is being said. `input`: a menu waits for a choice. `left`: nothing happens any more. */
  readonly waitsFor: 'prompt' | 'input' | 'left';
  /** Times the menu was asked before, from 0. */
  readonly attempt: number;
  /** Nodes passed so far. */
  readonly steps: number;
  /** Attributes of the contact, as given at the start and set since. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** What happened outside. Events that do not fit the state change nothing. */
export type FlowEvent =
  /** The prompts of the last effects were said to their end. */
  | { readonly kind: 'played' }
  /** The customer chose; keys or text. */
  | { readonly kind: 'input'; readonly value: string }
  /** The customer stayed silent for the menu's time. */
  | { readonly kind: 'timeout' }
  /** The customer left. */
  | { readonly kind: 'left' };

/** What a channel does, in the order given. */
export type FlowEffect =
  /** Say this in the language; several in a row are said one after another. Report `played` after the last of a say node. */
  | { readonly kind: 'play'; readonly node: string; readonly prompt: Prompt; readonly language: string }
  /** Take a choice; input may come while the prompt is still said (barge-in). The time runs from the end of the prompt. */
  | {
      readonly kind: 'collect';
      readonly node: string;
      readonly options: readonly { readonly input: string; readonly label: string }[];
      /** Longest input among the options, signs. */
      readonly maxSigns: number;
      readonly timeoutMs: number;
      readonly textTimeoutMs: number;
      readonly sensitive: boolean;
    }
  | { readonly kind: 'setAttributes'; readonly attributes: Readonly<Record<string, string>> }
  /** One node is done: the fact FlowStepTaken. Input is already masked where it must be. */
  | { readonly kind: 'stepTaken'; readonly node: string; readonly outcome: string; readonly input: string }
  | { readonly kind: 'requestRouting'; readonly queue: string; readonly plan: string; readonly priority: number; readonly skills: QueueNode['skills'] }
  /** The flow is over: the fact FlowLeft. After `end` and `failed` the channel ends the contact, once prompts given before it are said. */
  | { readonly kind: 'leave'; readonly outcome: 'queue' | 'end' | 'customer_left' | 'failed'; readonly reason: 'self_served' | 'refused' | undefined };

/** What a flow asks of its surroundings. */
export interface FlowSurroundings {
  /** Whether the Hours resource is open now; one that is not known counts as the channel decides. */
  isOpen(hours: string): boolean;
  /** What the customer is worth, 0 to 100; 0 for one who is not known. */
  readonly customerValue: number;
}

/** The next state, and what to do. */
export interface FlowStep {
  readonly state: FlowState;
  readonly effects: readonly FlowEffect[];
}

/** Language of the contact: its attribute `language` when the flow speaks it, else the flow's first. */
export function languageOf(flow: FlowDefinition, attributes: Readonly<Record<string, string>>): string {
  const wished = attributes['language'];
  return wished !== undefined && flow.languages.includes(wished) ? wished : flow.languages[0];
}

const without = (attributes: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ''));
const mask = (menu: MenuNode, input: string) => (menu.sensitive ? '*'.repeat([...input].length) : input);

function leave(state: FlowState, outcome: 'queue' | 'end' | 'customer_left' | 'failed', reason?: 'self_served' | 'refused'): FlowStep {
  return { state: { ...state, waitsFor: 'left' }, effects: [{ kind: 'leave', outcome, reason }] };
}

/** `first`, then what `next` makes of the state after it. */
function then(state: FlowState, first: readonly FlowEffect[], next: (state: FlowState) => FlowStep): FlowStep {
  const step = next(state);
  return { state: step.state, effects: [...first, ...step.effects] };
}

/** Asks a menu, after what is said about the last try. */
function ask(flow: FlowDefinition, menu: MenuNode, state: FlowState, remark: Prompt | undefined): FlowStep {
  const language = languageOf(flow, state.attributes);
  const play = (prompt: Prompt): FlowEffect => ({ kind: 'play', node: state.node, prompt, language });
  return {
    state: { ...state, waitsFor: 'input' },
    effects: [
      ...(remark === undefined ? [] : [play(remark)]),
      play(menu.prompt),
      {
        kind: 'collect',
        node: state.node,
        options: menu.options.map((option) => ({ input: option.input, label: option.label[language] ?? '' })),
        maxSigns: Math.max(...menu.options.map((option) => option.input.length)),
        timeoutMs: menu.timeoutSeconds * 1_000,
        textTimeoutMs: menu.textTimeoutSeconds * 1_000,
        sensitive: menu.sensitive,
      },
    ],
  };
}

function enter(flow: FlowDefinition, surroundings: FlowSurroundings, from: FlowState, name: string): FlowStep {
  const state: FlowState = { ...from, node: name, attempt: 0, steps: from.steps + 1 };
  const node = flow.nodes.get(name);
  if (node === undefined || state.steps > flowLimits.steps) return leave(state, 'failed');
  const language = languageOf(flow, state.attributes);
  const onward = (first: readonly FlowEffect[], next: string, changed = state) => then(changed, first, (after) => enter(flow, surroundings, after, next));
  const done = (outcome: string): FlowEffect => ({ kind: 'stepTaken', node: name, outcome, input: '' });
  const play = (prompt: Prompt | undefined): FlowEffect[] => (prompt === undefined ? [] : [{ kind: 'play', node: name, prompt, language }]);
  switch (node.type) {
    case 'say':
      return { state: { ...state, waitsFor: 'prompt' }, effects: play(node.prompt) };
    case 'menu':
      return ask(flow, node, state, undefined);
    case 'set': {
      const changed = { ...state, attributes: without({ ...state.attributes, ...node.attributes }) };
      return onward([{ kind: 'setAttributes', attributes: node.attributes }, done('done')], node.next, changed);
    }
    case 'hours': {
      const outcome = surroundings.isOpen(node.hours) ? 'open' : 'closed';
      return onward([done(outcome)], node[outcome]);
    }
    case 'customer': {
      const outcome = surroundings.customerValue >= node.minValue ? 'valued' : 'others';
      return onward([done(outcome)], node[outcome]);
    }
    case 'queue':
      return then(state, [done('done'), { kind: 'requestRouting', queue: node.queue, plan: node.plan, priority: node.priority, skills: node.skills }, ...play(node.prompt)], (after) => leave(after, 'queue'));
    case 'end':
      return then(state, [done('done'), ...play(node.prompt)], (after) => leave(after, 'end', node.reason));
  }
}

/**
 * Puts a contact at the start of a flow.
 * @param attributes what is known of the contact; `language` chooses the language
 */
export function startFlow(flow: FlowDefinition, surroundings: FlowSurroundings, attributes: Readonly<Record<string, string>> = {}): FlowStep {
  const state: FlowState = { node: flow.start, waitsFor: 'prompt', attempt: 0, steps: 0, attributes: without(attributes) };
  return enter(flow, surroundings, state, flow.start);
}

/** A menu's try was silence or wrong: again, or out. */
function miss(menu: MenuNode, outcome: 'timeout' | 'invalid', input: string, run: Run): FlowStep {
  const { flow, surroundings, state } = run;
  if (state.attempt < menu.retries) return ask(flow, menu, { ...state, attempt: state.attempt + 1 }, outcome === 'timeout' ? menu.timeoutPrompt : menu.invalidPrompt);
  const exit = outcome === 'timeout' ? menu.onTimeout : menu.onInvalid;
  return then(state, [{ kind: 'stepTaken', node: state.node, outcome, input: mask(menu, input) }], (after) => enter(flow, surroundings, after, exit));
}

interface Run {
  readonly flow: FlowDefinition;
  readonly surroundings: FlowSurroundings;
  readonly state: FlowState;
}

function answerMenu(menu: MenuNode, event: FlowEvent, run: Run): FlowStep {
  if (event.kind === 'timeout') return miss(menu, 'timeout', '', run);
  if (event.kind !== 'input') return { state: run.state, effects: [] };
  const wanted = normaliseInput(event.value);
  const option = menu.options.find((one) => normaliseInput(one.input) === wanted || Object.values(one.label).some((label) => normaliseInput(label) === wanted));
  if (option === undefined) return miss(menu, 'invalid', event.value.slice(0, 64), run);
  // A sensitive choice must not be told by the way it went either.
  const outcome = menu.sensitive ? mask(menu, option.input) : option.input;
  return then(run.state, [{ kind: 'stepTaken', node: run.state.node, outcome, input: mask(menu, event.value.slice(0, 64)) }], (after) => enter(run.flow, run.surroundings, after, option.next));
}

/** The next step from what happened. Pure: the same state and event give the same step, so a redelivered event may be told apart by the state alone. */
export function advanceFlow(flow: FlowDefinition, surroundings: FlowSurroundings, state: FlowState, event: FlowEvent): FlowStep {
  if (state.waitsFor === 'left') return { state, effects: [] };
  if (event.kind === 'left') return leave(state, 'customer_left');
  const node: FlowNode | undefined = flow.nodes.get(state.node);
  if (node?.type === 'menu' && state.waitsFor === 'input') return answerMenu(node, event, { flow, surroundings, state });
  if (node?.type === 'say' && event.kind === 'played') {
    return then(state, [{ kind: 'stepTaken', node: state.node, outcome: 'done', input: '' }], (after) => enter(flow, surroundings, after, node.next));
  }
  return { state, effects: [] };
}
