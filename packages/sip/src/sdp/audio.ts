/** Who sends in one SDP, from the point of view of the side that wrote it (RFC 4566 section 6). */
export type MediaDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** Codecs of the stack, 8 000 samples a second, one byte each (ITU-T G.711; RFC 3551 sections 4.5.14). */
export type AudioCodec = 'PCMU' | 'PCMA';

/** What both sides agreed on for the audio of a call. Payload types differ by direction (RFC 3264 section 6.1). */
export interface NegotiatedAudio {
  readonly codec: AudioCodec;
  /** How we send: to this address, with these payload types, which the other side chose. */
  readonly send: {
    readonly address: string;
    readonly port: number;
    readonly rtcpPort: number;
    readonly payloadType: number;
    /** telephone-event (RFC 4733); undefined when the other side does not take it. */
    readonly dtmfPayloadType: number | undefined;
    /** Milliseconds of sound a packet should hold; 20 when the other side does not say. */
    readonly ptimeMs: number;
  };
  /** What arrives: the payload types that we wrote. */
  readonly receive: {
    readonly payloadType: number;
    readonly dtmfPayloadType: number | undefined;
    /** Every audio payload type of ours that may arrive, by number. */
    readonly codecs: ReadonlyMap<number, AudioCodec>;
  };
  /** What we do: `sendrecv` both, `sendonly` we only send (they hear, we do not), `recvonly`, `inactive`. */
  readonly direction: MediaDirection;
  /** Whether the other side put us on hold: sendonly, inactive, or the address 0.0.0.0 (RFC 3264 section 8.4). */
  readonly heldByRemote: boolean;
}

/** What our side can do, per leg. */
export interface AudioOptions {
  /** Number for the o= line, the same for the leg's whole life; digits only. */
  readonly sessionId: string;
  /** Address and port where we take RTP; RTCP is the next port. */
  readonly address: string;
  readonly port: number;
  /** In order of preference; PCMU, PCMA by default. */
  readonly codecs?: readonly AudioCodec[];
  /** Payload type of telephone-event in our offers, 96 to 127; 101 by default. */
  readonly dtmfPayloadType?: number;
}

/** What came of an offer or answer of the other side. `refused` carries the status for the SIP answer. */
export type Negotiation<Agreed> =
  | ({ readonly kind: 'agreed'; readonly media: NegotiatedAudio } & Agreed)
  | { readonly kind: 'refused'; readonly status: 400 | 488; readonly reason: string };

/**
 * The offer/answer state of one leg (RFC 3264): remembers the version of o=, the payload types and what stands, so
 * that a refused re-INVITE leaves everything as it was.
 */
export interface AudioNegotiation {
  /** Our SDP offer, for an INVITE or as the answer to one without SDP. Replaces an offer that is still open. */
  offer(direction?: MediaDirection): string;
  /** Takes the answer to our last offer. Throws SIP_BAD_STATE without an open offer. */
  takeAnswer(sdp: string): Negotiation<object>;
  /** Answers an offer. @param wish what we would do if the other side allows it; `sendrecv` by default */
  answer(offer: string, wish?: MediaDirection): Negotiation<{ readonly sdp: string }>;
  /** Our offer was refused: what stood before still stands. */
  withdrawOffer(): void;
  /** What stands; undefined before the first answer. */
  current(): NegotiatedAudio | undefined;
}
