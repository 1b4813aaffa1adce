import { createSipEndpoint } from '@patchbay/sip/create-sip-endpoint';
import type { SipEndpoint } from '@patchbay/sip/endpoint';
import type { SipResponse } from '@patchbay/sip/message/message';
import { createAudioNegotiation } from '@patchbay/sip/sdp/audio-negotiation';
import type { NegotiatedAudio } from '@patchbay/sip/sdp/audio';
import type { InviteServerSession, SessionEnd, SipSession } from '@patchbay/sip/session/session';
import { createTcpTransport } from '@patchbay/sip/transport/tcp-transport';
import { createUdpTransport } from '@patchbay/sip/transport/udp-transport';
import { systemClock } from '@patchbay/runtime/clock';
import { silentLogger } from '@patchbay/runtime/logger';
import { eventually } from '@patchbay/testkit/eventually';
import { startRtpPeer, type RtpPeer } from '@patchbay/voice-gateway/testing/rtp-peer';

const host = '127.0.0.1';

/** One call of a telephone, either way. */
export interface TelephoneCall {
  readonly session: SipSession;
  /** Statuses of provisional answers, in order; of a call that goes out. */
  readonly progress: readonly number[];
  /** Resolves when the other side answered; rejects with the end when it does not come about. */
  readonly answered: Promise<void>;
  /** Resolves with how it ended. */
  readonly ended: Promise<SessionEnd>;
  /** Where we send sound; after the answer. */
  media(): { address: string; port: number };
  hold(): Promise<void>;
  unhold(): Promise<void>;
  hangUp(): void;
}

/** A call that rings here. */
export interface RingingCall extends TelephoneCall {
  readonly headers: InviteServerSession['request']['headers'];
  ring(): void;
  answer(): Promise<void>;
  decline(status: number): void;
}

/** A telephone of a test: our own stack on both sides, so what it proves is the gateway's behaviour, not the stack. */
export interface Telephone {
  readonly rtp: RtpPeer;
  readonly sipPort: number;
  call(number: string, options?: { from?: string; headers?: { name: string; value: string }[]; withoutOffer?: boolean }): TelephoneCall;
  register(user: string, password: string, options?: { expiresS?: number }): Promise<SipResponse>;
  /** The next call that comes in. */
  nextCall(): Promise<RingingCall>;
  /** Calls that came in and were not taken by `nextCall`. */
  waitingCalls(): number;
  close(): Promise<void>;
}

/** Puts a telephone on the loopback that calls the gateway. */
export async function startTelephone(gateway: { port: number; transport?: 'UDP' | 'TCP' }): Promise<Telephone> {
  const rtp = await startRtpPeer();
  const incoming: RingingCall[] = [];
  const transport = gateway.transport ?? 'UDP';
  const endpoint: SipEndpoint = createSipEndpoint({
    clock: systemClock,
    log: silentLogger,
    transports: [transport === 'UDP' ? createUdpTransport({ address: host, port: 0 }) : createTcpTransport({ address: host, port: 0 })],
    handlers: {
      onInvite(session) {
        incoming.push(ringingCall(session));
      },
    },
  });
  await endpoint.start();
  const registered = new Map<string, string>();
  const sipPort = endpoint.bound()[0]?.port ?? 0;
  const hop = { protocol: transport, address: host, port: gateway.port } as const;

  const negotiation = () => createAudioNegotiation({ sessionId: '1', address: host, port: rtp.port, codecs: ['PCMU'] });

  function common(session: SipSession, audio: ReturnType<typeof negotiation>, ended: Promise<SessionEnd>) {
    const reinvite = async (direction: 'sendonly' | 'sendrecv') => {
      const result = await session.reinvite({ sdp: audio.offer(direction) });
      if (!result.accepted || result.sdp === undefined) throw new Error(`re-INVITE refused: ${JSON.stringify(result)}`);
      audio.takeAnswer(result.sdp);
    };
    return {
      session,
      ended,
      media() {
        const agreed: NegotiatedAudio | undefined = audio.current();
        if (agreed === undefined) throw new Error('no media yet');
        return { address: agreed.send.address, port: agreed.send.port };
      },
      hold: () => reinvite('sendonly'),
      unhold: () => reinvite('sendrecv'),
      hangUp: () => {
        session.hangUp();
      },
    };
  }

  function ringingCall(session: InviteServerSession): RingingCall {
    const audio = negotiation();
    const ended = new Promise<SessionEnd>((resolve) => {
      session.setHandlers({ onEnd: resolve });
    });
    let answeredDone = () => {};
    const answered = new Promise<void>((resolve) => {
      answeredDone = resolve;
    });
    return {
      ...common(session, audio, ended),
      headers: session.request.headers,
      progress: [],
      answered,
      ring: () => {
        session.progress(180);
      },
      async answer() {
        const result = audio.answer(session.offer ?? '');
        if (result.kind === 'refused') throw new Error(result.reason);
        await session.accept(result.sdp);
        answeredDone();
      },
      decline: (status) => {
        session.reject(status);
      },
    };
  }

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
    rtp,
    sipPort,
    call(number, options = {}) {
      const audio = negotiation();
      const progress: number[] = [];
      let resolveEnd: (end: SessionEnd) => void = () => {};
      const ended = new Promise<SessionEnd>((resolve) => {
        resolveEnd = resolve;
      });
      let session: SipSession | undefined;
      const answered = new Promise<void>((resolve, reject) => {
        session = endpoint.invite({
          target: `sip:${number}@${host}:${gateway.port}`,
          hop,
          from: options.from ?? `"Caller" <sip:8613800001234@${host}>`,
          ...(options.headers === undefined ? {} : { headers: options.headers }),
          offer: options.withoutOffer === true ? { answerOffer: (offer) => { const result = audio.answer(offer); if (result.kind === 'refused') throw new Error(result.reason); return result.sdp; } } : { sdp: audio.offer() },
          handlers: {
            onProvisional: ({ status }) => progress.push(status),
            onAnswer: ({ sdp }) => {
              if (options.withoutOffer !== true) audio.takeAnswer(sdp);
              resolve();
            },
            onFailed: (failure) => {
              reject(new Error(`call failed: ${failure.status}`, { cause: failure }));
            },
            onEnd: (end) => {
              resolveEnd(end);
            },
          },
        });
      });
      // Tests that expect a refusal look at `ended`.
      answered.catch(() => {});
      if (session === undefined) throw new Error('no session');
      return { ...common(session, audio, ended), progress, answered };
    },
    async register(user, password, { expiresS = 600 } = {}) {
      const answer = await sendRegister(user, password, expiresS);
      if (answer.status === 200 && expiresS > 0) registered.set(user, password);
      else registered.delete(user);
      return answer;
    },
    nextCall: () => eventually('a call comes in', () => incoming.shift()),
    waitingCalls: () => incoming.length,
    async close() {
      for (const [user, password] of registered) await sendRegister(user, password, 0);
      rtp.close();
      await endpoint.close();
    },
  };
}
