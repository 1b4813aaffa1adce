import type { AgentView } from '../domain/views.ts';
import type { Services } from '../ports.ts';
import type { PresenceHandle } from '../presence.ts';
import type { MethodName, Methods } from '../protocol.ts';
import type { Session } from '../session/sessions.ts';
import type { Story } from '../domain/story.ts';
import type { TimelineItem, PersonView, ContactView } from '../domain/views.ts';

/** What a request may use: the session's own, never what the browser claims. */
export interface RequestScope {
  session: Session;
  services: Services;
  presence: PresenceHandle | undefined;
  /** The user's own agent as it now stands. */
  agent(): AgentView | undefined;
  /** Options of a call on the user's behalf. */
  call(timeoutMs?: number): { tenant: string; actor: Session['actor']; timeoutMs: number; signal: AbortSignal };
  /** The story of a contact that the user may see. DESK_FORBIDDEN or DESK_NOT_FOUND otherwise. */
  story(contactId: string): Promise<Story>;
  /** Follows a contact for this socket. */
  open(contactId: string): Promise<{ contact: ContactView; people: Record<string, PersonView>; items: TimelineItem[] }>;
  close(contactId: string): void;
  openWall(): void;
  closeWall(): void;
  personName(agentId: string): string;
}

/** One handler a method: reads the parameters, asks the services, gives the result. */
export type RequestHandlers = { [Name in MethodName]: (params: unknown, scope: RequestScope) => Promise<Methods[Name]['result']> };
