import type { NegotiatedAudio } from '@patchbay/sip/sdp/audio';
import type { AgreedMedia } from '../../media-plane.ts';

/** What the SDP agreed on, in the words of the media plane. */
export function toAgreedMedia(audio: NegotiatedAudio, signallingAddress: string | undefined): AgreedMedia {
  const { address, port, rtcpPort, payloadType, dtmfPayloadType } = audio.send;
  return {
    codec: audio.codec,
    send: { address, port, rtcpPort, payloadType, dtmfPayloadType },
    receive: { codecs: audio.receive.codecs, dtmfPayloadType: audio.receive.dtmfPayloadType },
    // The old way to hold, an address of zeros (RFC 2543), leaves nowhere to send to.
    sends: (audio.direction === 'sendrecv' || audio.direction === 'sendonly') && address !== '0.0.0.0' && port !== 0,
    receives: audio.direction === 'sendrecv' || audio.direction === 'recvonly',
    signallingAddress,
  };
}
