/**
 * The frames between browser and desk: one JSON object a WebSocket message. The browser imports this file as types and
 * constants; nothing here may import Node or contracts.
 */
import type { OfferExplanationView, PressingPromiseView, WaitingContactView, WaitingExplanationView } from './domain/explanation-views.ts';
import type { HistoryView, KpiView, RecordingView, ScoreView } from './domain/record-types.ts';
import type { AgentView, CatalogueView, ContactView, PersonView, QueueLoadView, QueueView, TimelineItem, EvacuationView } from './domain/views.ts';

/** Rises when frames change in a way that an old browser tab cannot read; the tab then reloads itself. */
export const protocolVersion = 1;

/** Close codes of the desk's own (RFC 6455 section 7.4.2: 4000 to 4999 are free to use). */
export const closeCodes = {
  /** The session ran out or was ended: sign in again. */
  sessionEnded: 4001,
  /** The browser read too slowly: connect again for a fresh picture. */
  slowReader: 4008,
  /** The browser sent what the desk cannot read, again and again. */
  badFrames: 4009,
  /** The desk drains: connect again, elsewhere. */
  draining: 4012,
} as const;

/** Limits that both ends keep. */
export const limits = {
  /** Largest frame the desk takes, bytes. */
  frameBytes: 65_536,
  /** Longest text of one message, characters. */
  messageChars: 8_000,
  /** Longest notes, characters. */
  notesChars: 2_000,
  /** Requests of one socket in hand at once. */
  requestsInHand: 32,
} as const;

export type RoleName = 'agent' | 'team_lead' | 'qa' | 'trainer' | 'manager' | 'admin';

export interface SessionView {
  tenant: string;
  user: string;
  displayName: string;
  roles: RoleName[];
  /** Agent the user works as; empty for none. */
  agent: string;
  /** Language tag of the user; empty for the centre's. */
  language: string;
  expiresMs: number;
  /** Pages open to the user. */
  pages: { desk: boolean; wall: boolean };
}

export interface ErrorView {
  code: string;
  /** Kind of failure, as gRPC names it in lower case. */
  status: string;
  /** For people who read English; the browser has better words for the codes it knows. */
  message: string;
  retryable: boolean;
  details: Record<string, string>;
}

export type FeedName = 'agents' | 'queues' | 'facts';

/** How long ago each feed was last known to be live, milliseconds; 0 while it is. */
export type FeedAges = Record<FeedName, number>;

/** Whether this desk keeps the agent present. */
export type PresenceView = 'none' | 'kept' | 'taken_over';

export type ServerFrame =
  /** First frame of every connection. */
  | { type: 'hello'; protocol: number; serverMs: number; session: SessionView; instance: string }
  | { type: 'catalogue'; catalogue: CatalogueView }
  /** The user's own agent; null when the centre has no such agent (any more). */
  | { type: 'agent'; agent: AgentView | null; presence: PresenceView; sessionId: string }
  /** One of the agent's contacts, or one that was opened, as it now stands. */
  | { type: 'contact'; contact: ContactView; people: Record<string, PersonView> }
  /** New or changed items of an open contact; `reset` when they are all there are. */
  | { type: 'timeline'; contactId: string; reset: boolean; items: TimelineItem[] }
  /** Who waits in the queues of the user's own agent, all of them. */
  | { type: 'own_queues'; queues: QueueLoadView[] }
  /** Queues that changed; `full` when they are all there are. */
  | { type: 'queues'; full: boolean; queues: QueueView[] }
  /** Agents that changed; `full` when they are all there are. */
  | { type: 'agents'; full: boolean; agents: AgentView[] }
  /** Once a second. */
  | { type: 'beat'; serverMs: number; feeds: FeedAges }
  | { type: 'reply'; id: number; result: unknown }
  | { type: 'failure'; id: number; error: ErrorView };

/** What the browser asks for. */
export interface ClientFrame {
  /** Chosen by the browser, unique in the connection. */
  id: number;
  method: string;
  params?: unknown;
}

/** A contact of a list, with the name of its agent, and whether the user may open it. */
export type HistoryEntry = HistoryView & { agentName: string; openable: boolean };

/** Requests: parameters and result by method. */
export interface Methods {
  /** Signs the user's agent in (签入), or goes on with the session that the browser remembers when it still holds. */
  'agent.signIn': { params: { sessionId?: string; resumeOnly?: boolean }; result: { resumed: boolean; signedIn: boolean } };
  /** Signs the agent out (签出). */
  'agent.signOut': { params: Record<string, never>; result: Record<string, never> };
  /** 示闲, 示忙 or 小休; while a contact is in hand it waits for the end of the wrap-up. */
  'agent.setState': { params: { state: 'ready' | 'not_ready' | 'break'; reason: string }; result: Record<string, never> };
  'offer.accept': { params: { offerId: string; contactId: string }; result: { assignmentId: string } };
  'offer.reject': { params: { offerId: string; contactId: string; reason: string }; result: Record<string, never> };
  /** Follows a contact: its timeline comes whole, then item by item. */
  'contact.open': { params: { contactId: string }; result: { contact: ContactView; people: Record<string, PersonView>; items: TimelineItem[] } };
  'contact.close': { params: { contactId: string }; result: Record<string, never> };
  /** Answers when the message is safe; the same command id twice has one effect. */
  'contact.send': { params: { contactId: string; commandId: string; text: string }; result: { commandId: string } };
  'contact.end': { params: { contactId: string; commandId: string }; result: Record<string, never> };
  'contact.hold': { params: { contactId: string; commandId: string }; result: Record<string, never> };
  'contact.retrieve': { params: { contactId: string; commandId: string }; result: Record<string, never> };
  /** 挂起: puts a text contact aside until the customer writes, or until a time, milliseconds in digits; empty for three days. `lastMessageId` is the customer's last message that the agent saw. */
  'contact.park': { params: { contactId: string; assignmentId: string; lastMessageId: string; untilMs: string }; result: { untilMs: number | null } };
  /** 继续处理: takes back what was put aside. */
  'contact.resume': { params: { contactId: string }; result: Record<string, never> };
  /** 继续整理 */
  'wrapUp.extend': { params: { contactId: string; assignmentId: string }; result: { endsMs: number | null } };
  /** 返回接待: ends the wrap-up. */
  'wrapUp.finish': { params: { contactId: string; assignmentId: string; disposition: string; notes: string }; result: Record<string, never> };
  /** Contacts of the same matter and the same customer, newest first. */
  'history.list': { params: { contactId: string }; result: { entries: HistoryEntry[] } };
  /** The user's own last contacts, newest first. */
  'history.recent': { params: Record<string, never>; result: { entries: HistoryEntry[] } };
  'quality.list': { params: { contactId: string }; result: { scores: ScoreView[] } };
  'recordings.list': { params: { contactId: string }; result: { recordings: RecordingView[] } };
  /** Begins the pushes of queues and agents. */
  'wall.open': { params: Record<string, never>; result: Record<string, never> };
  'wall.close': { params: Record<string, never>; result: Record<string, never> };
  /** Who waits in a queue, in the order of the line, at most `limit` (1 to 500, as digits) of `total`. */
  'waiting.list': { params: { queue: string; limit: string }; result: { contacts: WaitingContactView[]; total: number } };
  /** Promises to customers of a queue that are at risk or broken, most pressing first. */
  'promises.list': { params: { queue: string }; result: { promises: PressingPromiseView[]; total: number } };
  /** Why a contact is still waiting. */
  'explain.waiting': { params: { contactId: string }; result: WaitingExplanationView };
  /** Why an offer went to its agent; without an offer the contact's last. */
  'explain.offer': { params: { contactId: string; offerId: string }; result: OfferExplanationView };
  /** Team leads: another agent's state; while a contact is in hand it waits for the end of the wrap-up. */
  'lead.setState': { params: { agentId: string; state: 'ready' | 'not_ready' | 'break'; reason: string }; result: Record<string, never> };
  /** Team leads: signs an agent out (强制签出); during a call it waits for its end. */
  'lead.signOut': { params: { agentId: string; reason: string }; result: Record<string, never> };
  'lead.withdrawSignOut': { params: { agentId: string }; result: Record<string, never> };
  /** Team leads: a contact that waits goes to another queue, its place kept. */
  'lead.moveContact': { params: { contactId: string; queue: string; reason: string }; result: Record<string, never> };
  /** Team leads: a contact that waits is offered to an agent. */
  'lead.pullContact': { params: { contactId: string; agentId: string; reason: string }; result: Record<string, never> };
  /** Team leads: a text contact is taken from its agent, for another one or, without, for the line. */
  'lead.reassignContact': { params: { contactId: string; agentId: string; reason: string }; result: Record<string, never> };
  /** Team leads: a contact that waits asks for nobody any more. */
  'lead.cancelRequest': { params: { contactId: string; reason: string }; result: Record<string, never> };
  /** Team leads: so many seconds of waiting are added to a contact's own, as digits. */
  'lead.prioritise': { params: { contactId: string; seconds: string; reason: string }; result: Record<string, never> };
  /** Team leads: skills of an agent until a time, milliseconds in digits; written `billing=80 cards=0`, all that are to be changed. */
  'lead.overrideSkills': { params: { agentId: string; skills: string; untilMs: string; reason: string }; result: Record<string, never> };
  'lead.restoreSkills': { params: { agentId: string }; result: Record<string, never> };
  /** Team leads: whom the evacuation of a site would touch. */
  'lead.lookAtEvacuation': { params: { site: string }; result: EvacuationView };
  'lead.evacuate': { params: { site: string }; result: EvacuationView };
  'lead.pauseQueue': { params: { queue: string; reason: string }; result: Record<string, never> };
  'lead.resumeQueue': { params: { queue: string }; result: Record<string, never> };
  /** Figures of today from the warehouse. */
  'kpis.today': { params: Record<string, never>; result: { kpis: KpiView[]; asOfMs: number | null } };
}

export type MethodName = keyof Methods;
