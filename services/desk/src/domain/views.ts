/**
 * What the browser is shown, in plain JSON: strings for the trade's words, numbers for milliseconds since the Unix epoch,
 * null for what is not there. Shared with the browser as types only.
 */

/** Presence of an agent: what the agent chose or was put into. */
export type PresenceState = 'signed_out' | 'ready' | 'not_ready' | 'break' | 'unreachable';

/** What a busy slot of an agent does. */
export type SlotActivity = 'reserved' | 'engaged' | 'wrap_up';

export interface SlotView {
  /** `<channel>.<number>`. */
  slot: string;
  activity: SlotActivity;
  contactId: string;
  offerId: string;
  assignmentId: string;
  sinceMs: number;
  /** When the offer or the wrap-up runs out. */
  endsMs: number | null;
  queue: string;
  channel: string;
}

export interface ParkedView {
  contactId: string;
  queue: string;
  channel: string;
  sinceMs: number;
  /** When it comes back though the customer wrote nothing. */
  untilMs: number;
}

export interface AgentView {
  agentId: string;
  name: string;
  /** 工号 */
  agentNo: string;
  team: string;
  state: PresenceState;
  /** Reason code, e.g. `meal`; empty for none. */
  reason: string;
  sinceMs: number;
  /** State that waits for the contact in hand. */
  pendingState: PresenceState | null;
  pendingReason: string;
  /** Slots that are not idle. */
  slots: SlotView[];
  queues: string[];
  handledToday: number;
  /** Contacts put aside until their customers write, oldest first. */
  parked: ParkedView[];
  /** Place of work; empty for none. */
  site: string;
  /** Skills as they hold now. */
  skills: SkillView[];
  /** What a team lead changed of them for now; level 0 for one taken away. */
  skillsChanged: SkillView[];
  skillsUntilMs: number | null;
}

export interface SkillView {
  skill: string;
  /** 1 to 100. */
  level: number;
}

/** Whom the evacuation of a site touches, or touched. */
export interface EvacuationView {
  agents: number;
  /** Contacts that rang there and go back in line. */
  contactsReturned: number;
  /** Contacts in hand that stay. */
  contactsKept: number;
  /** Contacts in line that went on. */
  contactsMoved: number;
}

/** Titles by language tag. */
export type Titles = Record<string, string>;

export interface QueueView {
  queue: string;
  titles: Titles;
  waiting: number;
  offered: number;
  engaged: number;
  oldestEnqueuedMs: number | null;
  agentsSignedIn: number;
  agentsAvailable: number;
  waitingByChannel: Record<string, number>;
  offeredToday: number;
  answeredToday: number;
  abandonedToday: number;
  shortAbandonedToday: number;
  answeredInTargetToday: number;
  answeredWaitMsToday: number;
  targetSeconds: number;
  targetPct: number;
  /** Since when a team lead has paused it; null when it is served. */
  pausedSinceMs: number | null;
  pausedReason: string;
  /** Promises to customers of which four fifths of the time are used, and those broken and still to be kept. */
  promisesAtRisk: number;
  promisesBroken: number;
}

/** Who waits in a queue, as an agent who serves it is told. */
export type QueueLoadView = Pick<QueueView, 'queue' | 'waiting' | 'oldestEnqueuedMs'>;

export type ContactStatus = 'started' | 'queued' | 'offered' | 'assigned' | 'connected' | 'held' | 'parked' | 'wrap_up' | 'closed';

export type ContactOutcome = 'handled' | 'abandoned' | 'overflowed' | 'refused' | 'expired' | 'self_served' | 'withdrawn';

export type PartyView = 'customer' | 'agent' | 'supervisor' | 'third_party' | 'bot' | 'system';

export interface CustomerView {
  /** Kind of address: `tel`, `email`, `wechat_openid`, `visitor`, … */
  type: string;
  /** Masked, unless the viewer may see it whole. */
  address: string;
  displayName: string;
  verified: boolean;
}

export type PromiseKind = 'first_response' | 'next_response' | 'resolution';

/** What the customer was promised. */
export interface PromiseView {
  kind: PromiseKind;
  state: 'running' | 'paused' | 'at_risk' | 'breached' | 'met' | 'missed';
  /** When the time runs out; null while it does not run. */
  dueMs: number | null;
}

export interface LegView {
  legId: string;
  party: PartyView;
  agentId: string;
  state: 'started' | 'ringing' | 'answered' | 'ended';
  sinceMs: number;
}

export type RecordingState = 'none' | 'recording' | 'paused' | 'ready' | 'failed' | 'erased';

export interface ContactView {
  contactId: string;
  conversationId: string;
  channel: string;
  direction: 'inbound' | 'outbound' | 'internal';
  entryPoint: string;
  customer: CustomerView;
  /** Customer record; empty while not known. */
  customerId: string;
  /** 0 to 100; from 80 a VIP. */
  customerValue: number;
  summary: string;
  attributes: { name: string; value: string }[];
  status: ContactStatus;
  outcome: ContactOutcome | null;
  queue: string;
  agentId: string;
  assignmentId: string;
  /** Agents of all assignments so far, in order. */
  servedBy: string[];
  startedMs: number;
  enqueuedMs: number | null;
  assignedMs: number | null;
  connectedMs: number | null;
  heldMs: number | null;
  endedMs: number | null;
  closedMs: number | null;
  endedBy: PartyView | null;
  /** When the wrap-up ends by itself. */
  wrapUpEndsMs: number | null;
  disposition: string;
  legs: LegView[];
  /** The last of each kind. */
  promises: PromiseView[];
  recording: RecordingState;
  scorePct: number | null;
  lastMessage: { text: string; from: PartyView; timeMs: number } | null;
  /** Messages of the customer so far: what unread counts are made of. */
  customerMessages: number;
  /** Stream sequence of the last fact folded in. */
  sequence: number;
}

export type MessagePart =
  | { kind: 'text'; text: string }
  | { kind: 'html'; text: string }
  | { kind: 'media'; media: 'image' | 'audio' | 'video' | 'file' | 'sticker'; object: string; name: string; mime: string; sizeBytes: number; caption: string }
  | { kind: 'location'; latitude: number; longitude: number; label: string }
  | { kind: 'link'; url: string; title: string; description: string }
  | { kind: 'choice'; prompt: string; options: string[] }
  | { kind: 'choice_reply'; label: string }
  | { kind: 'system'; code: string }
  | { kind: 'unsupported'; text: string };

/** How far a message of ours got; `received` for the customer's. */
export type Delivery = 'received' | 'sent' | 'delivered' | 'read' | 'failed' | 'expired' | 'unknown';

export interface MessageItem {
  kind: 'message';
  /** Stays the same while the message's delivery changes; of a customer's message its id. */
  key: string;
  timeMs: number;
  from: PartyView;
  agentId: string;
  parts: MessagePart[];
  delivery: Delivery;
  /** Code of the failure; empty otherwise. */
  code: string;
  commandId: string;
  /** What the channel could not show as asked. */
  degradations: string[];
  /** Whether the proof of the sender failed. */
  distrusted: boolean;
}

/** What happened to the contact, as a line between the messages. */
export interface LineItem {
  kind: 'line';
  key: string;
  timeMs: number;
  /** Word of the line, e.g. `queued`, `assigned`; the browser has the text. */
  code: string;
  /** Values of the text. */
  params: Record<string, string>;
}

export type TimelineItem = MessageItem | LineItem;

export interface DispositionView {
  code: string;
  titles: Titles;
  children: DispositionView[];
}

export type WrapUpMode = 'none' | 'optional' | 'mandatory_timed' | 'mandatory';

export interface QueueSettingsView {
  titles: Titles;
  wrapUp: { mode: WrapUpMode; limitSeconds: number; extensionSeconds: number; dispositions: string };
}

export interface ChannelView {
  labels: Titles;
  voice: boolean;
  /** 0 for no limit. */
  maxTextBytes: number;
}

/** What the desk needs of the centre's configuration. */
export interface CatalogueView {
  tenantTitles: Titles;
  timeZone: string;
  queues: Record<string, QueueSettingsView>;
  dispositionTrees: Record<string, DispositionView[]>;
  channels: Record<string, ChannelView>;
  /** Titles of the places where contacts come in. */
  entryPoints: Record<string, Titles>;
  teams: Record<string, Titles>;
}

export interface PersonView {
  name: string;
  agentNo: string;
}
