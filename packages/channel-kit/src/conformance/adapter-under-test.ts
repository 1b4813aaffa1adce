import type { SendMessage } from '@patchbay/contracts/channel/v1/channel_command';
import type { Content } from '@patchbay/contracts/message/v1/content';
import type { ChannelAdapter, ChannelHost, InboundMessage } from '../channel-adapter.ts';

/** One line of the conformance run. */
export interface Verdict {
  /** Number of the check; the same for every adapter and version. */
  readonly id: number;
  /** What must hold. */
  readonly title: string;
  readonly verdict: 'pass' | 'fail' | 'skip';
  /** What was seen; for `skip`, why it does not apply. */
  readonly evidence: string;
}

/** What the fake platform does with the next calls. */
export type PlatformScript =
  | 'take'
  /** It takes the message, but the answer does not arrive. */
  | 'take_and_lose_answer'
  /** For the moment it takes nothing (−1, 503). */
  | 'busy'
  /** It says that calls come too fast (429, 45011). */
  | 'rate_limited'
  /** It refuses this message for good. */
  | 'refuse'
  /** It says that its window is closed. */
  | 'window_closed';

/** The adapter's own fake of its platform. */
export interface PlatformUnderTest {
  /** Makes the next calls go so; false when the platform knows no such answer. */
  script(answer: PlatformScript): boolean;
  /** Calls that sent a message, answered or not. */
  calls(): number;
  /** What customers got, in order: whole texts of the calls that were taken. */
  received(): readonly { readonly to: string; readonly text: string }[];
}

/** One text message as the run asks for it. */
export interface SampleText {
  readonly id: string;
  /** Any short name; the sample makes an address of it. */
  readonly from: string;
  readonly text: string;
  readonly at?: Date;
}

/** An adapter with what the run needs to know of its platform. */
export interface AdapterUnderTest<Raw> {
  /** A fresh adapter over a fresh fake platform. It may listen on free ports of the loopback. */
  create(): Promise<{ readonly adapter: ChannelAdapter<Raw>; readonly platform: PlatformUnderTest; dispose?(): Promise<void> }>;
  /** The entry point that the samples go to. */
  readonly entryPoint: { readonly address: string; readonly settings?: Readonly<Record<string, string>>; readonly secrets?: Readonly<Record<string, string>> };
  /** How a delivery comes in; default `host.deliver(raw)`. Resolves when the platform would be told that it was taken. */
  readonly deliver?: (host: ChannelHost<Raw>, raw: Raw) => Promise<unknown>;
  readonly samples: {
    /** A genuine delivery of this text. */
    text(sample: SampleText): Raw | Promise<Raw>;
    /** Deliveries with the messages they must decode to, field by field. */
    readonly golden: readonly { readonly name: string; readonly raw: Raw; readonly messages: readonly Partial<InboundMessage>[] }[];
    /** Deliveries that are not genuine. */
    readonly forged: readonly { readonly name: string; readonly raw: Raw }[];
    /** A genuine delivery of long ago, for platforms with a time stamp under the signature. */
    readonly replayed?: Raw;
    /** A genuine delivery of a kind that the adapter does not know. */
    readonly unknownKind?: Raw;
    /** Deliveries far over the limits of the platform. */
    readonly oversize: readonly { readonly name: string; readonly raw: Raw }[];
    /** Texts that this platform cannot carry at all, by the reason; taken out of the encoding check. */
    readonly cannotCarry?: Readonly<Record<string, string>>;
  };
  /** Content with what the channel must show of it. */
  readonly degraded: readonly { readonly name: string; readonly content: readonly Content[]; readonly shown: readonly Content[]; readonly degradations: readonly string[] }[];
  /** A command that the channel can only show in a poorer form. */
  readonly needsDegrading?: Pick<SendMessage, 'content'>;
}
