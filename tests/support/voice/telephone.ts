import { startPhone, type DialOptions, type PhoneCall, type RingingCall as RingingPhoneCall } from '@patchbay/demo/phone/phone';
import type { SipResponse } from '@patchbay/sip/message/message';
import { silentLogger } from '@patchbay/runtime/logger';
import { eventually } from '@patchbay/testkit/eventually';
import { startRtpPeer, type RtpPeer } from '@patchbay/voice-gateway/testing/rtp-peer';

/** Where a call's sound goes; the same for calls of both directions. */
interface SoundTarget {
  /** Where we send sound; after the answer. */
  media(): { address: string; port: number };
}

/** One call of a telephone, either way. */
export type TelephoneCall = Omit<PhoneCall, 'media'> & SoundTarget;

/** A call that rings here. */
export type RingingCall = Omit<RingingPhoneCall, 'media' | 'answer'> & SoundTarget & { answer(): Promise<void> };

/** A telephone of a test: our own stack on both sides, so what it proves is the gateway's behaviour, not the stack. */
export interface Telephone {
  readonly rtp: RtpPeer;
  readonly sipPort: number;
  call(number: string, options?: Omit<DialOptions, 'rtpPort'>): TelephoneCall;
  register(user: string, password: string, options?: { expiresS?: number }): Promise<SipResponse>;
  /** The next call that comes in. */
  nextCall(): Promise<RingingCall>;
  /** Calls that came in and were not taken by `nextCall`. */
  waitingCalls(): number;
  close(): Promise<void>;
}

/** Puts a telephone on the loopback that calls the gateway; its calls share one peer for sound. */
export async function startTelephone(gateway: { port: number; transport?: 'UDP' | 'TCP' }): Promise<Telephone> {
  const rtp = await startRtpPeer();
  const incoming: RingingPhoneCall[] = [];
  const phone = await startPhone({ gateway, log: silentLogger, onCall: (call) => incoming.push(call) });
  const withTarget = <Call extends PhoneCall>(call: Call) => ({ ...call, media: () => call.media().send });
  return {
    rtp,
    sipPort: phone.sipPort,
    call: (number, options = {}) => withTarget(phone.call(number, { ...options, rtpPort: rtp.port })),
    register: (user, password, { expiresS = 600 } = {}) => phone.register(user, password, expiresS),
    async nextCall() {
      const call = await eventually('a call comes in', () => incoming.shift());
      return { ...withTarget(call), answer: () => call.answer(rtp.port) };
    },
    waitingCalls: () => incoming.length,
    async close() {
      rtp.close();
      await phone.close();
    },
  };
}
