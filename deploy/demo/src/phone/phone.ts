import { sleep, systemClock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import { createSipEndpoint } from '@patchbay/sip/create-sip-endpoint';
import type { HeaderField, SipResponse } from '@patchbay/sip/message/message';
import type { AudioNegotiation, NegotiatedAudio, Negotiation } from '@patchbay/sip/sdp/audio';
import { createAudioNegotiation } from '@patchbay/sip/sdp/audio-negotiation';
import type { OfferOrAnswer, InviteServerSession, SessionEnd, SipSession } from '@patchbay/sip/session/session';
import { createTcpTransport } from '@patchbay/sip/transport/tcp-transport';
import { createUdpTransport } from '@patchbay/sip/transport/udp-transport';
import { demoError } from '../errors.ts';

const host = '127.0.0.1';

/** One call of a phone, either way. */
export interface PhoneCall {
  readonly session: SipSession;
  /** Statuses of provisional answers, in order; of a call that goes out. */
  readonly progress: readonly number[];
  /** Resolves when the call was answered; DEMO_CALL_FAILED when it does not come about. Need not be awaited. */
  readonly answered: Promise<void>;
  /** Resolves with how it ended. */
  readonly ended: Promise<SessionEnd>;
  /** What both sides agreed on; after the answer. */
  media(): NegotiatedAudio;
  hold(): Promise<void>;
  unhold(): Promise<void>;
  hangUp(): void;
}

/** A call that rings here. */
export interface RingingCall extends PhoneCall {
  readonly headers: InviteServerSession['request']['headers'];
  ring(): void;
  /** @param rtpPort where we take sound */
  answer(rtpPort: number): Promise<void>;
  decline(status: number): void;
}

/** How a call goes out. */
export interface DialOptions {
  /** Where we take sound. */
  readonly rtpPort: number;
  /** Caller, as a name-addr. */
  readonly from?: string;
  readonly headers?: readonly HeaderField[];
  /** Lets the other side offer. */
  readonly withoutOffer?: boolean;
}

/** The signalling of a telephone, or of a trunk with many callers; sound is its owner's. */
export interface Phone {
  readonly sipPort: number;
  call(number: string, options: DialOptions): PhoneCall;
  /** Registers with digest, or takes the registration back with 0 seconds; the final answer, whatever its status. */
  register(user: string, password: string, expiresS: number): Promise<SipResponse>;
  /** Takes registrations back, hangs up, lets go of the port. */
  close(): Promise<void>;
}

/** Where a phone calls and who takes what comes in. */
export interface PhoneOptions {
  readonly gateway: { readonly port: number; readonly transport?: 'UDP' | 'TCP' };
  readonly log: Logger;
  readonly onCall?: (call: RingingCall) => void;
}

/** How long a phone that is closed waits to be signed off. */
const farewellMs = 1_000;

/** A promise with its handles outside. */
function deferred<Value>() {
  let resolve: (value: Value) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

function agreed<Agreed>(result: Negotiation<Agreed>): Extract<Negotiation<Agreed>, { kind: 'agreed' }> {
  if (result.kind === 'refused') throw demoError('DEMO_CALL_FAILED', { details: { status: String(result.status), reason: result.reason } });
  return result as Extract<Negotiation<Agreed>, { kind: 'agreed' }>;
}

/** @param audioNow what is negotiated; a call that rings has none before its answer */
function phoneCall(session: SipSession, audioNow: () => AudioNegotiation | undefined, told: Pick<PhoneCall, 'progress' | 'answered' | 'ended'>): PhoneCall {
  const standing = () => {
    const audio = audioNow();
    const media = audio?.current();
    if (audio === undefined || media === undefined) throw demoError('DEMO_CALL_FAILED', { details: { reason: 'not answered' } });
    return { audio, media };
  };
  const reinvite = async (direction: 'sendonly' | 'sendrecv') => {
    const { audio } = standing();
    const result = await session.reinvite({ sdp: audio.offer(direction) });
    if (!result.accepted || result.sdp === undefined) throw demoError('DEMO_CALL_FAILED', { details: { status: String(result.response?.status ?? 0) } });
    agreed(audio.takeAnswer(result.sdp));
  };
  return {
    session,
    ...told,
    media: () => standing().media,
    hold: () => reinvite('sendonly'),
    unhold: () => reinvite('sendrecv'),
    hangUp: () => {
      session.hangUp();
    },
  };
}

const negotiation = (port: number) => createAudioNegotiation({ sessionId: '1', address: host, port, codecs: ['PCMU'] });

function ringingCall(session: InviteServerSession): RingingCall {
  let audio: AudioNegotiation | undefined;
  const ended = deferred<SessionEnd>();
  const answered = deferred<undefined>();
  session.setHandlers({ onEnd: ended.resolve });
  return {
    ...phoneCall(session, () => audio, { progress: [], answered: answered.promise, ended: ended.promise }),
    headers: session.request.headers,
    ring: () => {
      session.progress(180);
    },
    async answer(rtpPort) {
      audio = negotiation(rtpPort);
      await session.accept(agreed(audio.answer(session.offer ?? '')).sdp);
      answered.resolve(undefined);
    },
    decline: (status) => {
      session.reject(status);
    },
  };
}

/** Puts a phone on the loopback, on a free port. */
export async function startPhone({ gateway, log, onCall }: PhoneOptions): Promise<Phone> {
  const transport = gateway.transport ?? 'UDP';
  const endpoint = createSipEndpoint({
    clock: systemClock,
    log,
    transports: [transport === 'UDP' ? createUdpTransport({ address: host, port: 0 }) : createTcpTransport({ address: host, port: 0 })],
    handlers: {
      onInvite(session) {
        if (onCall === undefined) session.reject(480);
        else onCall(ringingCall(session));
      },
    },
  });
  await endpoint.start();
  const registered = new Map<string, string>();
  const sipPort = endpoint.bound()[0]?.port ?? 0;
  const hop = { protocol: transport, address: host, port: gateway.port } as const;

  const sendRegister = (user: string, password: string, expiresS: number) =>
    endpoint.request({
      method: 'REGISTER',
      target: `sip:${host}:${gateway.port}`,
      from: `sip:${user}@${host}`,
      to: `sip:${user}@${host}`,
      hop,
      headers: [
        { name: 'contact', value: `<sip:${user}@${host}:${sipPort}${transport === 'TCP' ? ';transport=tcp' : ''}>` },
        { name: 'expires', value: String(expiresS) },
      ],
      credentials: { username: user, password },
    });

  return {
    sipPort,
    call(number, options) {
      const audio = negotiation(options.rtpPort);
      const progress: number[] = [];
      const ended = deferred<SessionEnd>();
      const answered = deferred<undefined>();
      // Whoever does not await the answer looks at the end.
      answered.promise.catch(() => undefined);
      const withoutOffer = options.withoutOffer === true;
      const offer: OfferOrAnswer = withoutOffer ? { answerOffer: (theirs) => agreed(audio.answer(theirs)).sdp } : { sdp: audio.offer() };
      const session = endpoint.invite({
        target: `sip:${number}@${host}:${gateway.port}`,
        hop,
        from: options.from ?? `"Caller" <sip:8613800001234@${host}>`,
        ...(options.headers === undefined ? {} : { headers: options.headers }),
        offer,
        handlers: {
          onProvisional: ({ status }) => progress.push(status),
          onAnswer: ({ sdp }) => {
            if (!withoutOffer) audio.takeAnswer(sdp);
            answered.resolve(undefined);
          },
          onFailed: ({ status, cause }) => {
            answered.reject(demoError('DEMO_CALL_FAILED', { details: { status: String(status), reason: cause } }));
          },
          onEnd: ended.resolve,
        },
      });
      return phoneCall(session, () => audio, { progress, answered: answered.promise, ended: ended.promise });
    },
    async register(user, password, expiresS) {
      const answer = await sendRegister(user, password, expiresS);
      if (answer.status === 200 && expiresS > 0) registered.set(user, password);
      else registered.delete(user);
      return answer;
    },
    async close() {
      // A gateway that is gone needs no word of it, and gives no answer for 32 seconds.
      const farewell = Promise.allSettled([...registered].map(([user, password]) => sendRegister(user, password, 0)));
      await Promise.race([farewell, sleep(systemClock, farewellMs)]);
      await endpoint.close();
    },
  };
}
