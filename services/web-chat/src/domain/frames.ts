/** Version of the protocol; `hello` names it. */
export const protocolVersion = 1;

/** Limits that both sides keep. */
export const limits = {
  /** Longest frame, bytes of UTF-8. */
  frameBytes: 64 * 1024,
  /** Longest text of one message, bytes of UTF-8. */
  textBytes: 16 * 1024,
  /** How often a side that has nothing else to say pings, milliseconds. */
  pingMs: 20_000,
  /** A peer that is silent this long is gone, milliseconds. */
  silenceMs: 45_000,
  /** More missed frames than this are not filled in: `reset` and a snapshot come instead. */
  gapFrames: 500,
  /** Frames of a snapshot, the newest. */
  snapshotFrames: 200,
} as const;

/** First frame of a connection. */
export interface HelloFrame {
  type: 'hello';
  protocol: number;
  /** Address of the entry point. */
  widgetKey: string;
  /** Token of an earlier `welcome`; absent makes a new visitor. */
  visitorToken?: string;
  /** Language tag; picks the texts of the system. */
  language?: string;
  /** Name that the visitor gave. */
  name?: string;
  /** Address of the page without query. */
  page?: string;
  /** What the client has already. */
  resume?: { contactId: string; lastSeq: number };
}

/** The visitor writes, or takes an option of a question. */
export interface MessageFrame {
  type: 'message';
  /** UUIDv7, made once for each message: sent again, it has no second effect for seven days. */
  clientMsgId: string;
  text?: string;
  choice?: { id: string; label: string };
  /** The visitor was asked for a message and this is all of it: it goes in line at once. */
  whole?: true;
}

/** What a client may send. */
export type ClientFrame = HelloFrame | MessageFrame | { type: 'end' } | { type: 'ping' };

/** Where the contact stands, as the visitor may know it. */
export interface VisitorState {
  /**
   * `none`: no contact yet. `waiting`: in line; the place is not known. `message`: nobody is free, a message is asked for.
   * `left`: it was left, and is answered here.
   */
  phase: 'none' | 'waiting' | 'message' | 'left' | 'connected' | 'ended';
  /** Agent number that customers are told; empty while nobody has joined. */
  agent: string;
  /** Why it ended: `visitor`, `agent`, `refused`, `expired`, `idle`, `failed`; empty while it runs. */
  reason: string;
}

/** One part of a message as the widget shows it. */
export type ShownPart =
  | { kind: 'text'; text: string }
  | { kind: 'link'; url: string; title: string; description: string }
  | { kind: 'choice'; prompt: string; options: { id: string; label: string }[] };

/** Frames with a place in the contact's story: `seq` rises, with gaps, and is the same on every connection. */
export type StoryFrame =
  | {
      type: 'message';
      seq: number;
      contactId: string;
      messageId: string;
      /** Set on the visitor's own messages. */
      clientMsgId?: string;
      from: 'visitor' | 'agent' | 'bot' | 'system';
      /** Agent number; empty for others. */
      agent: string;
      parts: ShownPart[];
      /** Milliseconds since the Unix epoch. */
      at: number;
    }
  | ({ type: 'state'; seq: number; contactId: string; at: number } & VisitorState);

/** What the server may send. */
export type ServerFrame =
  | StoryFrame
  | {
      type: 'welcome';
      protocol: number;
      visitorToken: string;
      title: string;
      greeting: string;
      limits: { textBytes: number; pingMs: number; silenceMs: number };
    }
  /** Forget the frames of this contact: a snapshot follows. */
  | { type: 'reset'; contactId: string }
  /** The gap is filled: from here on frames come as they happen. */
  | ({ type: 'live'; contactId: string; seq: number } & VisitorState)
  /** The message is durable. */
  | { type: 'accepted'; clientMsgId: string; contactId: string; messageId: string; seq: number; duplicate: boolean }
  /** The message had no effect. */
  | { type: 'rejected'; clientMsgId: string; code: string; message: string; retryable: boolean; retryAfterMs?: number }
  /** A frame had no effect; after a fatal one the server closes. */
  | { type: 'error'; code: string; message: string; field?: string; fatal: boolean }
  | { type: 'pong' }
  /** The server goes: connect again after this long. */
  | { type: 'drain'; retryAfterMs: number };
