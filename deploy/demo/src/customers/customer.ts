/** A conversation as the customer sees it, whatever the channel. */
export interface CustomerLine {
  /** Says something; resolves when the centre has taken it. */
  say(text: string): Promise<void>;
  /** What the agent says next; DEMO_NO_ANSWER when nothing comes in time. */
  hear(timeoutMs: number): Promise<string>;
  /** Leaves. */
  leave(): Promise<void>;
}

/** Makes customers of one channel. */
export interface CustomerChannel {
  name: string;
  /** Whether the customer sees that the agent ended the contact. */
  connect(index: number, signal: AbortSignal): Promise<CustomerLine>;
}
