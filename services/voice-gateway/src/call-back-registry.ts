/** A call-back that waits for its turn, or for the outcome of a try. JSON in `voice-state`; no service but this one reads it. */
export interface CallBackEntry {
  readonly tenant: string;
  readonly contactId: string;
  /** Digits of E.164 without `+`; empty when the caller left a message and hid the number. */
  readonly number: string;
  /** Name of the customer for the agent's phone; may be empty. */
  readonly name: string;
  readonly entryPoint: string;
  readonly queue: string;
  readonly requestId: string;
  readonly conversationId: string;
  /** The call it grew out of; empty when it was asked for otherwise. */
  readonly parentContactId: string;
  /** Whether the call left a message. */
  readonly voicemail: boolean;
  readonly requestedAtMs: number;
  /** Not before; undefined for as soon as its turn comes. */
  readonly dueAtMs: number | undefined;
  /** W3C trace context of the contact. */
  readonly home: string | undefined;
}

/** Who has which call-back in hand, and all that wait. */
export interface CallBackRegistry {
  /** Notes a call-back, before its first fact is stored. */
  enter(entry: CallBackEntry): Promise<void>;
  /** Strikes off one that ended. */
  strike(contactId: string): Promise<void>;
  findCallBack(contactId: string): CallBackEntry | undefined;
  allCallBacks(): readonly CallBackEntry[];
  /** Takes it in hand, as one of this gateway's calls; false when a gateway has it already. */
  claim(entry: CallBackEntry): Promise<boolean>;
}
