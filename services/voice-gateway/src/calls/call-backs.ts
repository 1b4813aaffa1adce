import { trace, SpanKind } from '@opentelemetry/api';
import type { AnyFact } from '@patchbay/bus/fact';
import { EntryPoint } from '@patchbay/contracts/directory/v1/resource';
import { AppError } from '@patchbay/runtime/app-error';
import { sleep } from '@patchbay/runtime/clock';
import { contextOf, tracer } from '@patchbay/runtime/spans';
import type { CallBackEntry, CallBackRegistry } from '../call-back-registry.ts';
import { newCallBack, type CallEvent } from '../domain/call/call-state.ts';
import type { CallRecords } from '../recovery.ts';
import { readStory, type CallBackStory } from './call-back-story.ts';
import type { CallDesk } from './call-desk.ts';
import { Call } from './call.ts';
import { CustomerReach } from './customer-reach.ts';
import { toCallEvent } from './fact-events.ts';

/** What call-backs are tried with. */
export interface CallBacksOptions {
  readonly desk: CallDesk;
  readonly registry: CallBackRegistry;
  readonly records: Pick<CallRecords, 'facts'>;
  readonly defaultLanguage: string;
}

/** Stands for an entry point that was removed since. */
const noEntryPoint = EntryPoint.fromPartial({});
/** How long the customer's telephone rings. */
const ringLimitMs = 40_000;
/** A call-back that another gateway let go is looked at a little later: it is mostly still that one's to do. */
const othersDelayMs = 1_000;

/**
 * Call-backs wait without any gateway. Whoever hears that one is offered, or that its request is over, takes it in hand by
 * an entry that only one can make, reads its facts again, and does what is due. A gateway that dies leaves the entry;
 * recovery strikes it off, and another one goes on.
 */
export class CallBacks {
  private readonly options: CallBacksOptions;
  /** Facts that came for call-backs while they were looked at. */
  private readonly looking = new Map<string, AnyFact[]>();
  private readonly missed = new Set<string>();
  private readonly stopping = new AbortController();

  constructor(options: CallBacksOptions) {
    this.options = options;
  }

  /** Looks at every call-back once: what became due while no gateway ran. */
  async start(): Promise<void> {
    for (const { contactId } of this.options.registry.allCallBacks()) await this.look(contactId);
  }

  stop(): void {
    this.stopping.abort();
  }

  /** A fact of routing that is of none of the calls in hand. */
  takeFact(fact: AnyFact): void {
    const entry = this.options.registry.findCallBack(fact.key);
    if (entry === undefined || entry.tenant !== fact.tenant || toCallEvent(fact) === undefined) return;
    const waiting = this.looking.get(fact.key);
    if (waiting !== undefined) waiting.push(fact);
    // A try that is just ending here: it is looked at when it is let go.
    else if (this.options.desk.has(fact.key)) this.missed.add(fact.key);
    else void this.look(fact.key);
  }

  /** A gateway let a call-back go. */
  letGo(contactId: string, wasOurs: boolean): void {
    if (wasOurs) {
      if (this.missed.delete(contactId)) void this.look(contactId);
      return;
    }
    // Stopped meanwhile: another gateway looks.
    sleep(this.options.desk.clock(), othersDelayMs, this.stopping.signal).then(() => this.look(contactId), () => undefined);
  }

  private async look(contactId: string): Promise<void> {
    if (this.looking.has(contactId)) return;
    const { log } = this.options.desk.surroundings();
    const facts: AnyFact[] = [];
    this.looking.set(contactId, facts);
    try {
      for (let seen = -1; seen < facts.length; ) {
        seen = facts.length;
        const call = await this.takeUp(contactId);
        if (call !== undefined) {
          for (const fact of facts) this.options.desk.takeFact(fact);
          return;
        }
      }
    } catch (error) {
      log.warn('call-back was not looked at', { error: AppError.from(error), contactId });
    } finally {
      this.looking.delete(contactId);
    }
  }

  /** Takes a call-back in hand when something is due. */
  private async takeUp(contactId: string): Promise<Call | undefined> {
    const { desk, registry } = this.options;
    const entry = registry.findCallBack(contactId);
    if (entry === undefined || desk.has(contactId) || this.stopping.signal.aborted) return undefined;
    const before = await this.read(entry);
    if (before.ended) await registry.strike(contactId);
    if (before.due.length === 0 || !(await registry.claim(entry))) return undefined;
    try {
      const story = await this.read(entry);
      if (story.due.length > 0 && !this.stopping.signal.aborted) return this.begin(entry, story);
    } catch (error) {
      await desk.release(contactId);
      throw error;
    }
    await desk.release(contactId);
    return undefined;
  }

  /** Takes a call-back back. True when it is over now, or will be; false when a gateway has it in hand, or it is connected. */
  async cancel(contactId: string, by: CallEvent & { kind: 'endCommand' }): Promise<boolean> {
    const { desk, registry } = this.options;
    const entry = registry.findCallBack(contactId);
    if (entry === undefined || desk.has(contactId) || !(await registry.claim(entry))) return false;
    try {
      const story = await this.read(entry);
      if (!story.connected && !story.ended) {
        this.begin(entry, { ...story, due: [by] });
        return true;
      }
    } catch (error) {
      await desk.release(contactId);
      throw error;
    }
    await desk.release(contactId);
    return false;
  }

  private async read({ tenant, contactId }: CallBackEntry): Promise<CallBackStory> {
    const facts = await this.options.records.facts({ tenant, contactId });
    return readStory(contactId, facts, this.options.desk.clock().nowMs());
  }

  private begin(entry: CallBackEntry, story: CallBackStory): Call {
    const { desk, defaultLanguage } = this.options;
    const { tenant, contactId, number, name, home, voicemail } = entry;
    const around = desk.surroundings();
    const spec = around.centre.entryPointNamed(tenant, entry.entryPoint);
    const settings = spec?.settings ?? {};
    const language = settings['language'] || defaultLanguage;
    const state = newCallBack({ ...story, requestId: story.requestId ?? entry.requestId });
    const parent = contextOf(home);
    const span = tracer().startSpan('call back', { kind: SpanKind.INTERNAL, attributes: { 'patchbay.channel': 'voice', 'patchbay.contact_id': contactId } }, parent);
    const journal = desk.journalOf({ tenant, contactId, home });
    journal.resume(story.last);
    const reach = new CustomerReach({
      tenant,
      contactId,
      customerLeg: `${contactId}/${state.customer.legId}`,
      callerNumber: number,
      callerName: name,
      ownNumber: spec?.address ?? '',
      proxy: settings['trunkProxy'] || around.trunkProxy,
      ringLimitMs,
      language,
      waitsForAgent: voicemail,
      prompts: { whisper: voicemail ? 'voicemail-whisper.wav' : settings['callBackWhisper'] || 'call-back-whisper.wav', greeting: settings['callBackGreeting'] || 'call-back-greeting.wav' },
      around,
      stored: () => journal.stored(),
      dispatch: (event) => {
        call.dispatch(event);
      },
    });
    const call = new Call(
      {
        tenant,
        contactId,
        conversationId: entry.conversationId,
        entryPoint: { name: entry.entryPoint, spec: spec ?? noEntryPoint },
        language,
        attributes: {},
        customerValue: 0,
        state,
        line: reach,
        reach,
        journal,
        trace: trace.setSpan(parent, span),
      },
      around,
    );
    desk.adopt(call);
    for (const event of story.due) call.dispatch(event);
    span.end();
    return call;
  }
}
