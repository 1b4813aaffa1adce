import type { AnyFact } from '@patchbay/bus/fact';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import type { Content } from '@patchbay/contracts/message/v1/content';
import type { ShownPart, StoryFrame, VisitorState } from './domain/frames.ts';

/** Before anything happened. */
export const noContact: VisitorState = { phase: 'none', agent: '', reason: '' };

/** Agent number of an agent, for customers; empty when it has none. */
export type AgentNumbers = (tenant: string, agentId: string) => string;

const endReasons: Readonly<Record<number, string>> = {
  [EndReason.CUSTOMER_LEFT]: 'visitor',
  [EndReason.AGENT_ENDED]: 'agent',
  [EndReason.SELF_SERVED]: 'agent',
  [EndReason.IDLE]: 'idle',
  [EndReason.REFUSED]: 'refused',
  [EndReason.EXPIRED]: 'expired',
};

const senders: Readonly<Record<number, 'agent' | 'bot' | 'system'>> = { [Party.AGENT]: 'agent', [Party.SUPERVISOR]: 'agent', [Party.BOT]: 'bot' };

/** Parts that the widget shows; others came here as text already, by the manifest. */
export function shownParts(content: readonly Content[]): ShownPart[] {
  return content.flatMap(({ part }): ShownPart[] => {
    switch (part?.$case) {
      case 'text':
        return [{ kind: 'text', text: part.value.text }];
      case 'choiceReply':
        return [{ kind: 'text', text: part.value.label === '' ? part.value.id : part.value.label }];
      case 'link':
        return [{ kind: 'link', ...part.value }];
      case 'choice':
        return [{ kind: 'choice', prompt: part.value.prompt, options: part.value.options.map(({ id, label }) => ({ id, label })) }];
      default:
        return [];
    }
  });
}

/** Ends of a plan at which the kit asks for a message. */
const takesMessage: ReadonlySet<string> = new Set(['message', 'voicemail', 'call_back']);

function inPhase(state: VisitorState, phase: 'waiting' | 'message' | 'left'): VisitorState {
  return state.phase === phase ? state : { phase, agent: '', reason: '' };
}

/** The state after a fact; the same object when nothing changed for the visitor. */
function nextState(state: VisitorState, fact: AnyFact, agentNumbers: AgentNumbers): VisitorState {
  switch (fact.type) {
    case 'patchbay.contact.v1.RoutingRequested':
    case 'patchbay.routing.v1.ContactQueued':
      return inPhase(state, fact.event.leftMessage ? 'left' : 'waiting');
    case 'patchbay.routing.v1.ContactOverflowed':
      return fact.event.toQueue === '' && takesMessage.has(fact.event.action) ? inPhase(state, 'message') : state;
    case 'patchbay.contact.v1.ContactConnected': {
      const agent = agentNumbers(fact.tenant, fact.event.agentId);
      return state.phase === 'connected' && state.agent === agent ? state : { phase: 'connected', agent, reason: '' };
    }
    case 'patchbay.contact.v1.ContactEnded':
      return { phase: 'ended', agent: '', reason: endReasons[fact.event.reason] ?? 'failed' };
    default:
      return state;
  }
}

function messageFrame(fact: AnyFact, agentNumbers: AgentNumbers): StoryFrame | undefined {
  const place = { type: 'message', seq: fact.sequence, contactId: fact.key, at: fact.timeMs } as const;
  if (fact.type === 'patchbay.message.v1.MessageReceived') {
    const { messageId, platformMessageId, content } = fact.event;
    return { ...place, messageId, clientMsgId: platformMessageId, from: 'visitor', agent: '', parts: shownParts(content) };
  }
  if (fact.type === 'patchbay.message.v1.MessageSent') {
    const { messageId, content, by, agentId } = fact.event;
    const from = senders[by] ?? 'system';
    return { ...place, messageId, from, agent: from === 'agent' ? agentNumbers(fact.tenant, agentId) : '', parts: shownParts(content) };
  }
  return undefined;
}

/**
 * What the visitor is told of one fact, given the state before it. What comes after the end of a contact is late and is
 * not told: such a message stands on the contact that follows.
 */
export function tellVisitor(state: VisitorState, fact: AnyFact, agentNumbers: AgentNumbers): { state: VisitorState; frame: StoryFrame | undefined } {
  if (state.phase === 'ended') return { state, frame: undefined };
  const next = nextState(state, fact, agentNumbers);
  if (next !== state) return { state: next, frame: { type: 'state', seq: fact.sequence, contactId: fact.key, at: fact.timeMs, ...next } };
  return { state, frame: messageFrame(fact, agentNumbers) };
}
