/** Bounds of a definition and of one run through it. What goes over is a fault, never cut off silently. */
export const flowLimits = {
  /** Signs of JSON. */
  definitionSigns: 256 * 1024,
  nodes: 500,
  languages: 10,
  /** Signs of one prompt's text. */
  textSigns: 2_000,
  options: 20,
  /** Signs of one option's input. */
  inputSigns: 16,
  /** Labels of one option over all languages. */
  labelSigns: 100,
  retries: 9,
  timeoutSeconds: 60,
  textTimeoutSeconds: 86_400,
  /** Attributes that one node sets. */
  attributes: 20,
  attributeValueSigns: 500,
  skills: 10,
  /** Seconds of waiting that a queue node may be worth. */
  prioritySeconds: 86_400,
  /** Nodes that one contact may pass through before the flow counts as failed: ends loops that a customer never leaves. */
  steps: 200,
} as const;

/** From this value on a customer is a VIP (大客户), unless a node says otherwise. */
export const vipValue = 80;

/** What is said or shown in one language: an audio file, a text, or both. */
export interface PromptContent {
  /** Name of an audio file that the voice channel finds in the folder of the language; absent where only text is shown. */
  readonly audio?: string;
  /** Words for text channels, transcripts and synthesis; absent where only sound is played. */
  readonly text?: string;
}

/** One prompt by language tag; every language of the flow is there. */
export type Prompt = Readonly<Record<string, PromptContent>>;

/** Says something, then goes on. */
export interface SayNode {
  readonly type: 'say';
  readonly prompt: Prompt;
  readonly next: string;
}

/** One way out of a menu. */
export interface MenuOption {
  /** Keys (`0`–`9`, `*`, `#`) or a word that chooses it; text matches without regard to case, width or outer spaces. */
  readonly input: string;
  /** Words for buttons, by language tag; a text customer may also send them. Empty for none. */
  readonly label: Readonly<Record<string, string>>;
  readonly next: string;
}

/** Asks for a choice, by keys on the telephone and by text elsewhere. */
export interface MenuNode {
  readonly type: 'menu';
  readonly prompt: Prompt;
  readonly options: readonly MenuOption[];
  /** How long the customer may stay silent after the prompt, seconds, 1 to 60; 5 by default. For keys. */
  readonly timeoutSeconds: number;
  /** The same for text, seconds, 1 to 86 400; 300 by default. */
  readonly textTimeoutSeconds: number;
  /** How often the prompt is said again after silence or a wrong input, 0 to 9; 2 by default. */
  readonly retries: number;
  /** Said before the prompt is said again; nothing when absent. */
  readonly invalidPrompt?: Prompt;
  readonly timeoutPrompt?: Prompt;
  /** Where it goes when the tries are used up and the last one was wrong. */
  readonly onInvalid: string;
  /** Where it goes when the tries are used up and the last one was silence. */
  readonly onTimeout: string;
  /** Whether the input is masked in facts and logs; false by default. */
  readonly sensitive: boolean;
}

/** Sets attributes of the contact (随路数据). The attribute `language` chooses the language of what follows. */
export interface SetNode {
  readonly type: 'set';
  /** Values by name; an empty value removes the name. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly next: string;
}

/** Goes one way or the other by opening hours. */
export interface HoursNode {
  readonly type: 'hours';
  /** Hours resource. */
  readonly hours: string;
  readonly open: string;
  readonly closed: string;
}

/** Goes one way or the other by what the customer is worth to the centre; who is not known is worth 0. */
export interface CustomerNode {
  readonly type: 'customer';
  /** Least value of a customer who goes the way of `valued`, 1 to 100; 80 by default. */
  readonly minValue: number;
  readonly valued: string;
  readonly others: string;
}

/** Leaves the flow for a queue. */
export interface QueueNode {
  readonly type: 'queue';
  /** Queue resource. */
  readonly queue: string;
  /** RoutingPlan resource; empty for the one that the queue names, or none. */
  readonly plan: string;
  /** Seconds of waiting that coming this way is worth; 0 by default. */
  readonly priority: number;
  /** What an agent must have, over what the queue asks for. */
  readonly skills: readonly { readonly skill: string; readonly minLevel: number }[];
  /** Said once while the contact already waits; nothing when absent. */
  readonly prompt?: Prompt;
}

/** Leaves the flow and ends the contact. */
export interface EndNode {
  readonly type: 'end';
  /** `self_served` when the customer got what they came for, `refused` when they were turned away; `self_served` by default. */
  readonly reason: 'self_served' | 'refused';
  /** Said before the end; nothing when absent. */
  readonly prompt?: Prompt;
}

/** A step of a flow. */
export type FlowNode = SayNode | MenuNode | SetNode | HoursNode | CustomerNode | QueueNode | EndNode;

/** A self-service menu, checked: every name in it leads somewhere, and every way ends. */
export interface FlowDefinition {
  /** Version of this format. */
  readonly version: 1;
  /** Language tags; the first is used when the contact has none of them. */
  readonly languages: readonly [string, ...string[]];
  /** Name of the first node. */
  readonly start: string;
  readonly nodes: ReadonlyMap<string, FlowNode>;
}

/** Names of the nodes that a node may lead to. */
export function exitsOf(node: FlowNode): readonly string[] {
  switch (node.type) {
    case 'say':
    case 'set':
      return [node.next];
    case 'hours':
      return [node.open, node.closed];
    case 'customer':
      return [node.valued, node.others];
    case 'menu':
      return [...node.options.map((option) => option.next), node.onInvalid, node.onTimeout];
    case 'queue':
    case 'end':
      return [];
  }
}
