import type { Dialogue } from '../dialogues.ts';

/** A conversation as the customer sees it, whatever the channel. */
export interface CustomerLine {
  /** Says something; resolves when the centre has taken it. */
  say(text: string): Promise<void>;
  /** What the agent says next, empty by voice; DEMO_NO_ANSWER when nothing comes in time. */
  hear(timeoutMs: number): Promise<string>;
  /** Leaves. */
  leave(): Promise<void>;
}

/** Makes customers of one channel. */
export interface CustomerChannel {
  name: string;
  /** What its customers can talk about; anything when absent. */
  dialogues?: readonly Dialogue[];
  connect(index: number, signal: AbortSignal): Promise<CustomerLine>;
}
