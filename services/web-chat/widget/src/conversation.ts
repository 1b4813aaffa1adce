import type { ServerFrame, ShownPart, VisitorState } from '../../src/domain/frames.ts';
import type { Unsent } from './memory.ts';

/** One line of the chat as it is shown. */
export interface Line {
  /** Stable: clientMsgId of the visitor's messages, messageId of others, `state-<seq>` of states. */
  readonly key: string;
  readonly kind: 'message' | 'state';
  readonly from: 'visitor' | 'agent' | 'bot' | 'system';
  readonly agent: string;
  readonly parts: readonly ShownPart[];
  /** For states. */
  readonly state: VisitorState | undefined;
  /** Place in the story; Infinity while the server has not said. */
  readonly seq: number;
  readonly at: number;
  readonly delivery: 'sent' | 'sending' | 'failed';
  readonly contactId: string;
}

/** What the visitor sees, made of frames and of what was not sent yet. */
export interface Conversation {
  /** In order: the story, then what is on its way. */
  lines(): readonly Line[];
  state(): VisitorState;
  contactId(): string;
  /** Highest place of the present contact that was shown. */
  lastSeq(): number;
  /** Takes a frame in; whether anything shown changed. */
  apply(frame: ServerFrame): boolean;
  addUnsent(message: Unsent): void;
  markFailed(clientMsgId: string): void;
}

const nothing: VisitorState = { phase: 'none', agent: '', reason: '' };

function unsentLine({ clientMsgId, text, choice, at }: Unsent): Line {
  const words = text ?? (choice?.label === '' ? choice.id : choice?.label) ?? '';
  return { key: clientMsgId, kind: 'message', from: 'visitor', agent: '', parts: [{ kind: 'text', text: words }], state: undefined, seq: Infinity, at, delivery: 'sending', contactId: '' };
}

/** An empty conversation. */
export function createConversation(): Conversation {
  const lines = new Map<string, Line>();
  let state = nothing;
  let contactId = '';
  let lastSeq = 0;

  function setPlace(place: { contactId: string; seq: number }): void {
    if (place.contactId !== contactId) {
      contactId = place.contactId;
      lastSeq = 0;
    }
    lastSeq = Math.max(lastSeq, place.seq);
  }

  function apply(frame: ServerFrame): boolean {
    switch (frame.type) {
      case 'message': {
        const key = frame.clientMsgId ?? frame.messageId;
        const { from, agent, parts, seq, at } = frame;
        setPlace(frame);
        lines.set(key, { key, kind: 'message', from, agent, parts, state: undefined, seq, at, delivery: 'sent', contactId: frame.contactId });
        return true;
      }
      case 'state': {
        const { phase, agent, reason, seq, at } = frame;
        setPlace(frame);
        state = { phase, agent, reason };
        // The system's own text says it.
        if (phase === 'message' || phase === 'left') return true;
        lines.set(`state-${seq}`, { key: `state-${seq}`, kind: 'state', from: 'system', agent, parts: [], state, seq, at, delivery: 'sent', contactId: frame.contactId });
        return true;
      }
      case 'live':
        if (frame.contactId !== '') setPlace(frame);
        state = { phase: frame.phase, agent: frame.agent, reason: frame.reason };
        return true;
      case 'reset':
        for (const line of [...lines.values()]) if (line.contactId === frame.contactId) lines.delete(line.key);
        return true;
      case 'accepted': {
        const line = lines.get(frame.clientMsgId);
        if (line === undefined || line.delivery === 'sent') return false;
        lines.set(line.key, { ...line, delivery: 'sent', seq: frame.seq, contactId: frame.contactId });
        return true;
      }
      default:
        return false;
    }
  }

  return {
    lines: () => [...lines.values()].sort((left, right) => (left.seq === right.seq ? left.at - right.at : left.seq - right.seq)),
    state: () => state,
    contactId: () => contactId,
    lastSeq: () => lastSeq,
    apply,
    addUnsent(message) {
      if (!lines.has(message.clientMsgId)) lines.set(message.clientMsgId, unsentLine(message));
    },
    markFailed(clientMsgId) {
      const line = lines.get(clientMsgId);
      if (line !== undefined) lines.set(clientMsgId, { ...line, delivery: 'failed' });
    },
  };
}
