import { isIPv6 } from 'node:net';
import { AppError } from '@patchbay/runtime/app-error';
import { sipError } from '../errors.ts';
import type { AudioCodec, AudioNegotiation, AudioOptions, MediaDirection, NegotiatedAudio, Negotiation } from './audio.ts';
import { parseSdp, type MediaLine, type RemoteAudio, type RemoteSdp } from './parse-sdp.ts';

/** Payload types of ours in one description. */
interface LocalPayloads {
  readonly codecs: ReadonlyMap<number, AudioCodec>;
  readonly dtmf: number | undefined;
}

/** An offer of ours that waits for its answer. */
interface OpenOffer {
  readonly direction: MediaDirection;
  readonly payloads: LocalPayloads;
  readonly mediaLines: number;
  readonly audioIndex: number;
}

const staticPayloads: Readonly<Record<AudioCodec, number>> = { PCMU: 0, PCMA: 8 };

const sends = (direction: MediaDirection) => direction === 'sendrecv' || direction === 'sendonly';
const receives = (direction: MediaDirection) => direction === 'sendrecv' || direction === 'recvonly';

function directionOf(send: boolean, receive: boolean): MediaDirection {
  if (send) return receive ? 'sendrecv' : 'sendonly';
  return receive ? 'recvonly' : 'inactive';
}

/** What we do when we would do `ours` and the other side does `theirs` (RFC 3264 section 6.1). */
function agree(ours: MediaDirection, theirs: MediaDirection): MediaDirection {
  return directionOf(sends(ours) && receives(theirs), receives(ours) && sends(theirs));
}

function refused(status: 400 | 488, reason: string): { readonly kind: 'refused'; readonly status: 400 | 488; readonly reason: string } {
  return { kind: 'refused', status, reason };
}

function audioLines(port: number, payloads: LocalPayloads, direction: MediaDirection): string[] {
  const types = [...payloads.codecs.keys(), ...(payloads.dtmf === undefined ? [] : [payloads.dtmf])];
  return [
    `m=audio ${port} RTP/AVP ${types.join(' ')}`,
    ...[...payloads.codecs].map(([type, codec]) => `a=rtpmap:${type} ${codec}/8000`),
    ...(payloads.dtmf === undefined ? [] : [`a=rtpmap:${payloads.dtmf} telephone-event/8000`, `a=fmtp:${payloads.dtmf} 0-15`]),
    'a=ptime:20',
    `a=${direction}`,
  ];
}

/** A line that stays where it is, rejected (RFC 3264 section 6). */
function rejectedLine(line: MediaLine): string {
  return `m=${line.type} 0 ${line.protocol} ${line.formats}`;
}

function agreed(payloads: LocalPayloads, codec: AudioCodec, remote: RemoteAudio, direction: MediaDirection): NegotiatedAudio {
  const sendType = remote.codecs.find((one) => one.codec === codec)?.payloadType ?? staticPayloads[codec];
  const receiveType = [...payloads.codecs].find(([, one]) => one === codec)?.[0] ?? staticPayloads[codec];
  return {
    codec,
    send: {
      address: remote.address,
      port: remote.port,
      rtcpPort: remote.rtcpPort,
      payloadType: sendType,
      dtmfPayloadType: payloads.dtmf === undefined ? undefined : remote.dtmfPayloadType,
      ptimeMs: remote.ptimeMs,
    },
    receive: { payloadType: receiveType, dtmfPayloadType: remote.dtmfPayloadType === undefined ? undefined : payloads.dtmf, codecs: payloads.codecs },
    direction,
    heldByRemote: !receives(remote.direction),
  };
}

function readRemote(sdp: string): RemoteSdp | AppError {
  try {
    return parseSdp(sdp);
  } catch (thrown) {
    return AppError.from(thrown);
  }
}

/** Makes the state of a leg that has not agreed on anything yet. */
export function createAudioNegotiation(options: AudioOptions): AudioNegotiation {
  const { address, port } = options;
  const network = isIPv6(address) ? 'IP6' : 'IP4';
  const supported = options.codecs ?? ['PCMU', 'PCMA'];
  let version = 0;
  let lastBody: string | undefined;
  let open: OpenOffer | undefined;
  let current: NegotiatedAudio | undefined;
  /** The m= lines of the session so far, which every later description must repeat (RFC 3264 section 8). */
  let slots: readonly MediaLine[] = [];
  let audioIndex = 0;
  /** The number once used for telephone-event stays its number (RFC 3264 section 8.3.2). */
  let dtmf = options.dtmfPayloadType ?? 101;
  let payloadOf: Readonly<Record<AudioCodec, number>> = staticPayloads;

  /** The whole description; its version rises when anything changed (RFC 3264 section 8). */
  function write(timing: string, media: readonly string[]): string {
    const body = [`s=-`, `c=IN ${network} ${address}`, `t=${timing}`, ...media].join('\r\n');
    if (body !== lastBody) version += 1;
    lastBody = body;
    return `v=0\r\no=- ${options.sessionId} ${version} IN ${network} ${address}\r\n${body}\r\n`;
  }

  function takeAnswerOf(offer: OpenOffer, remote: RemoteSdp): Negotiation<object> {
    if (remote.media.length !== offer.mediaLines) return refused(488, 'the answer has another number of media');
    const { audio } = remote;
    if (audio?.index !== offer.audioIndex) return refused(488, 'the answer rejects our audio');
    const ours = [...offer.payloads.codecs.values()];
    const codec = audio.codecs.find((one) => ours.includes(one.codec))?.codec;
    if (codec === undefined) return refused(488, 'the answer has none of our codecs');
    slots = remote.media;
    audioIndex = audio.index;
    current = agreed(offer.payloads, codec, audio, agree(offer.direction, audio.direction));
    return { kind: 'agreed', media: current };
  }

  return {
    offer(direction = 'sendrecv') {
      const payloads = { codecs: new Map(supported.map((codec) => [payloadOf[codec], codec])), dtmf };
      const ours = audioLines(port, payloads, direction);
      const lines = slots.length === 0 ? ours : slots.flatMap((slot, index) => (index === audioIndex ? ours : [rejectedLine(slot)]));
      open = { direction, payloads, mediaLines: Math.max(1, slots.length), audioIndex };
      return write('0 0', lines);
    },
    takeAnswer(sdp) {
      if (open === undefined) throw sipError('SIP_BAD_STATE', { details: { reason: 'no offer is open' } });
      const offer = open;
      open = undefined;
      const remote = readRemote(sdp);
      return remote instanceof AppError ? refused(400, remote.details['reason'] ?? remote.code) : takeAnswerOf(offer, remote);
    },
    answer(offer, wish = 'sendrecv') {
      const remote = readRemote(offer);
      if (remote instanceof AppError) return refused(400, remote.details['reason'] ?? remote.code);
      const { audio } = remote;
      const chosen = audio?.codecs.find((one) => supported.includes(one.codec));
      if (audio === undefined || chosen === undefined) return refused(488, 'no audio that we can do');
      const payloads: LocalPayloads = { codecs: new Map([[chosen.payloadType, chosen.codec]]), dtmf: audio.dtmfPayloadType };
      const direction = agree(wish, audio.direction);
      slots = remote.media;
      audioIndex = audio.index;
      dtmf = audio.dtmfPayloadType ?? dtmf;
      payloadOf = { ...payloadOf, [chosen.codec]: chosen.payloadType };
      current = agreed(payloads, chosen.codec, audio, direction);
      const ours = audioLines(port, payloads, direction);
      return { kind: 'agreed', media: current, sdp: write(remote.timing, remote.media.flatMap((line, index) => (index === audio.index ? ours : [rejectedLine(line)]))) };
    },
    withdrawOffer() {
      open = undefined;
    },
    current: () => current,
  };
}
