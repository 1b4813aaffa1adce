import type { FlowDefinition, Prompt } from '@patchbay/flow/definition';
import { advanceFlow, startFlow, type FlowEffect, type FlowEvent, type FlowState, type FlowStep } from '@patchbay/flow/interpret';
import type { CancelTimer, Clock } from '@patchbay/runtime/clock';
import type { CallFact } from '../domain/call/call-fact.ts';
import { interDigitMs, isComplete } from '../domain/call/digit-collector.ts';
import type { LegKey, MediaPlane, Playlist } from '../media-plane.ts';

/** How the menu was left. */
export type MenuExit =
  | { readonly kind: 'queue'; readonly queue: string; readonly plan: string; readonly priority: number; readonly skills: readonly { readonly skill: string; readonly minLevel: number }[]; readonly prompts: Playlist['prompts'] }
  | { readonly kind: 'end'; readonly reason: 'self_served' | 'refused' }
  | { readonly kind: 'failed' };

/** What a menu runs on. */
export interface MenuOptions {
  readonly contactId: string;
  readonly legId: string;
  readonly leg: LegKey;
  /** Name of the Flow resource. */
  readonly name: string;
  readonly flow: FlowDefinition;
  readonly revision: bigint;
  readonly attributes: Readonly<Record<string, string>>;
  readonly media: MediaPlane;
  readonly clock: Clock;
  readonly customerValue: number;
  isOpen(hours: string): boolean;
  append(facts: readonly CallFact[]): void;
  /** Once, unless the menu was stopped. */
  exited(exit: MenuExit): void;
}

/** Keys that are kept until a menu asks for them. */
const mostAhead = 16;

type Collect = Extract<FlowEffect, { kind: 'collect' }>;

/** Files of a prompt in its language; a prompt that is only text is not heard. */
function soundOf(prompt: Prompt, language: string): Playlist['prompts'] {
  const audio = prompt[language]?.audio;
  return audio === undefined ? [] : [{ audio, language }];
}

/** Runs a flow on one leg: prompts are played, keys are collected (they may interrupt a prompt), facts are told. */
export class MenuRunner {
  private readonly options: MenuOptions;
  private state: FlowState | undefined;
  private collecting: Collect | undefined;
  private digits = '';
  /** Keys pressed before the menu that they are for was asked. */
  private ahead: string[] = [];
  private method: 'rfc4733' | 'sip-info' | 'inband' = 'rfc4733';
  private cancelTimer: CancelTimer | undefined;
  /** Rises with each playlist, so that the end of an interrupted one says nothing. */
  private playing = 0;
  private over = false;

  constructor(options: MenuOptions) {
    this.options = options;
  }

  start(): void {
    const { contactId, name, revision, flow, attributes, media, leg } = this.options;
    this.options.append([{ name: 'FlowEntered', event: { contactId, flow: name, flowRevision: revision } }]);
    media.collectDtmf(leg, true);
    this.take(startFlow(flow, this.options, attributes));
  }

  /** Attributes of the contact as the flow left them. */
  attributes(): Readonly<Record<string, string>> {
    return this.state?.attributes ?? this.options.attributes;
  }

  digit(digit: string, method: 'rfc4733' | 'sip-info' | 'inband'): void {
    const { collecting } = this;
    if (this.over) return;
    if (collecting === undefined) {
      // An announcement is said to its end; who knows the menu need not wait for it.
      if (this.ahead.length < mostAhead) this.ahead.push(digit);
      this.method = method;
      return;
    }
    if (this.digits === '') {
      this.playing += 1;
      this.options.media.stopPlay(this.options.leg);
    }
    this.digits += digit;
    this.method = method;
    const wish = { inputs: collecting.options.map(({ input }) => input), maxDigits: collecting.maxSigns };
    if (isComplete(wish, this.digits)) this.answer(collecting);
    else this.arm(interDigitMs, () => { this.answer(collecting); });
  }

  /** The customer left, or the call took another way: nothing more is heard of the menu but this. */
  stop(): void {
    if (this.over || this.state === undefined) return;
    this.advance({ kind: 'left' });
  }

  private answer(collect: Collect): void {
    const { contactId, legId } = this.options;
    const digits = this.digits;
    this.collecting = undefined;
    this.options.append([{ name: 'DigitsCollected', event: { contactId, legId, digits: collect.sensitive ? '*'.repeat(digits.length) : digits, method: this.method } }]);
    this.advance({ kind: 'input', value: digits });
  }

  private arm(delayMs: number, callback: () => void): void {
    this.cancelTimer?.();
    this.cancelTimer = this.options.clock.setTimer(delayMs, callback);
  }

  private advance(event: FlowEvent): void {
    if (this.over || this.state === undefined) return;
    this.take(advanceFlow(this.options.flow, this.options, this.state, event));
  }

  private take(step: FlowStep): void {
    this.state = step.state;
    this.cancelTimer?.();
    this.collecting = undefined;
    this.digits = '';
    this.options.append(step.effects.flatMap((effect) => this.factsOf(effect)));
    const prompts = step.effects.flatMap((effect) => (effect.kind === 'play' ? soundOf(effect.prompt, effect.language) : []));
    const left = step.effects.find((effect) => effect.kind === 'leave');
    if (left !== undefined) this.leave(step.effects, left, prompts);
    else if (step.effects.some((effect) => effect.kind === 'play')) this.perform(step.effects.find((effect) => effect.kind === 'collect'), prompts);
  }

  private factsOf(effect: FlowEffect): CallFact[] {
    const { contactId, name: flow } = this.options;
    switch (effect.kind) {
      case 'stepTaken':
        return [{ name: 'FlowStepTaken', event: { contactId, flow, node: effect.node, outcome: effect.outcome, input: effect.input } }];
      case 'setAttributes':
        return [{ name: 'ContactAttributesSet', event: { contactId, attributes: Object.entries(effect.attributes).map(([name, value]) => ({ name, value })) } }];
      case 'leave':
        return [{ name: 'FlowLeft', event: { contactId, flow, outcome: effect.outcome } }];
      default:
        return [];
    }
  }

  /** Plays, and waits for keys meanwhile and afterwards, or for the end. */
  private perform(collect: Collect | undefined, prompts: Playlist['prompts']): void {
    this.collecting = collect;
    const key = collect === undefined ? undefined : this.ahead.shift();
    if (key !== undefined) {
      this.digit(key, this.method);
      return;
    }
    this.play(prompts, () => {
      if (collect === undefined) this.advance({ kind: 'played' });
      else if (this.digits === '') this.arm(collect.timeoutMs, () => { this.advance({ kind: 'timeout' }); });
    });
  }

  private play(prompts: Playlist['prompts'], played: () => void): void {
    const turn = (this.playing += 1);
    void this.options.media.play(this.options.leg, { prompts, loop: false }).then(() => {
      if (turn === this.playing && !this.over) played();
    });
  }

  private leave(effects: readonly FlowEffect[], left: Extract<FlowEffect, { kind: 'leave' }>, prompts: Playlist['prompts']): void {
    const finish = (exit?: MenuExit) => {
      this.over = true;
      this.options.media.collectDtmf(this.options.leg, false);
      if (exit !== undefined) this.options.exited(exit);
    };
    const request = effects.find((effect) => effect.kind === 'requestRouting');
    if (left.outcome === 'customer_left') finish();
    else if (request !== undefined) finish({ kind: 'queue', queue: request.queue, plan: request.plan, priority: request.priority, skills: request.skills, prompts });
    else this.play(prompts, () => { finish(left.outcome === 'end' ? { kind: 'end', reason: left.reason ?? 'self_served' } : { kind: 'failed' }); });
  }
}
