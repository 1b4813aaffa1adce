import type { Capabilities } from '@patchbay/contracts/channel/v1/capabilities';
import type { CustomerIdentity, EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import type { Content, ObjectRef } from '@patchbay/contracts/message/v1/content';
import type { MessageReceived, Trust } from '@patchbay/contracts/message/v1/message_event';
import type { Backoff } from '@patchbay/runtime/backoff';
import type { Clock } from '@patchbay/runtime/clock';
import type { IdSource } from '@patchbay/runtime/ids';
import type { Logger } from '@patchbay/runtime/logger';
import type { Metrics } from '@patchbay/runtime/metrics';

/**
 * One channel, as its author writes it. The kit owns the bus: it opens contacts, publishes facts, removes duplicates,
 * keeps order, retries and accounts for every command. An adapter owns one platform's wire: it never publishes.
 * @typeParam Raw one delivery as it comes off the wire (an HTTP request, a mail, a frame)
 */
export interface ChannelAdapter<Raw = never> {
  /** What the channel is and can do. Constant for the life of the process. */
  readonly manifest: ChannelManifest;
  /**
   * Opens what the channel listens on. Called once, when the configuration is known and before commands are taken.
   * What comes in goes to `host.deliver` or `host.receive`; acknowledge to the platform only when that promise resolved.
   */
  start(host: ChannelHost<Raw>): Promise<void>;
  /**
   * Verifies and decodes one delivery. Throws a coded AppError when it is not genuine or not well formed: nothing is
   * published then. A kind the adapter does not know becomes `unsupported` content; it is never dropped. May store
   * bytes by `host.storeObject` first (claim check). Must give the same messages, with the same dedup keys, for the same
   * delivery. Leave it out when the channel pushes messages itself.
   */
  decode?(raw: Raw): Promise<readonly InboundMessage[]>;
  /**
   * Makes one platform call (or the few that one message needs and the platform treats as one). Content is already
   * degraded to what the manifest says the channel shows. Never called twice at the same time for one contact. Returns
   * what is known; a throw, or passing `request.signal`'s deadline, counts as `unknown`: so return `failed` whenever it is
   * sure that nothing went out.
   */
  send(request: SendRequest): Promise<SendOutcome>;
  /**
   * Asks the platform whether it has the message of an earlier try. Needed when `capabilities.idempotentSend` is QUERY.
   * `undefined` = it has not: the kit sends again.
   */
  lookUp?(request: SendRequest): Promise<Extract<SendOutcome, { kind: 'sent' }> | undefined>;
  /** The contact is about to end for a reason that did not come from the customer: close what the platform keeps open. At least once. */
  end?(contact: ContactView, cause: { by: Party; reason: EndReason; signal: AbortSignal }): Promise<void>;
  /** Stops listening and finishes what is in hand. The kit has stopped taking commands by then: no send comes after it. */
  stop(): Promise<void>;
}

/** What a channel is. */
export interface ChannelManifest {
  /** Channel name, as entry points carry it: lower-case letters, digits and `-`. */
  readonly channel: string;
  /** Kind of its addresses, e.g. `visitor`, `email`, `wechat_openid`. */
  readonly identityType: string;
  /** What it can do; announced to desk and routing when the channel starts. `capabilities.channel` must equal `channel`. */
  readonly capabilities: Capabilities;
  /** `whole`: one send carries all parts of a message (e-mail). `each`: one send a part (most platforms). */
  readonly grouping: 'whole' | 'each';
  /** Whether platform ids of messages are kept, so that `findThread` and receipts by platform id work. */
  readonly indexMessages: boolean;
  /** A message that comes this long or less after its contact ended opens a contact of the same conversation, milliseconds. */
  readonly conversationGapMs: number;
  /**
   * Whether what customers write is a letter (e-mail): nobody waits on the line, so who finds nobody free has left a
   * message by having written. Default: the customer is asked for one.
   */
  readonly isLetter?: boolean;
  /** How sending goes. */
  readonly sending: SendingPolicy;
  /**
   * The right to send that a received message gives, on channels with a window. Pure: it is asked again on replay.
   * Default: content of any kind but `system` gives `windowMessages` for `windowSeconds` of the capabilities.
   */
  windowGrant?(message: MessageReceived): WindowGrant | undefined;
}

/** How sending goes. Numbers come from the platform's documents, through the service's configuration. */
export interface SendingPolicy {
  /** Deadline of one platform call, milliseconds. */
  readonly attemptMs: number;
  /** Calls made for one message before it fails, from 1. */
  readonly maxAttempts: number;
  /** Waits between them. */
  readonly backoff: Backoff;
  /** Calls a second over one entry point and replica; absent for no limit. */
  readonly perSecond?: number;
}

/** The right to send a number of messages until a time. */
export interface WindowGrant {
  /** What gave it, e.g. `message`, `menu`, `follow`: a new grant of the same trigger replaces the old one. */
  readonly trigger: string;
  /** Messages; Infinity for no limit. */
  readonly messages: number;
  /** How long, milliseconds; Infinity for no limit. */
  readonly durationMs: number;
}

/** A message of a customer, decoded. */
export interface InboundMessage {
  /** Address of the entry point it came to: widget key, mail address, app id. */
  readonly account: string;
  /** Who wrote. The kit puts the address in normal form; the type is the manifest's. */
  readonly sender: { readonly address: string; readonly displayName?: string; readonly verified: boolean };
  /** What belongs to one contact while it is open, unique within the account. Default: the sender's address. */
  readonly thread?: string;
  /** What all deliveries of the same message share, unique within the account for 7 days. Ids over 2^53 stay text. */
  readonly dedupKey: string;
  /** When the platform says that it was written. */
  readonly platformTime?: Date;
  /** The platform's id of it, kept as text; what replies and receipts name. */
  readonly platformMessageId: string;
  /** What was written, in order; at least one part. */
  readonly content: readonly Content[];
  /** How far the sender is proved. */
  readonly trust: Trust;
  /** Platform ids that it answers. */
  readonly replyToPlatformIds?: readonly string[];
  /** Subject line or first words; used when it opens a contact. Default: the first words of the text. */
  readonly summary?: string;
  /** Values that travel with the contact; used when it opens one. `language` (a language tag) picks the system's texts. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** W3C trace context of the delivery; absent starts a trace. */
  readonly traceparent?: string;
  /**
   * `contact` (default) opens a contact when none is open. `append` only adds to an open one and is otherwise ignored:
   * for platform events that ask nothing of an agent, and automatic mail.
   */
  readonly effect?: 'contact' | 'append';
}

/** What became of an inbound message. It is durable when this is returned. */
export type Received =
  | { readonly kind: 'accepted' | 'duplicate'; readonly contactId: string; readonly messageId: string; readonly sequence: number }
  /** `effect: 'append'` and no contact was open. */
  | { readonly kind: 'ignored' };

/** One entry point of the channel, live from the directory. */
export interface EntryPointView {
  readonly tenant: string;
  readonly name: string;
  /** Address of the channel's kind. */
  readonly address: string;
  readonly queue: string;
  /** RoutingPlan resource of its contacts; empty for the queue's own, or none. */
  readonly plan: string;
  /** Flow resource; empty for none. */
  readonly flow: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly titles: Readonly<Record<string, string>>;
  /** Names of its secrets; `host.secrets` gives the values. */
  readonly secretNames: readonly string[];
  /** Rises with each change, from 1. */
  readonly revision: number;
}

/** A contact as an adapter may see it. */
export interface ContactView {
  readonly tenant: string;
  readonly contactId: string;
  readonly conversationId: string;
  /** Name of the entry point; `host.entryPointByName` gives its present configuration. */
  readonly entryPoint: string;
  readonly customer: CustomerIdentity;
  /** Subject line or first words. */
  readonly summary: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Platform ids of its messages in order, both ways: the first and the last 40. */
  readonly platformMessageIds: readonly string[];
  /** The customer's newest message. */
  readonly lastReceived: { readonly platformMessageId: string; readonly atMs: number } | undefined;
  /** Messages so far, both ways. */
  readonly messageCount: number;
  /** The agent who has it; empty while nobody does. */
  readonly agentId: string;
}

/** What to send. */
export interface SendRequest {
  readonly contact: ContactView;
  /** The message, UUIDv7; the same for every try. */
  readonly messageId: string;
  /** The same for every try of this call and for no other call: 32 signs of `0-9a-f`. */
  readonly idempotencyKey: string;
  /** Which call of the message, from 0; always 0 when grouping is `whole`. */
  readonly part: number;
  /** One part when grouping is `each`. */
  readonly content: readonly Content[];
  readonly by: Party;
  /** The agent who wrote it; empty for bots and the system. */
  readonly agentId: string;
  /** Which try of this call, from 1. */
  readonly attempt: number;
  /** Aborts at the deadline of the call and when the process stops at once. */
  readonly signal: AbortSignal;
}

/** What is known after a platform call. */
export type SendOutcome =
  /** The platform took it. */
  | { readonly kind: 'sent'; readonly platformMessageId: string }
  /** Surely nothing went out. `code` comes from the adapter's error table. */
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly retryable: boolean;
      readonly platformCode?: string;
      /** The platform asked to wait this long. */
      readonly retryAfterMs?: number;
    }
  /** The platform's window is closed or its quota used; ends as MessageExpired. */
  | { readonly kind: 'expired'; readonly code: 'window_closed' | 'quota_used'; readonly platformCode?: string }
  /** The answer was lost: it may have gone out. */
  | { readonly kind: 'unknown'; readonly code: string };

/** News of a message sent earlier. States only go up: sent, then delivered, then read; `failed` only after sent. */
export interface Receipt {
  readonly account: string;
  /** Which message, by the platform's id (needs `indexMessages`). */
  readonly platformMessageId: string;
  readonly state: 'delivered' | 'read' | 'failed';
  /** For `failed`: code of the adapter's error table. */
  readonly code?: string;
  readonly platformCode?: string;
}

/** What the kit gives an adapter. */
export interface ChannelHost<Raw = never> {
  /** Decodes a delivery and receives its messages in order. Resolves when all are durable; the platform may be told so then. */
  deliver(raw: Raw): Promise<readonly Received[]>;
  /**
   * Takes one decoded message. Resolves when it is durable: any number of calls with the same dedup key, on any replica,
   * have one effect. CHANNEL_NO_ENTRY_POINT when no entry point has the account; CHANNEL_BAD_MESSAGE when it breaks the
   * port's rules; CHANNEL_BUSY (retryable) when too much is in hand; bus errors (retryable) when nothing is known durable.
   */
  receive(message: InboundMessage): Promise<Received>;
  /** Takes news of a message sent earlier. Unknown ids and lower states change nothing. */
  reportReceipt(receipt: Receipt): Promise<void>;
  /**
   * The customer left: withdraws an open request and ends the contact. Harmless when it is over already. A contact whose
   * customer has left a message that nobody answers yet stays open.
   */
  customerLeft(contact: { tenant: string; contactId: string }): Promise<void>;
  /** The customer says that the message they were asked for is whole: it goes in line at once. Harmless when none is being taken. */
  messageLeft(contact: { tenant: string; contactId: string }): Promise<void>;
  /** The contact that a thread's next message would join, open or ended last; undefined when there was none. */
  currentContact(thread: { account: string; thread: string }): Promise<(ContactView & { readonly ended: boolean }) | undefined>;
  /** The thread that one of these messages belongs to, newest id last; needs `indexMessages`. */
  findThread(query: { account: string; platformMessageIds: readonly string[] }): Promise<ThreadMatch | undefined>;
  /** The entry point with this address. */
  entryPoint(account: string): EntryPointView | undefined;
  entryPointByName(tenant: string, name: string): EntryPointView | undefined;
  /** All entry points of the channel. */
  entryPoints(): readonly EntryPointView[];
  /** Calls back after each change of an entry point (undefined = removed). */
  onEntryPointChange(callback: (entryPoint: EntryPointView | undefined, previous: EntryPointView | undefined) => void): void;
  /** Secrets by name, cached until the entry point changes, at most 5 minutes. Never log them. */
  secrets(entryPoint: { tenant: string; name: string }): Promise<Readonly<Record<string, string>>>;
  /** Keeps bytes by claim check, before the message that names them is received. */
  storeObject(tenant: string, bytes: Uint8Array, as: { mime: string; name?: string }): Promise<ObjectRef>;
  /** Reads bytes kept by claim check. */
  loadObject(object: ObjectRef): Promise<Uint8Array>;
  /** Names a condition of the platform link and whether it holds; shown by readiness and metrics. */
  setHealth(condition: string, holds: boolean): void;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** Where a referenced message belongs. */
export interface ThreadMatch {
  readonly thread: string;
  readonly contactId: string;
  readonly conversationId: string;
  /** Normal form of the customer's address on the contact; compare it before joining somebody to the thread. */
  readonly customerAddress: string;
}
