import { context as otelContext, trace, type Context } from '@opentelemetry/api';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import type { EntryPoint } from '@patchbay/contracts/directory/v1/resource';
import { AppError } from '@patchbay/runtime/app-error';
import { isSameTrace, linksTo, traceparentOf, tracer } from '@patchbay/runtime/spans';
import type { CallFact } from '../domain/call/call-fact.ts';
import type { CallEffect, CallEvent, CallState } from '../domain/call/call-state.ts';
import { decideCall } from '../domain/call/decide-call.ts';
import type { Codec } from '../domain/media/g711.ts';
import type { LegFigures, LegKey, Playlist } from '../media-plane.ts';
import type { CustomerLine } from '../ports.ts';
import { AgentSide } from './agent-side.ts';
import type { CallJournal } from './call-journal.ts';
import type { CallSurroundings } from './call-surroundings.ts';
import type { CustomerReach } from './customer-reach.ts';
import { observeLeg } from './leg-metrics.ts';
import { CallerSide } from './caller-side.ts';
import { MenuRunner, type MenuExit } from './menu-runner.ts';

/** What a call begins with. */
export interface CallStart {
  readonly tenant: string;
  readonly contactId: string;
  readonly entryPoint: { readonly name: string; readonly spec: EntryPoint };
  readonly conversationId: string;
  /** Language tag of what is said without a flow. */
  readonly language: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** What the caller is worth, 0 to 100. */
  readonly customerValue: number;
  readonly state: CallState;
  readonly line: Pick<CustomerLine, 'callerNumber' | 'callerName' | 'hangUp'>;
  /** Calls the customer, when it is a call-back. */
  readonly reach?: Pick<CustomerReach, 'reach' | 'greet' | 'agentKey'>;
  readonly journal: CallJournal;
  /** Trace of the INVITE: everything the call does belongs to it. */
  readonly trace: Context;
}

/** One call from its answer to its end: carries out what the domain decides. */
export class Call {
  readonly tenant: string;
  readonly contactId: string;
  private readonly start: CallStart;
  private readonly around: CallSurroundings;
  private readonly customerLeg: LegKey;
  private readonly agents: AgentSide;
  private state: CallState;
  private menu: MenuRunner | undefined;
  private readonly caller: CallerSide;
  private language: string;
  /** Said once before the music. */
  private beforeMusic: Playlist['prompts'] = [];
  private requestedAtMs = 0;
  private readonly tappedLegs = new Set<string>();
  private readonly queue: CallEvent[] = [];
  private deciding = false;

  constructor(start: CallStart, around: CallSurroundings) {
    this.tenant = start.tenant;
    this.contactId = start.contactId;
    this.start = start;
    this.around = around;
    this.state = start.state;
    this.language = start.language;
    this.customerLeg = this.legKey(start.state.customer.legId);
    this.caller = new CallerSide({
      tenant: start.tenant,
      contactId: start.contactId,
      leg: this.customerLeg,
      entryPoint: start.entryPoint,
      caller: start.line,
      around,
      language: () => this.language,
      waiting: () => ({ place: this.state.place, requestedAtMs: this.requestedAtMs, conversationId: start.conversationId }),
      tap: () => {
        this.tap([start.state.customer.legId]);
      },
      dispatch: (event) => {
        this.dispatch(event);
      },
    });
    this.agents = new AgentSide({
      tenant: start.tenant,
      contactId: start.contactId,
      customerLeg: this.customerLeg,
      caller: start.line,
      around,
      dispatch: (event) => {
        this.dispatch(event);
      },
    });
  }

  legKey(legId: string): LegKey {
    return `${this.contactId}/${legId}`;
  }

  phase(): CallState['phase'] {
    return this.state.phase;
  }

  /** Party of a leg, for its sound. */
  partyOf(legId: string): Party {
    return legId === this.start.state.customer.legId ? Party.CUSTOMER : Party.AGENT;
  }

  /** Takes an event in; those that arise while one is decided wait their turn. */
  dispatch(event: CallEvent): void {
    this.queue.push(event);
    if (this.deciding) return;
    this.deciding = true;
    try {
      this.inCallTrace(event.kind, () => {
        for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
          const step = decideCall(this.state, next);
          this.state = step.state;
          for (const effect of step.effects) this.perform(effect);
        }
      });
    } finally {
      this.deciding = false;
    }
  }

  /** What came from elsewhere, e.g. an agent's click, is done in the trace of the call, with a link to what led to it. */
  private inCallTrace(what: CallEvent['kind'], work: () => void): void {
    const active = traceparentOf(trace.getActiveSpan());
    const own = traceparentOf(trace.getSpan(this.start.trace));
    if (active === undefined) otelContext.with(this.start.trace, work);
    else if (isSameTrace(active, own)) work();
    else {
      const span = tracer().startSpan(`call ${what}`, { links: linksTo([active]) }, this.start.trace);
      otelContext.with(trace.setSpan(this.start.trace, span), work);
      span.end();
    }
  }

  digit(digit: string, method: 'rfc4733' | 'sip-info' | 'inband'): void {
    otelContext.with(this.start.trace, () => {
      this.menu?.digit(digit, method);
      this.caller.digit(digit);
    });
  }

  /** A key on an agent's phone, while keys of it are told. */
  agentKey(digit: string): void {
    this.start.reach?.agentKey(digit);
  }

  /** About a second of sound of a leg. */
  heard(legId: string, samples: Uint8Array, codec: Codec): void {
    if (legId === this.start.state.customer.legId) this.caller.heard(samples, codec);
  }

  /** The caller acknowledged the answer: closed hours, the flow, or the queue. */
  answered(codec: string): void {
    const { spec } = this.start.entryPoint;
    const { centre, log } = this.around;
    this.dispatch({ kind: 'customerAnswered', codec });
    if (this.state.phase !== 'menu') return;
    if (spec.hours !== '' && !centre.isOpen(this.tenant, spec.hours)) {
      this.dispatch({ kind: 'turnedAway', ending: { by: Party.SYSTEM, reason: EndReason.REFUSED, code: 'hours' }, announce: 'closed' });
      return;
    }
    const found = spec.flow === '' ? undefined : centre.flow(this.tenant, spec.flow);
    if (spec.flow !== '' && found === undefined) log.error('flow cannot be used', { contactId: this.contactId, flow: spec.flow, code: 'VOICE_BAD_FLOW' });
    if (found === undefined) this.wantQueue(spec.settings['greeting']);
    else otelContext.with(this.start.trace, () => { this.enterMenu(found); });
  }

  private enterMenu(found: NonNullable<ReturnType<CallSurroundings['centre']['flow']>>): void {
    const { media, clock, centre } = this.around;
    this.menu = new MenuRunner({
      contactId: this.contactId,
      legId: this.start.state.customer.legId,
      leg: this.customerLeg,
      name: this.start.entryPoint.spec.flow,
      ...found,
      attributes: this.start.attributes,
      media,
      clock,
      customerValue: this.start.customerValue,
      isOpen: (hours) => centre.isOpen(this.tenant, hours),
      append: (facts) => {
        this.start.journal.append(facts);
      },
      exited: (exit) => {
        this.leftMenu(exit);
      },
    });
    this.menu.start();
  }

  private leftMenu(exit: MenuExit): void {
    const wished = this.menu?.attributes()['language'];
    if (wished !== undefined) this.language = wished;
    this.menu = undefined;
    if (exit.kind === 'queue') this.request(exit, exit.prompts);
    else if (exit.kind === 'failed') this.wantQueue(undefined, 'VOICE_FLOW_FAILED');
    else {
      const reason = exit.reason === 'refused' ? EndReason.REFUSED : EndReason.SELF_SERVED;
      this.dispatch({ kind: 'turnedAway', ending: { by: Party.BOT, reason, code: '' }, announce: undefined });
    }
  }

  /** Straight to the entry point's own queue or plan; without one there is nowhere to go. */
  private wantQueue(greeting: string | undefined, code = 'VOICE_NO_QUEUE'): void {
    const { queue, plan } = this.start.entryPoint.spec;
    const prompts = greeting === undefined || greeting === '' ? [] : [{ audio: greeting, language: this.language }];
    if (queue !== '' || plan !== '') this.request({ queue, plan, priority: 0, skills: [] }, prompts);
    else this.dispatch({ kind: 'turnedAway', ending: { by: Party.SYSTEM, reason: EndReason.FAILED, code }, announce: 'busy' });
  }

  private request(wish: { queue: string; plan: string; priority: number; skills: readonly { skill: string; minLevel: number }[] }, prompts: Playlist['prompts']): void {
    this.beforeMusic = prompts;
    this.requestedAtMs = this.around.clock.nowMs();
    const { queue, plan, priority } = wish;
    this.dispatch({ kind: 'routingWanted', requestId: this.around.ids.next(), queue, plan, priority, skills: [...wish.skills] });
  }

  private perform(effect: CallEffect): void {
    switch (effect.kind) {
      case 'append':
        this.start.journal.append(effect.facts);
        break;
      case 'release':
        this.release(effect.legs, effect.facts);
        break;
      case 'music':
        this.playMusic();
        break;
      case 'askCallBack':
      case 'takeCallBack':
      case 'takeMessage':
        this.caller.perform(effect);
        break;
      case 'bridge':
        this.caller.stop();
        this.bridge(effect.legId);
        break;
      case 'unbridge':
        this.around.media.unbridge(this.customerLeg);
        break;
      case 'announce':
        this.caller.stop();
        void this.around.media.play(this.customerLeg, { prompts: [{ audio: `${effect.what}.wav`, language: this.language }], loop: false }).then(() => {
          this.dispatch({ kind: 'announced' });
        });
        break;
      case 'reach':
        this.start.reach?.reach(this.legKey(effect.agentLegId));
        break;
      case 'greet':
        this.start.reach?.greet();
        break;
      case 'leaveMenu':
        this.menu?.stop();
        break;
      case 'dropCustomer':
        this.start.line.hangUp(effect.ending.code);
        break;
      case 'over':
        this.caller.stop();
        this.finish();
        break;
      default:
        this.agents.perform(effect);
    }
  }

  private playMusic(): void {
    const first = this.beforeMusic;
    this.beforeMusic = [];
    if (this.state.phase === 'waiting') this.caller.wait(first);
    else this.caller.hold();
  }

  private bridge(legId: string): void {
    const agentLeg = this.legKey(legId);
    const { media } = this.around;
    media.bridge(this.customerLeg, agentLeg);
    this.tap([this.start.state.customer.legId, legId]);
  }

  private tap(legIds: readonly string[]): void {
    const fresh = legIds.filter((leg) => !this.tappedLegs.has(leg));
    for (const leg of fresh) this.tappedLegs.add(leg);
    if (fresh.length > 0) this.around.media.tap(fresh.map((leg) => this.legKey(leg)));
  }

  /** Media first: their last chunks and figures come before the facts that say the leg is over. */
  private release(legs: readonly string[], facts: readonly CallFact[]): void {
    const closed = legs.map(async (legId) => ({ legId, figures: await this.around.media.closeLeg(this.legKey(legId)) }));
    this.start.journal.appendWhenKnown(async () => {
      const reports = (await Promise.all(closed)).flatMap(({ legId, figures }) => {
        if (this.tappedLegs.has(legId)) this.around.audio.end({ tenant: this.tenant, contactId: this.contactId, legId, party: this.partyOf(legId) });
        if (figures === undefined) return [];
        observeLeg(this.around.metrics, figures);
        return qualityFacts(this.contactId, legId, figures);
      });
      if (legs.includes(this.start.state.customer.legId)) this.caller.keepMessage();
      return [...reports, ...facts];
    });
  }

  private finish(): void {
    const { calls, log } = this.around;
    void this.start.journal.idle().then(async () => {
      await calls.forget(this.contactId, this.state.ending !== undefined);
    }).catch((error: unknown) => {
      log.warn('an ended call was not struck off', { error: AppError.from(error), contactId: this.contactId });
    });
  }
}

/** Quality of a leg that carried sound at all. */
function qualityFacts(contactId: string, legId: string, { received, sent }: LegFigures): CallFact[] {
  if (received.packets === 0 && sent === undefined) return [];
  const direction = (figures: LegFigures['received']) => ({ packets: BigInt(figures.packets), lost: BigInt(figures.lost), jitterMs: figures.jitterMs, mos: figures.mos });
  return [{ name: 'CallQualityReported', event: { contactId, legId, received: direction(received), sent: sent === undefined ? undefined : direction(sent) } }];
}
