import { ROOT_CONTEXT, context as otelContext, trace, SpanKind, type Context } from '@opentelemetry/api';
import type { AnyFact } from '@patchbay/bus/fact';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { AppError } from '@patchbay/runtime/app-error';
import { abortable } from '@patchbay/runtime/deadline';
import type { Metrics } from '@patchbay/runtime/metrics';
import { contextOf, failSpan, traceparentOf, tracer } from '@patchbay/runtime/spans';
import { arrive } from '../domain/call/arrive.ts';
import type { LegKey, MediaListener, MediaPlane } from '../media-plane.ts';
import { voiceMetrics } from '../metrics.ts';
import type { CentreView, CustomerLine, FactStore, LineEnd, OpenCalls } from '../ports.ts';
import { CallJournal } from './call-journal.ts';
import type { CallSurroundings } from './call-surroundings.ts';
import { Call } from './call.ts';
import { toCallEvent } from './fact-events.ts';

/** What the desk works with. */
export interface CallDeskOptions {
  readonly around: Omit<CallSurroundings, 'calls' | 'metrics'>;
  readonly facts: FactStore;
  readonly openCalls: OpenCalls;
  readonly metrics: Metrics;
  /** Language of what is said without a flow, when the entry point sets none. */
  readonly defaultLanguage: string;
  /** Call-backs that no gateway has in hand. */
  readonly callBacks: {
    isKnown(contactId: string): boolean;
    strike(contactId: string): Promise<void>;
    /** A fact of a contact that is none of the calls in hand. */
    takeFact(fact: AnyFact): void;
  };
  /** Calls in any state; more are refused with 503. */
  readonly maxCalls: number;
}

type EntryPoint = NonNullable<ReturnType<CentreView['entryPointOf']>>;

/** How a call was refused before it became a contact. */
type Refusal = 'unknown_number' | 'too_many_calls' | 'no_media' | 'no_codec' | 'bus' | 'stopping';

const retryAfterS = 10;
const legsOf = (contactId: string) => ({ customer: `${contactId}/customer` as LegKey });

/** Every call of this gateway, and what comes in for them. */
export class CallDesk {
  /** What the media plane tells, brought to its call. */
  readonly media: MediaListener;
  private readonly options: CallDeskOptions;
  private readonly around: CallSurroundings;
  private readonly calls = new Map<string, Call>();
  /** Calls that are being taken. */
  private taking = 0;
  private stopping = false;
  /** Aborted when facts that wait for the bus are given up. */
  private readonly giveUp = new AbortController();
  private readonly emptied: (() => void)[] = [];

  constructor(options: CallDeskOptions) {
    this.options = options;
    this.media = this.listenToMedia();
    this.around = {
      ...options.around,
      metrics: options.metrics,
      calls: {
        forget: async (contactId, ended) => {
          if (ended && options.callBacks.isKnown(contactId)) await options.callBacks.strike(contactId);
          this.calls.delete(contactId);
          await options.openCalls.remove(contactId);
          this.count();
        },
      },
    };
  }

  size(): number {
    return this.calls.size + this.taking;
  }

  has(contactId: string): boolean {
    return this.calls.has(contactId);
  }

  private count(): void {
    this.options.metrics.gauge(voiceMetrics.voice_calls).set(this.calls.size);
    if (this.size() === 0) for (const resolve of this.emptied.splice(0)) resolve();
  }

  private refuse(line: CustomerLine, why: Refusal, status: number): void {
    this.options.metrics.counter(voiceMetrics.voice_calls_refused_total).inc({ reason: why });
    const span = trace.getActiveSpan();
    if (span !== undefined) failSpan(span, why);
    this.around.log.info('call refused', { why, status, sipCallId: line.sipCallId });
    line.refuse(status, status === 503 ? retryAfterS : undefined);
  }

  /** A trunk brings a call. */
  async take(line: CustomerLine): Promise<void> {
    const entryPoint = this.around.centre.entryPointOf(line.dialled);
    if (entryPoint === undefined) this.refuse(line, 'unknown_number', 404);
    else if (this.stopping) this.refuse(line, 'stopping', 503);
    else if (this.size() >= this.options.maxCalls) this.refuse(line, 'too_many_calls', 503);
    else {
      this.taking += 1;
      const startedMs = this.around.clock.monotonicMs();
      const span = tracer().startSpan('INVITE', { kind: SpanKind.SERVER, root: true, attributes: { 'patchbay.channel': 'voice', 'network.protocol.name': 'sip' } });
      const callTrace = trace.setSpan(ROOT_CONTEXT, span);
      try {
        const isUp = await otelContext.with(callTrace, () => this.takeFor(line, entryPoint, callTrace));
        if (isUp) this.options.metrics.histogram(voiceMetrics.voice_answer_seconds).observe((this.around.clock.monotonicMs() - startedMs) / 1_000);
      } finally {
        span.end();
        this.taking -= 1;
        this.count();
      }
    }
  }

  /**
   * Media, then the first facts, then the answer: a call that cannot be written down is not taken.
   * @returns whether the caller acknowledged the answer
   */
  private async takeFor(line: CustomerLine, entryPoint: EntryPoint, callTrace: Context): Promise<boolean> {
    const { media, ids } = this.around;
    const contactId = ids.next();
    const leg = legsOf(contactId).customer;
    const gone = watchEnd(line);
    let local: Awaited<ReturnType<MediaPlane['createLeg']>>;
    try {
      local = await media.createLeg(leg);
    } catch (thrown) {
      this.around.log.warn('no media for a call', { error: AppError.from(thrown) });
      this.refuse(line, 'no_media', 503);
      return false;
    }
    const agreed = line.negotiate(local);
    if (agreed.kind === 'refused') {
      await media.closeLeg(leg);
      this.refuse(line, 'no_codec', agreed.status);
      return false;
    }
    if (agreed.kind === 'agreed') media.configure(leg, agreed.media);
    const call = await this.open(line, entryPoint, { contactId, callTrace });
    if (call === undefined) {
      await media.closeLeg(leg);
      return false;
    }
    trace.getSpan(callTrace)?.setAttribute('patchbay.contact_id', contactId);
    this.options.metrics.counter(voiceMetrics.voice_calls_taken_total).inc();
    this.listen(call, line, leg);
    const end = gone();
    if (end === undefined) return this.answer(call, line, leg);
    call.dispatch({ kind: 'customerEnded', ...end });
    return false;
  }

  private async open(line: CustomerLine, { tenant, name, spec }: EntryPoint, { contactId, callTrace }: { contactId: string; callTrace: Context }): Promise<Call | undefined> {
    const { log, ids } = this.around;
    const attributes = { dialled: line.dialled, ...(spec.settings['language'] ? { language: spec.settings['language'] } : {}) };
    const customer = this.around.centre.customerWithNumber(tenant, line.callerNumber);
    const conversationId = ids.next();
    const { state, facts } = arrive({
      contactId,
      conversationId,
      entryPoint: name,
      callerNumber: line.callerNumber,
      callerName: line.callerName,
      sipCallId: line.sipCallId,
      remote: line.remote,
      customer,
      attributes,
    });
    const journal = this.journalOf({ tenant, contactId, home: traceparentOf(trace.getSpan(callTrace)) });
    const language = spec.settings['language'] || this.options.defaultLanguage;
    const call = new Call({ tenant, contactId, conversationId, entryPoint: { name, spec }, language, attributes, customerValue: customer?.value ?? 0, state, line, journal, trace: callTrace }, this.around);
    this.calls.set(contactId, call);
    try {
      await this.options.openCalls.add({ tenant, contactId });
      await journal.open(facts);
      return call;
    } catch (thrown) {
      log.error('call could not be written down', { error: AppError.from(thrown), contactId });
      this.refuse(line, 'bus', 503);
      // Whether the first facts are stored is not known; if they are, or when they will be, the contact ends, too.
      call.dispatch({ kind: 'cut', code: 'VOICE_SET_UP_FAILED' });
      return undefined;
    }
  }

  /** What a contact's facts are written with. */
  journalOf(contact: { readonly tenant: string; readonly contactId: string; readonly home: string | undefined }): CallJournal {
    const { log, clock, ids } = this.around;
    return new CallJournal({
      ...contact,
      store: this.options.facts,
      clock,
      ids,
      log,
      signal: this.giveUp.signal,
      onOwnershipLost: () => this.calls.get(contact.contactId)?.dispatch({ kind: 'cut', code: 'VOICE_OWNERSHIP_LOST' }),
    });
  }

  /** What its calls share. */
  surroundings(): CallSurroundings {
    return this.around;
  }

  clock(): CallSurroundings['clock'] {
    return this.around.clock;
  }

  /** Takes a call in hand that was made elsewhere. */
  adopt(call: Call): void {
    this.calls.set(call.contactId, call);
    this.count();
  }

  /** Lets go of a contact that was claimed and is no call here. */
  release(contactId: string): Promise<void> {
    return this.options.openCalls.remove(contactId);
  }

  private listen(call: Call, line: CustomerLine, leg: LegKey): void {
    line.listen({
      ended: (end) => {
        call.dispatch({ kind: 'customerEnded', ...end });
      },
      changed: (media) => {
        this.around.media.configure(leg, media);
      },
      digit: (digit) => {
        call.digit(digit, 'sip-info');
      },
    });
  }

  private async answer(call: Call, line: CustomerLine, leg: LegKey): Promise<boolean> {
    try {
      const media = await line.answer();
      this.around.media.configure(leg, media);
      call.answered(media.codec);
      return true;
    } catch (thrown) {
      // The line tells its end by itself.
      this.around.log.info('call ended before its answer was acknowledged', { error: AppError.from(thrown), contactId: call.contactId });
      return false;
    }
  }

  /** A fact of routing. Facts of contacts that are not here are others' calls and other channels. */
  takeFact(fact: AnyFact): void {
    const call = this.calls.get(fact.key);
    if (call === undefined || call.phase() === 'over') {
      this.options.callBacks.takeFact(fact);
      return;
    }
    const event = call.tenant === fact.tenant ? toCallEvent(fact) : undefined;
    if (event === undefined) return;
    const parent = contextOf(fact.traceparent);
    const attributes = { 'messaging.system': 'nats', 'messaging.operation.name': 'process', 'messaging.operation.type': 'process', 'messaging.destination.name': 'EVENTS', 'messaging.message.id': fact.id };
    const span = tracer().startSpan(`process ${fact.type}`, { kind: SpanKind.CONSUMER, attributes }, parent);
    otelContext.with(trace.setSpan(parent, span), () => {
      call.dispatch(event);
    });
    span.end();
  }

  /** The call, for a command. */
  callOf(tenant: string, contactId: string): Call | undefined {
    const call = this.calls.get(contactId);
    return call?.tenant === tenant ? call : undefined;
  }

  private listenToMedia(): MediaListener {
    const find = (leg: LegKey) => {
      const [contactId = '', legId = ''] = leg.split('/');
      return { call: this.calls.get(contactId), contactId, legId };
    };
    return {
      onDigit: (leg, digit, method) => {
        const { call, legId } = find(leg);
        if (call?.partyOf(legId) === Party.AGENT) call.agentKey(digit);
        else call?.digit(digit, method);
      },
      onAudio: (leg, chunk, codec) => {
        const { call, contactId, legId } = find(leg);
        if (call === undefined) return;
        this.around.audio.put({ tenant: call.tenant, contactId, legId, party: call.partyOf(legId) }, chunk, codec);
        call.heard(legId, chunk.samples, codec);
      },
      onLegLost: (leg, reason) => {
        const { call, legId } = find(leg);
        call?.dispatch({ kind: 'mediaLost', legId, code: reason === 'silent' ? 'VOICE_MEDIA_SILENT' : 'VOICE_MEDIA_LOST' });
      },
    };
  }

  /** Takes no more calls; waits for those that are up until the signal aborts, then ends them. */
  async drain(signal: AbortSignal): Promise<void> {
    this.stopping = true;
    await this.empty(signal).catch(() => {
      this.around.log.warn('calls are cut: the drain limit passed', { calls: this.size() });
    });
    for (const call of this.calls.values()) call.dispatch({ kind: 'cut', code: 'VOICE_GATEWAY_STOPPED' });
  }

  /** Resolves when no call is left and the facts of all are stored; rejects with the signal's reason. */
  async empty(signal: AbortSignal): Promise<void> {
    if (this.size() === 0) return;
    await abortable(new Promise<void>((resolve) => this.emptied.push(resolve)), signal);
  }

  /** Lets go of facts that still wait for the bus. */
  abandon(): void {
    this.giveUp.abort();
  }
}

/** Remembers an end that comes before the call has somebody to tell it to. */
function watchEnd(line: CustomerLine): () => LineEnd | undefined {
  let end: LineEnd | undefined;
  line.listen({
    ended: (told) => {
      end = told;
    },
    changed: () => {},
    digit: () => {},
  });
  return () => end;
}
