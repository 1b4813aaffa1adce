import { isIP } from 'node:net';
import { parse, type MediaDescription, type SessionDescription } from 'sdp-transform';
import { sipError } from '../errors.ts';
import type { AudioCodec, MediaDirection } from './audio.ts';

/** Larger descriptions than any audio call needs are refused unread. */
const maxSdpLength = 16_384;
const maxMediaLines = 16;
/** The parser's patterns take time that grows faster than the line. */
const longLine = /[^\r\n]{1025}/;

/** One m= line as far as it has to be repeated in an answer. */
export interface MediaLine {
  readonly type: string;
  readonly port: number;
  readonly protocol: string;
  /** Formats as written. */
  readonly formats: string;
}

/** The audio of the other side's description. */
export interface RemoteAudio {
  /** Which m= line it is. */
  readonly index: number;
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number;
  /** What the other side does; holding by the address 0.0.0.0 is counted as not receiving. */
  readonly direction: MediaDirection;
  /** G.711 at 8 000 Hz, mono, in the other side's order of preference. */
  readonly codecs: readonly { readonly codec: AudioCodec; readonly payloadType: number }[];
  readonly dtmfPayloadType: number | undefined;
  readonly ptimeMs: number;
}

/** A description of the other side. */
export interface RemoteSdp {
  /** The t= value, which an answer repeats (RFC 3264 section 6). */
  readonly timing: string;
  readonly media: readonly MediaLine[];
  /** The first RTP audio line that is not rejected and has a codec of ours; undefined when there is none. */
  readonly audio: RemoteAudio | undefined;
}

function badSdp(reason: string): Error {
  return sipError('SIP_BAD_SDP', { details: { reason } });
}

function readLine(media: MediaDescription): MediaLine {
  const { type, port, protocol } = media;
  const formats = media.payloads === undefined ? '' : String(media.payloads);
  // The parser leaves out what it does not understand, and gives numbers for what looks like one.
  const whole = typeof type === 'string' && typeof protocol === 'string' && Number.isInteger(port) && port >= 0 && port <= 65_535;
  if (!whole || !/^[\w\-. ]+$/.test(formats)) throw badSdp('m=');
  return { type, port, protocol, formats };
}

function withoutReceiving(direction: MediaDirection): MediaDirection {
  if (direction === 'sendrecv') return 'sendonly';
  return direction === 'recvonly' ? 'inactive' : direction;
}

/** Static payload types that need no rtpmap (RFC 3551 table 4). */
const staticCodecs: Readonly<Record<number, string>> = { 0: 'PCMU', 8: 'PCMA' };

/** Name of each payload type, upper case; only those at 8 000 Hz and mono. */
function codecNames(media: MediaDescription): Map<number, string> {
  const names = new Map<number, string>();
  const mapped = new Map(media.rtp.map((map) => [map.payload, map]));
  for (const format of String(media.payloads ?? '').split(' ')) {
    const payloadType = Number(format);
    if (!Number.isInteger(payloadType) || payloadType < 0 || payloadType > 127) continue;
    const map = mapped.get(payloadType);
    const name = map === undefined ? staticCodecs[payloadType] : map.rate === 8_000 && (map.encoding ?? 1) === 1 ? map.codec.toUpperCase() : undefined;
    if (name !== undefined) names.set(payloadType, name);
  }
  return names;
}

function ptimeOf(media: MediaDescription): number {
  const mostMs = Number((media as { maxptime?: unknown }).maxptime ?? Number.POSITIVE_INFINITY);
  const ptimeMs = Math.min(Number(media.ptime ?? 20), mostMs);
  return Number.isInteger(ptimeMs) && ptimeMs >= 10 && ptimeMs <= 120 && ptimeMs % 10 === 0 ? ptimeMs : 20;
}

function readAudio(session: SessionDescription, media: MediaDescription, index: number): RemoteAudio | undefined {
  const address = (media.connection ?? session.connection)?.ip;
  if (address === undefined) throw badSdp('c=');
  const names = [...codecNames(media)];
  const codecs = names.flatMap(([payloadType, name]) => (name === 'PCMU' || name === 'PCMA' ? [{ codec: name, payloadType } as const] : []));
  const isHeld = address === '0.0.0.0' || address === '::';
  const direction = media.direction ?? session.direction ?? 'sendrecv';
  if (codecs.length === 0 || isIP(address) === 0) return undefined;
  return {
    index,
    address,
    port: media.port,
    rtcpPort: typeof media.rtcp?.port === 'number' ? media.rtcp.port : media.port + 1,
    direction: isHeld ? withoutReceiving(direction) : direction,
    codecs,
    dtmfPayloadType: names.find(([, name]) => name === 'TELEPHONE-EVENT')?.[0],
    ptimeMs: ptimeOf(media),
  };
}

function isUsable(line: MediaLine): boolean {
  return line.type === 'audio' && line.port !== 0 && (line.protocol === 'RTP/AVP' || line.protocol === 'RTP/AVPF');
}

/**
 * Reads a session description (RFC 4566). Throws SIP_BAD_SDP when it is none, is beyond the bounds or lacks what it must
 * have; what it offers that we do not know is left out.
 */
export function parseSdp(text: string): RemoteSdp {
  if (text.length > maxSdpLength || longLine.test(text)) throw badSdp('too long');
  if (!/^v=0\r?$/m.test(text) || !text.startsWith('v=')) throw badSdp('v=');
  const session = parse(text);
  if (session.media.length > maxMediaLines) throw badSdp('too many m=');
  if (session.origin?.sessionId === undefined) throw badSdp('o=');
  const media = session.media.map(readLine);
  let audio: RemoteAudio | undefined;
  for (const [index, description] of session.media.entries()) {
    const line = media[index];
    if (line !== undefined && isUsable(line)) audio ??= readAudio(session, description, index);
  }
  return { timing: /^t=(\d+ \d+)/m.exec(text)?.[1] ?? '0 0', media, audio };
}
