import { findGraphFaults } from './check-graph.ts';
import { flowLimits, vipValue, type FlowDefinition, type FlowNode, type MenuNode, type MenuOption, type Prompt, type PromptContent, type QueueNode } from './definition.ts';
import { createFaultCollector, type FaultCollector, type FlowFault } from './fault-collector.ts';

export type { FlowFault } from './fault-collector.ts';

/** A definition that can be run, or everything that is wrong with it. */
export type ParsedFlow = { readonly flow: FlowDefinition } | { readonly faults: readonly FlowFault[] };

type Path = FlowFault['path'];

/** What reading a node needs to know. */
interface Reading {
  readonly collect: FaultCollector;
  readonly languages: readonly string[];
}

const nodeName = { longest: 64, pattern: /^[A-Za-z][A-Za-z0-9_-]*$/, is: 'a node name of letters, digits, `-` and `_`, beginning with a letter, at most 64' };
const resourceName = { longest: 63, pattern: /^[a-z0-9][a-z0-9_.-]*$/, is: 'a resource name of lower-case letters, digits, `-`, `_` and `.`, at most 63' };
const languageTag = { longest: 35, pattern: /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, is: 'a language tag such as zh-CN' };
const audioName = { longest: 128, pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*(\/[A-Za-z0-9][A-Za-z0-9_-]*)*\.wav$/, is: 'the name of a .wav file, without `..`' };
const attributeName = { longest: 64, pattern: /^[A-Za-z][A-Za-z0-9_.-]*$/, is: 'an attribute name of letters, digits, `_`, `.` and `-`, beginning with a letter, at most 64' };

function readPromptContent({ collect }: Reading, value: unknown, path: Path): PromptContent {
  const { audio, text } = collect.fields(value, path, ['audio', 'text']);
  if (audio === undefined && text === undefined) collect.add(path, 'says nothing', 'Give an audio file, a text, or both.');
  return {
    ...(audio === undefined ? {} : { audio: collect.text(audio, [...path, 'audio'], audioName) }),
    ...(text === undefined ? {} : { text: collect.text(text, [...path, 'text'], { longest: flowLimits.textSigns }) }),
  };
}

function readPrompt(reading: Reading, value: unknown, path: Path): Prompt {
  if (value === undefined) {
    reading.collect.add(path, 'is missing', `Give audio or text for each of: ${reading.languages.join(', ')}.`);
    return {};
  }
  const fields = reading.collect.fields(value, path, reading.languages);
  return Object.fromEntries(reading.languages.map((language) => [language, readForLanguage(reading, fields[language], [...path, language])]));
}

function readForLanguage(reading: Reading, value: unknown, path: Path): PromptContent {
  if (value !== undefined) return readPromptContent(reading, value, path);
  reading.collect.add(path, 'is missing', 'Give audio or text for every language of the flow, or take the language out of `languages`.');
  return {};
}

function optionalPrompt<Name extends string>(reading: Reading, name: Name, fields: Readonly<Record<string, unknown>>, path: Path): { [Key in Name]?: Prompt } {
  if (fields[name] === undefined) return {};
  return { [name]: readPrompt(reading, fields[name], [...path, name]) } as { [Key in Name]?: Prompt };
}

function readOption({ collect, languages }: Reading, value: unknown, path: Path): MenuOption {
  const fields = collect.fields(value, path, ['input', 'label', 'next']);
  const labels = fields['label'] === undefined ? {} : collect.fields(fields['label'], [...path, 'label'], languages);
  return {
    input: collect.text(fields['input'], [...path, 'input'], { longest: flowLimits.inputSigns, pattern: /^\S+$/, is: `a text of 1 to ${flowLimits.inputSigns} signs without spaces (quote digits: "1")` }),
    label: Object.fromEntries(
      languages
        .filter((language) => labels[language] !== undefined)
        .map((language) => [language, collect.text(labels[language], [...path, 'label', language], { longest: flowLimits.labelSigns })]),
    ),
    next: collect.text(fields['next'], [...path, 'next'], nodeName),
  };
}

const menuFields = ['type', 'prompt', 'options', 'timeoutSeconds', 'textTimeoutSeconds', 'retries', 'invalidPrompt', 'timeoutPrompt', 'onInvalid', 'onTimeout', 'sensitive'];

function readMenu(reading: Reading, value: unknown, path: Path): MenuNode {
  const { collect } = reading;
  const fields = collect.fields(value, path, menuFields);
  const at = (name: string): Path => [...path, name];
  const options = collect.list(fields['options'], at('options'), { min: 1, max: flowLimits.options }).map((option, index) => readOption(reading, option, [...at('options'), index]));
  options.forEach((option, index) => {
    const first = options.findIndex((other) => normaliseInput(other.input) === normaliseInput(option.input));
    if (first < index && option.input !== '') collect.add([...at('options'), index, 'input'], `"${option.input}" is chosen twice`, 'Give each option its own input.');
  });
  return {
    type: 'menu',
    prompt: readPrompt(reading, fields['prompt'], at('prompt')),
    options,
    timeoutSeconds: collect.whole(fields['timeoutSeconds'], at('timeoutSeconds'), { min: 1, max: flowLimits.timeoutSeconds, fallback: 5 }),
    textTimeoutSeconds: collect.whole(fields['textTimeoutSeconds'], at('textTimeoutSeconds'), { min: 1, max: flowLimits.textTimeoutSeconds, fallback: 300 }),
    retries: collect.whole(fields['retries'], at('retries'), { min: 0, max: flowLimits.retries, fallback: 2 }),
    ...optionalPrompt(reading, 'invalidPrompt', fields, path),
    ...optionalPrompt(reading, 'timeoutPrompt', fields, path),
    onInvalid: collect.text(fields['onInvalid'], at('onInvalid'), nodeName),
    onTimeout: collect.text(fields['onTimeout'], at('onTimeout'), nodeName),
    sensitive: collect.flag(fields['sensitive'], at('sensitive'), false),
  };
}

function readAttributes({ collect }: Reading, value: unknown, path: Path): Record<string, string> {
  const entries = Object.entries(collect.fields(value, path, 'any'));
  if (entries.length === 0 || entries.length > flowLimits.attributes) collect.add(path, `does not hold 1 to ${flowLimits.attributes} attributes`, `Set 1 to ${flowLimits.attributes} attributes in one node.`);
  for (const [name, content] of entries.slice(0, flowLimits.attributes)) {
    collect.text(name, [...path, name], attributeName);
    if (typeof content !== 'string' || content.length > flowLimits.attributeValueSigns) {
      collect.add([...path, name], `is not a text of at most ${flowLimits.attributeValueSigns} signs`, 'Quote numbers and flags; an empty text removes the attribute.');
    }
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

function readQueue(reading: Reading, value: unknown, path: Path): QueueNode {
  const { collect } = reading;
  const fields = collect.fields(value, path, ['type', 'queue', 'plan', 'priority', 'skills', 'prompt']);
  const skills = fields['skills'] === undefined ? [] : collect.list(fields['skills'], [...path, 'skills'], { min: 0, max: flowLimits.skills });
  return {
    type: 'queue',
    queue: collect.text(fields['queue'], [...path, 'queue'], resourceName),
    plan: fields['plan'] === undefined ? '' : collect.text(fields['plan'], [...path, 'plan'], resourceName),
    priority: collect.whole(fields['priority'], [...path, 'priority'], { min: 0, max: flowLimits.prioritySeconds, fallback: 0 }),
    skills: skills.map((skill, index) => {
      const at = [...path, 'skills', index];
      const one = collect.fields(skill, at, ['skill', 'minLevel']);
      return { skill: collect.text(one['skill'], [...at, 'skill'], resourceName), minLevel: collect.whole(one['minLevel'], [...at, 'minLevel'], { min: 1, max: 100, fallback: 1 }) };
    }),
    ...optionalPrompt(reading, 'prompt', fields, path),
  };
}

function readNode(reading: Reading, value: unknown, path: Path): FlowNode {
  const { collect } = reading;
  const type = collect.oneOf(collect.fields(value, path, 'any')['type'], [...path, 'type'], ['say', 'menu', 'set', 'hours', 'customer', 'queue', 'end']);
  const next = (fields: Readonly<Record<string, unknown>>, name = 'next') => collect.text(fields[name], [...path, name], nodeName);
  switch (type) {
    case 'say': {
      const fields = collect.fields(value, path, ['type', 'prompt', 'next']);
      return { type, prompt: readPrompt(reading, fields['prompt'], [...path, 'prompt']), next: next(fields) };
    }
    case 'menu':
      return readMenu(reading, value, path);
    case 'set': {
      const fields = collect.fields(value, path, ['type', 'attributes', 'next']);
      return { type, attributes: readAttributes(reading, fields['attributes'], [...path, 'attributes']), next: next(fields) };
    }
    case 'hours': {
      const fields = collect.fields(value, path, ['type', 'hours', 'open', 'closed']);
      return { type, hours: collect.text(fields['hours'], [...path, 'hours'], resourceName), open: next(fields, 'open'), closed: next(fields, 'closed') };
    }
    case 'customer': {
      const fields = collect.fields(value, path, ['type', 'minValue', 'valued', 'others']);
      return { type, minValue: collect.whole(fields['minValue'], [...path, 'minValue'], { min: 1, max: 100, fallback: vipValue }), valued: next(fields, 'valued'), others: next(fields, 'others') };
    }
    case 'queue':
      return readQueue(reading, value, path);
    case 'end': {
      const fields = collect.fields(value, path, ['type', 'reason', 'prompt']);
      return { type, reason: collect.oneOf(fields['reason'], [...path, 'reason'], ['self_served', 'refused'], 'self_served'), ...optionalPrompt(reading, 'prompt', fields, path) };
    }
  }
}

function readDefinition(collect: FaultCollector, definition: unknown): FlowDefinition {
  const fields = collect.fields(definition, [], ['version', 'languages', 'start', 'nodes']);
  if (fields['version'] !== 1) collect.add(['version'], 'is not a version known here', 'Write 1.');
  const languages = collect.list(fields['languages'], ['languages'], { min: 1, max: flowLimits.languages }).map((language, index) => collect.text(language, ['languages', index], languageTag));
  languages.forEach((language, index) => {
    if (languages.indexOf(language) < index) collect.add(['languages', index], `"${language}" is named twice`, 'Name each language once.');
  });
  const entries = Object.entries(collect.fields(fields['nodes'], ['nodes'], 'any'));
  if (entries.length === 0 || entries.length > flowLimits.nodes) collect.add(['nodes'], `does not hold 1 to ${flowLimits.nodes} nodes`, 'Split a large flow into several, each with its own entry point.');
  const nodes = new Map<string, FlowNode>();
  for (const [name, value] of entries.slice(0, flowLimits.nodes)) {
    collect.text(name, ['nodes', name], nodeName);
    nodes.set(name, readNode({ collect, languages }, value, ['nodes', name]));
  }
  return { version: 1, languages: languages as [string, ...string[]], start: collect.text(fields['start'], ['start'], nodeName), nodes };
}

/** The form in which inputs are compared: full-width digits become digits, case and outer spaces do not count. */
export function normaliseInput(input: string): string {
  return input.normalize('NFKC').trim().toLowerCase();
}

/**
 * Reads a definition and names every fault at once: shape first, and when that is right, where its ways lead. A flow that
 * is given has no dangling name, no node that cannot be reached, no circle without a wait, and from each node a way out.
 * @param definition JSON text, or what it parses to
 */
export function parseFlow(definition: unknown): ParsedFlow {
  const collect = createFaultCollector();
  let content = definition;
  if (typeof definition === 'string') {
    if (definition.length > flowLimits.definitionSigns) {
      return { faults: [{ path: [], message: `is longer than ${flowLimits.definitionSigns} signs`, remedy: 'Split it into several flows.' }] };
    }
    try {
      content = JSON.parse(definition);
    } catch (error) {
      return { faults: [{ path: [], message: `is not JSON: ${(error as SyntaxError).message}`, remedy: 'Correct the JSON.' }] };
    }
  }
  const flow = readDefinition(collect, content);
  const faults = collect.faults.length > 0 ? collect.faults : findGraphFaults(flow);
  return faults.length > 0 ? { faults } : { flow };
}
