import { randomInt } from 'node:crypto';
import type { Clock } from '@patchbay/runtime/clock';
import { AppError } from '@patchbay/runtime/app-error';
import type { Logger } from '@patchbay/runtime/logger';
import type { SipEndpoint } from '@patchbay/sip/endpoint';
import { createAudioNegotiation } from '@patchbay/sip/sdp/audio-negotiation';
import type { InviteClientSession, SessionEnd } from '@patchbay/sip/session/session';
import type { PhoneCall, PhoneDialer, PhoneLine, CentreView } from '../../ports.ts';
import { liveBindings, type RegistrationStore, type StoredBinding } from '../../registrations.ts';
import { toAgreedMedia } from './agreed-media.ts';
import { answerReinvite } from './reinvite.ts';
import { toLineEnd } from './sip-customer-line.ts';

/** What dialling needs. */
export interface PhoneDialerOptions {
  readonly endpoint: SipEndpoint;
  readonly registrations: RegistrationStore;
  readonly centre: CentreView;
  readonly clock: Clock;
  readonly log: Logger;
  /** This gateway, to know which connections are its own. */
  readonly instance: string;
  /** Host part of our From. */
  readonly host: string;
}

const mostPhones = 4;
const elsewhere = { headers: [{ name: 'reason', value: 'SIP;cause=200;text="Call completed elsewhere"' }] };

/** Which of several refusals is told: a person's word before a machine's (RFC 3261 section 16.7, step 6). */
function worst(statuses: readonly number[]): number {
  const rank = (status: number) => (status >= 600 ? 0 : status === 486 ? 1 : status === 408 ? 3 : 2);
  return statuses.toSorted((left, right) => rank(left) - rank(right) || left - right)[0] ?? 480;
}

/** Calls agents on the phones they registered. */
export function createSipPhoneDialer(options: PhoneDialerOptions): PhoneDialer {
  const { registrations, centre, clock } = options;
  return {
    dial(call) {
      const sipUsername = centre.agent(call.tenant, call.agentId)?.sipUsername ?? '';
      const bindings = liveBindings(registrations.find(call.tenant, sipUsername), clock.nowMs()).toSorted((left, right) => right.expiresAtMs - left.expiresAtMs);
      const code = sipUsername === '' ? 'VOICE_NO_PHONE' : 'VOICE_PHONE_UNREGISTERED';
      if (sipUsername === '' || bindings.length === 0) return failLater(call, code);
      return new Fork(options, call, sipUsername).ring(bindings.slice(0, mostPhones));
    },
  };
}

/** Tells the fault after `dial` returned, as every other outcome. */
function failLater({ listener }: PhoneCall, code: string): PhoneLine {
  let cancelled = false;
  queueMicrotask(() => {
    if (!cancelled) listener.failed({ sipStatus: 0, code });
  });
  return {
    hangUp() {
      cancelled = true;
    },
  };
}

/** One call to several phones: the first that answers has it. */
class Fork implements PhoneLine {
  private readonly options: PhoneDialerOptions;
  private readonly call: PhoneCall;
  private readonly sipUsername: string;
  private readonly audio;
  private readonly branches = new Map<InviteClientSession, string>();
  private readonly refusals: number[] = [];
  private winner: InviteClientSession | undefined;
  private over = false;

  constructor(options: PhoneDialerOptions, call: PhoneCall, sipUsername: string) {
    this.options = options;
    this.call = call;
    this.sipUsername = sipUsername;
    this.audio = createAudioNegotiation({ sessionId: String(randomInt(1, 2 ** 47)), ...call.local });
  }

  ring(bindings: readonly StoredBinding[]): PhoneLine {
    const offer = this.audio.offer();
    const faults: AppError[] = [];
    for (const binding of bindings) {
      try {
        const session = this.invite(binding, offer);
        this.branches.set(session, binding.hop.address);
      } catch (thrown) {
        faults.push(AppError.from(thrown));
      }
    }
    const [first] = this.branches.keys();
    if (first === undefined) {
      this.options.log.warn('no phone could be called', { error: faults[0], contactId: this.call.contactId });
      return failLater(this.call, 'VOICE_SET_UP_FAILED');
    }
    this.call.listener.dialled({ sipCallId: first.callId, remote: `sip:${this.sipUsername}@${bindings[0]?.hop.address ?? ''}` });
    return this;
  }

  private invite(binding: StoredBinding, sdp: string): InviteClientSession {
    const { endpoint, host, instance } = this.options;
    const { callerName, callerNumber, contactId, ringLimitMs } = this.call;
    const { connection, ...hop } = binding.hop;
    const shown = callerName.replaceAll(/["\\\r\n]/g, '');
    const session: InviteClientSession = endpoint.invite({
      target: binding.uri,
      hop: connection !== undefined && binding.instance === instance ? { ...hop, connection } : hop,
      from: `${shown === '' ? '' : `"${shown}" `}<sip:${callerNumber || 'anonymous'}@${host}>`,
      to: `sip:${this.sipUsername}@${host}`,
      offer: { sdp },
      headers: [{ name: 'x-patchbay-contact', value: contactId }],
      ringTimeoutMs: ringLimitMs,
      handlers: {
        onProvisional: ({ status }) => {
          if (status === 180 || status === 183) this.rang();
        },
        onAnswer: ({ sdp: answer }) => {
          this.answered(session, answer);
        },
        onFailed: (failure) => {
          this.refused(session, failure);
        },
        onEnd: (end) => {
          if (this.winner === session && !this.over) {
            this.over = true;
            this.call.listener.ended(toLineEnd(end, 'agent'));
          }
        },
        onReinvite: (reinvite) =>
          answerReinvite(this.audio, reinvite, (media) => {
            if (!this.over) this.call.listener.changed(toAgreedMedia(media, this.branches.get(session)), media.heldByRemote);
          }),
      },
    });
    return session;
  }

  private rang(): void {
    if (!this.over && this.winner === undefined) this.call.listener.rang();
  }

  private answered(session: InviteClientSession, sdp: string): void {
    if (this.over || this.winner !== undefined) {
      session.hangUp(elsewhere);
      return;
    }
    const result = this.audio.takeAnswer(sdp);
    if (result.kind === 'refused') {
      session.hangUp();
      this.fail(result.status);
      return;
    }
    this.winner = session;
    for (const other of this.branches.keys()) if (other !== session) other.hangUp(elsewhere);
    this.call.listener.answered(toAgreedMedia(result.media, this.branches.get(session)));
  }

  private refused(session: InviteClientSession, { status }: SessionEnd): void {
    if (this.over || this.winner !== undefined || !this.branches.delete(session)) return;
    this.refusals.push(status);
    // 6xx speaks for all phones of the person (RFC 3261 section 21.6).
    if (status >= 600 || this.branches.size === 0) this.fail(worst(this.refusals));
  }

  private fail(sipStatus: number): void {
    this.over = true;
    for (const branch of this.branches.keys()) branch.hangUp();
    this.call.listener.failed({ sipStatus, code: undefined });
  }

  hangUp(): void {
    if (this.over) return;
    this.over = true;
    if (this.winner !== undefined) this.winner.hangUp();
    else for (const branch of this.branches.keys()) branch.hangUp();
  }
}
