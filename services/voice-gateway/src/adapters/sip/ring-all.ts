import { randomInt } from 'node:crypto';
import { AppError } from '@patchbay/runtime/app-error';
import type { Logger } from '@patchbay/runtime/logger';
import type { SipEndpoint } from '@patchbay/sip/endpoint';
import type { HeaderField } from '@patchbay/sip/message/message';
import { createAudioNegotiation } from '@patchbay/sip/sdp/audio-negotiation';
import type { InviteClientSession, InviteOptions, SessionEnd } from '@patchbay/sip/session/session';
import type { MediaAddress, PhoneLine, PhoneListener } from '../../ports.ts';
import { toAgreedMedia } from './agreed-media.ts';
import { answerReinvite } from './reinvite.ts';
import { toLineEnd } from './sip-customer-line.ts';

/** Where one of the INVITEs goes. */
export type RingBranch = Pick<InviteOptions, 'target' | 'hop' | 'credentials'>;

/** A call of ours to one or several telephones. */
export interface RingCall {
  readonly contactId: string;
  readonly from: string;
  readonly to: string;
  /** SIP address that is told as the other end. */
  readonly remote: string;
  readonly headers: readonly HeaderField[];
  /** Whose telephones. */
  readonly party: 'customer' | 'agent';
  readonly branches: readonly RingBranch[];
  readonly local: MediaAddress;
  readonly ringLimitMs: number;
  readonly listener: PhoneListener;
}

type Tools = { readonly endpoint: SipEndpoint; readonly log: Logger };

const elsewhere = { headers: [{ name: 'reason', value: 'SIP;cause=200;text="Call completed elsewhere"' }] };

/** Which of several refusals is told: a person's word before a machine's (RFC 3261 section 16.7, step 6). */
function worst(statuses: readonly number[]): number {
  const rank = (status: number) => (status >= 600 ? 0 : status === 486 ? 1 : status === 408 ? 3 : 2);
  return statuses.toSorted((left, right) => rank(left) - rank(right) || left - right)[0] ?? 480;
}

/** Tells the fault after the call to dial returned, as every other outcome. */
export function failLater(listener: PhoneListener, code: string): PhoneLine {
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

/** Calls all of the branches; the first that answers has the call. Faults are told as `failed`, later. */
export function ringAll(tools: Tools, call: RingCall): PhoneLine {
  return new Fork(tools, call).ring();
}

/** One call to several telephones: the first that answers has it. */
class Fork implements PhoneLine {
  private readonly tools: Tools;
  private readonly call: RingCall;
  private readonly audio;
  /** Address of the signalling, where it is known, by INVITE. */
  private readonly branches = new Map<InviteClientSession, string | undefined>();
  private readonly refusals: number[] = [];
  private winner: InviteClientSession | undefined;
  private over = false;

  constructor(tools: Tools, call: RingCall) {
    this.tools = tools;
    this.call = call;
    this.audio = createAudioNegotiation({ sessionId: String(randomInt(1, 2 ** 47)), ...call.local });
  }

  ring(): PhoneLine {
    const offer = this.audio.offer();
    const faults: AppError[] = [];
    for (const branch of this.call.branches) {
      try {
        this.branches.set(this.invite(branch, offer), branch.hop?.address);
      } catch (thrown) {
        faults.push(AppError.from(thrown));
      }
    }
    const [first] = this.branches.keys();
    if (first === undefined) {
      this.tools.log.warn('nobody could be called', { error: faults[0], contactId: this.call.contactId });
      return failLater(this.call.listener, 'VOICE_SET_UP_FAILED');
    }
    this.call.listener.dialled({ sipCallId: first.callId, remote: this.call.remote });
    return this;
  }

  private invite(branch: RingBranch, sdp: string): InviteClientSession {
    const { from, to, headers, ringLimitMs } = this.call;
    const session: InviteClientSession = this.tools.endpoint.invite({
      ...branch,
      from,
      to,
      offer: { sdp },
      headers,
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
            this.call.listener.ended(toLineEnd(end, this.call.party));
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
