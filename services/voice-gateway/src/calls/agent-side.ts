import { SpanKind, type Span } from '@opentelemetry/api';
import { AppError } from '@patchbay/runtime/app-error';
import { backoffMs } from '@patchbay/runtime/backoff';
import { sleep } from '@patchbay/runtime/clock';
import { failSpan, tracer } from '@patchbay/runtime/spans';
import type { CallEffect, CallEvent } from '../domain/call/call-state.ts';
import type { AgreedMedia, LegKey } from '../media-plane.ts';
import type { CustomerLine, OfferKey, PhoneLine, PhoneListener } from '../ports.ts';
import type { CallSurroundings } from './call-surroundings.ts';

/** Effects that concern agents' legs and offers. */
type AgentEffect = Extract<CallEffect, { kind: 'dial' | 'dropAgent' | 'accept' | 'abandonAccept' | 'reject' | 'fail' }>;
type DialEffect = Extract<CallEffect, { kind: 'dial' }>;

/** What the agents' side of a call needs. */
export interface AgentSideOptions {
  readonly tenant: string;
  readonly contactId: string;
  readonly customerLeg: LegKey;
  readonly caller: Pick<CustomerLine, 'callerNumber' | 'callerName'>;
  readonly around: CallSurroundings;
  dispatch(event: CallEvent): void;
}

/** The phone rings a little longer than the offer, so that routing's own time-out decides. */
const ringGraceMs = 3_000;
/** An acceptance is tried again until this long after the offer's end: routing may have stored it. */
const acceptGraceMs = 5_000;
const acceptTryMs = 2_000;
const answerTryMs = 3_000;
const answerLimitMs = 15_000;
const retryBackoff = { firstMs: 150, limitMs: 1_000 };

/** Dials agents and speaks with routing about their offers. */
export class AgentSide {
  private readonly options: AgentSideOptions;
  /** Legs that are being dialled or up; `undefined` while their media are made. */
  private readonly lines = new Map<string, PhoneLine | undefined>();
  private readonly expiresAtMs = new Map<string, number>();
  private readonly accepting = new Map<string, AbortController>();
  /** Spans of INVITEs that are not answered yet, by leg. */
  private readonly invites = new Map<string, Span>();

  constructor(options: AgentSideOptions) {
    this.options = options;
  }

  perform(effect: AgentEffect): void {
    switch (effect.kind) {
      case 'dial':
        this.dial(effect).catch((error: unknown) => {
          this.failed(effect.legId, AppError.from(error));
        });
        break;
      case 'dropAgent':
        this.drop(effect.legId);
        break;
      case 'accept':
        void this.accept(effect);
        break;
      case 'abandonAccept':
        this.accepting.get(effect.offerId)?.abort();
        break;
      case 'reject':
        void this.tell(effect, 'reject', (key) => this.options.around.routing.reject(key, effect.reason));
        break;
      case 'fail':
        void this.tell(effect, 'fail', (key) => this.options.around.routing.fail(key, effect.code));
    }
  }

  private keyOf({ offerId, agentId }: { offerId: string; agentId: string }): OfferKey {
    const { tenant, contactId } = this.options;
    return { tenant, contactId, offerId, agentId };
  }

  /** Ends the span of a leg's INVITE, the first time. @param fault why nobody answered; absent when somebody did, or the call was taken back */
  private inviteOver(legId: string, fault?: string): void {
    const span = this.invites.get(legId);
    this.invites.delete(legId);
    if (span !== undefined && fault !== undefined) failSpan(span, fault);
    span?.end();
  }

  private failed(legId: string, error: AppError): void {
    this.inviteOver(legId, error.code);
    this.options.around.log.warn('agent leg was not set up', { error, contactId: this.options.contactId });
    this.lines.delete(legId);
    this.options.dispatch({ kind: 'agentFailed', legId, sipStatus: 0, code: error.code.startsWith('VOICE_') ? error.code : 'VOICE_SET_UP_FAILED' });
  }

  private async dial({ legId, offerId, agentId, expiresAtMs }: DialEffect): Promise<void> {
    const { tenant, contactId, customerLeg, caller, around } = this.options;
    const { media, clock, phones } = around;
    this.lines.set(legId, undefined);
    this.invites.set(legId, tracer().startSpan('INVITE', { kind: SpanKind.CLIENT, attributes: { 'patchbay.channel': 'voice', 'patchbay.contact_id': contactId, 'network.protocol.name': 'sip' } }));
    this.expiresAtMs.set(offerId, expiresAtMs);
    const leg: LegKey = `${contactId}/${legId}`;
    const local = await media.createLeg(leg, { near: customerLeg });
    if (!this.lines.has(legId)) {
      // The offer was taken back meanwhile; its release found no media yet.
      await media.closeLeg(leg);
      return;
    }
    const ringLimitMs = Math.max(1_000, expiresAtMs - clock.nowMs()) + ringGraceMs;
    const { callerNumber, callerName } = caller;
    this.lines.set(legId, phones.dial({ tenant, agentId, contactId, callerNumber, callerName, local, ringLimitMs, listener: this.listenerOf(legId, leg) }));
  }

  private listenerOf(legId: string, leg: LegKey): PhoneListener {
    const { dispatch, around } = this.options;
    const configure = (agreed: AgreedMedia) => {
      around.media.configure(leg, agreed);
    };
    return {
      dialled: (call) => {
        dispatch({ kind: 'agentDialled', legId, ...call });
      },
      rang: () => {
        dispatch({ kind: 'agentRang', legId });
      },
      answered: (agreed) => {
        this.inviteOver(legId);
        configure(agreed);
        dispatch({ kind: 'agentAnswered', legId, codec: agreed.codec });
      },
      failed: (failure) => {
        this.inviteOver(legId, failure.code ?? String(failure.sipStatus));
        this.lines.delete(legId);
        dispatch({ kind: 'agentFailed', legId, ...failure });
      },
      ended: (end) => {
        this.lines.delete(legId);
        dispatch({ kind: 'agentEnded', legId, ...end });
      },
      changed: (agreed, held) => {
        configure(agreed);
        dispatch({ kind: 'agentHeld', legId, held });
      },
    };
  }

  private drop(legId: string): void {
    const line = this.lines.get(legId);
    this.inviteOver(legId);
    this.lines.delete(legId);
    line?.hangUp();
  }

  /** Asks until routing answers or the offer is long over: accepting twice gives the same assignment, so trying again is harmless. */
  private async accept(effect: { offerId: string; agentId: string }): Promise<void> {
    const { around, dispatch, contactId } = this.options;
    const { clock, routing, log } = around;
    const { offerId } = effect;
    const abort = new AbortController();
    this.accepting.set(offerId, abort);
    const giveUpAtMs = (this.expiresAtMs.get(offerId) ?? clock.nowMs()) + acceptGraceMs;
    try {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const { assignmentId } = await routing.accept(this.keyOf(effect), acceptTryMs, abort.signal);
          dispatch({ kind: 'accepted', offerId, assignmentId });
          return;
        } catch (thrown) {
          const error = AppError.from(thrown);
          if (abort.signal.aborted) return;
          log.warn('offer was not accepted', { error, contactId, offerId, attempt });
          const gone = !error.retryable;
          if (gone || clock.nowMs() >= giveUpAtMs) {
            dispatch({ kind: 'notAccepted', offerId, gone });
            return;
          }
          await sleep(clock, backoffMs(retryBackoff, attempt), abort.signal).catch(() => undefined);
          if (abort.signal.aborted) return;
        }
      }
    } finally {
      this.accepting.delete(offerId);
    }
  }

  /** Tells routing how an offer came out; what cannot be told in time, its own time-outs find out. */
  private async tell(effect: { offerId: string; agentId: string }, what: 'reject' | 'fail', ask: (key: OfferKey) => Promise<void>): Promise<void> {
    const { around, contactId } = this.options;
    const { clock, log } = around;
    const giveUpAtMs = clock.monotonicMs() + answerLimitMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await ask(this.keyOf(effect));
        return;
      } catch (thrown) {
        const error = AppError.from(thrown);
        const final = !error.retryable || clock.monotonicMs() + answerTryMs > giveUpAtMs;
        log[final ? 'info' : 'warn']('routing did not take the outcome of an offer', { error, contactId, offerId: effect.offerId, what, attempt });
        if (final) return;
        await sleep(clock, backoffMs(retryBackoff, attempt));
      }
    }
  }
}
