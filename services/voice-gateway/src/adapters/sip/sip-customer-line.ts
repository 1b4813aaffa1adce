import { randomInt } from 'node:crypto';
import { headerOf } from '@patchbay/sip/message/headers';
import { parseAddress } from '@patchbay/sip/message/address';
import type { SipRequest } from '@patchbay/sip/message/message';
import { isSipUri, parseUri, unescapeUriText } from '@patchbay/sip/message/uri';
import type { AudioNegotiation } from '@patchbay/sip/sdp/audio';
import { createAudioNegotiation } from '@patchbay/sip/sdp/audio-negotiation';
import type { IncomingRequest } from '@patchbay/sip/session/incoming-request';
import type { InviteServerSession, SessionEnd } from '@patchbay/sip/session/session';
import { voiceError } from '../../errors.ts';
import type { AgreedMedia } from '../../media-plane.ts';
import type { CustomerLine, CustomerLineListener, LineEnd, MediaAddress } from '../../ports.ts';
import { toAgreedMedia } from './agreed-media.ts';
import { answerReinvite } from './reinvite.ts';

/** User part of a sip, sips or tel URI; empty when it has none. */
function userOf(uri: string): string {
  try {
    const parsed = parseUri(uri);
    if (isSipUri(parsed)) return unescapeUriText(parsed.user ?? '');
    return parsed.scheme === 'tel' ? (parsed.opaque.split(';')[0] ?? '') : '';
  } catch {
    // A URI that cannot be read names nobody.
    return '';
  }
}

/** Who calls: what the trunk asserts (RFC 3325) before what the caller says. */
function identityOf(request: SipRequest): { uri: string; displayName: string } {
  const asserted = headerOf(request, 'p-asserted-identity');
  try {
    const address = asserted === undefined ? request.core.from : parseAddress(asserted, 'p-asserted-identity');
    return { uri: address.uri, displayName: address.displayName ?? '' };
  } catch {
    // An assertion that cannot be read asserts nothing.
    return { uri: request.core.from.uri, displayName: request.core.from.displayName ?? '' };
  }
}

const isNumber = (text: string) => /^\+?[0-9().-]{2,32}$/.test(text);

function callerOf(request: SipRequest): { callerNumber: string; callerName: string } {
  const { uri, displayName } = identityOf(request);
  const user = userOf(uri).split(';')[0] ?? '';
  const callerNumber = isNumber(user) ? user.replaceAll(/[^0-9]/g, '') : '';
  return { callerNumber, callerName: (displayName || (callerNumber === '' ? user : '')).slice(0, 100) };
}

/** A key of an INFO body: `application/dtmf-relay` has `Signal=5`, `application/dtmf` the key alone. */
export function digitOfInfo(contentType: string | undefined, body: string): string | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  const text = type === 'application/dtmf-relay' ? /^\s*signal\s*=\s*(\S+)/im.exec(body)?.[1] : type === 'application/dtmf' ? body.trim() : undefined;
  if (text === undefined) return undefined;
  const key = text === '10' ? '*' : text === '11' ? '#' : text.toUpperCase();
  return /^[0-9*#A-D]$/.test(key) ? key : undefined;
}

/** How the end of a session reads for a leg. */
export function toLineEnd(end: SessionEnd, remoteParty: 'customer' | 'agent'): LineEnd {
  const bySide = end.by === 'remote' ? remoteParty : end.by === 'local' ? 'gateway' : 'failed';
  return { sipStatus: end.status, endedBy: end.cause === 'timeout' || end.cause === 'no-ack' ? 'timeout' : end.cause === 'gone' ? 'failed' : bySide };
}

/** The line of a call that came in over a trunk. */
export function createSipCustomerLine(session: InviteServerSession): CustomerLine {
  const { request, source } = session;
  let listener: CustomerLineListener | undefined;
  let audio: AudioNegotiation | undefined;
  let answerSdp: string | undefined;
  let agreed: AgreedMedia | undefined;
  let earlyEnd: LineEnd | undefined;
  let hungUp = false;

  function told(end: SessionEnd): void {
    if (hungUp) return;
    const lineEnd = toLineEnd(end, 'customer');
    if (listener === undefined) earlyEnd = lineEnd;
    else listener.ended(lineEnd);
  }

  function takeInfo(info: IncomingRequest): void {
    const digit = digitOfInfo(headerOf(info.request, 'content-type'), Buffer.from(info.request.body).toString('latin1'));
    info.respond(digit === undefined ? 415 : 200);
    if (digit !== undefined) listener?.digit(digit);
  }

  session.setHandlers({
    onEnd: told,
    onInfo: takeInfo,
    onReinvite: (reinvite) => {
      if (audio === undefined) {
        reinvite.reject(488);
        return;
      }
      return answerReinvite(audio, reinvite, (media) => listener?.changed(toAgreedMedia(media, source.address)));
    },
  });

  /** The answer of a caller who wanted our offer. */
  function takeLateAnswer(sdp: string | undefined): AgreedMedia {
    const result = sdp === undefined || audio === undefined ? undefined : audio.takeAnswer(sdp);
    if (result?.kind === 'agreed') return toAgreedMedia(result.media, source.address);
    session.hangUp();
    throw voiceError('VOICE_SET_UP_FAILED', { details: { reason: 'the ACK has no answer that can be used' } });
  }

  return {
    dialled: userOf(request.uri),
    ...callerOf(request),
    sipCallId: session.callId,
    remote: request.core.from.uri,
    listen(next) {
      listener = next;
      const end = earlyEnd;
      earlyEnd = undefined;
      if (end !== undefined) next.ended(end);
    },
    negotiate(local: MediaAddress) {
      audio = createAudioNegotiation({ sessionId: String(randomInt(1, 2 ** 47)), address: local.address, port: local.port });
      if (session.offer === undefined) return { kind: 'late' };
      const result = audio.answer(session.offer);
      if (result.kind === 'refused') return { kind: 'refused', status: result.status };
      answerSdp = result.sdp;
      agreed = toAgreedMedia(result.media, source.address);
      return { kind: 'agreed', media: agreed };
    },
    async answer() {
      if (audio === undefined) throw voiceError('VOICE_SET_UP_FAILED', { details: { reason: 'answered before negotiating' } });
      const late = await session.accept(answerSdp ?? audio.offer());
      return agreed ?? takeLateAnswer(late);
    },
    refuse(status, retryAfterS) {
      hungUp = true;
      session.reject(status, retryAfterS === undefined ? [] : [{ name: 'retry-after', value: String(retryAfterS) }]);
    },
    hangUp(code) {
      hungUp = true;
      session.hangUp(code === '' ? {} : { headers: [{ name: 'reason', value: `SIP;cause=480;text="${code.replaceAll(/[^\w .-]/g, '')}"` }] });
    },
  };
}
