import type { CancelTimer, Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import type { AgentView } from './domain/views.ts';
import type { Services } from './ports.ts';
import type { PresenceView } from './protocol.ts';
import type { Session } from './session/sessions.ts';

/** What a desk knows of one agent's sign-in. */
export interface PresenceState {
  presence: PresenceView;
  /** Routing's session of the sign-in; empty for none. */
  sessionId: string;
}

/** One socket's share in its agent's presence. */
export interface PresenceHandle {
  state(): PresenceState;
  /**
   * Signs the agent in, or goes on with a session that still holds. With a remembered session that does not hold, signs in
   * again when it ran out, and leaves the agent alone when another desk has it.
   */
  signIn(remembered: string): Promise<{ resumed: boolean; signedIn: boolean }>;
  signOut(): Promise<void>;
  /** The socket is gone: without sockets there are no heartbeats, and routing makes the agent unreachable. */
  leave(): void;
}

/** Keeps agents present while a socket of theirs lives. */
export interface Presences {
  join(session: Session, options: { agentNow(): AgentView | undefined; onChange(state: PresenceState): void }): PresenceHandle;
  close(): void;
}

interface Kept {
  session: Session;
  state: PresenceState;
  everyMs: number;
  listeners: Map<symbol, { agentNow(): AgentView | undefined; onChange(state: PresenceState): void }>;
  cancel: CancelTimer | undefined;
}

const callLimitMs = 4_000;
const slowestBeatMs = 5_000;
/** For a session that was begun by another process, whose lease is not known here. */
const resumedBeatMs = 2_000;

/** Presence by tenant and agent; two tabs of one user share it. */
export function createPresences(options: { agents: Services['agents']; clock: Clock; log: Logger }): Presences {
  const { agents, clock, log } = options;
  const byAgent = new Map<string, Kept>();

  function change(kept: Kept, state: PresenceState): void {
    kept.state = state;
    for (const listener of kept.listeners.values()) listener.onChange(state);
  }

  function callOptions({ view, actor }: Session) {
    return { tenant: view.tenant, actor, timeoutMs: callLimitMs };
  }

  async function isCurrent(session: Session, sessionId: string): Promise<boolean> {
    const { current } = await agents.heartbeat({ agentId: session.view.agent, sessionId }, callOptions(session));
    return current;
  }

  function stopBeats(kept: Kept): void {
    kept.cancel?.();
    kept.cancel = undefined;
  }

  function startBeats(kept: Kept): void {
    stopBeats(kept);
    kept.cancel = clock.setTimer(kept.everyMs, () => void beat(kept));
  }

  async function beat(kept: Kept): Promise<void> {
    const { sessionId } = kept.state;
    try {
      const current = await isCurrent(kept.session, sessionId);
      if (kept.state.sessionId !== sessionId) return;
      if (!current) {
        stopBeats(kept);
        change(kept, { presence: isElsewhere(kept) ? 'taken_over' : 'none', sessionId: '' });
        return;
      }
    } catch (error) {
      // Routing may be changing hands; the next heartbeat tries again, the lease covers several.
      log.warn('heartbeat was not taken', { error, agentId: kept.session.view.agent });
    }
    if (kept.listeners.size > 0 && kept.state.presence === 'kept') startBeats(kept);
  }

  /** Whether the agent is signed in although not by the session that was asked about. */
  function isElsewhere(kept: Kept): boolean {
    const agent = [...kept.listeners.values()].map((listener) => listener.agentNow()).find((found) => found !== undefined);
    return agent !== undefined && agent.state !== 'signed_out' && agent.state !== 'unreachable';
  }

  function keep(kept: Kept, sessionId: string, everyMs: number): void {
    kept.everyMs = everyMs;
    change(kept, { presence: 'kept', sessionId });
    if (kept.listeners.size > 0) startBeats(kept);
  }

  async function signIn(kept: Kept, remembered: string): Promise<{ resumed: boolean; signedIn: boolean }> {
    if (remembered !== '') {
      if (await isCurrent(kept.session, remembered)) {
        if (kept.state.sessionId !== remembered) keep(kept, remembered, resumedBeatMs);
        return { resumed: true, signedIn: true };
      }
      if (isElsewhere(kept)) {
        stopBeats(kept);
        change(kept, { presence: 'taken_over', sessionId: '' });
        return { resumed: false, signedIn: false };
      }
    }
    const { sessionId, leaseMs } = await agents.signIn({ agentId: kept.session.view.agent, device: 'web' }, callOptions(kept.session));
    keep(kept, sessionId, Math.min(slowestBeatMs, Math.max(500, Number(leaseMs) / 3)));
    return { resumed: false, signedIn: true };
  }

  return {
    join(session, listener) {
      const key = `${session.view.tenant}/${session.view.agent}`;
      const kept: Kept = byAgent.get(key) ?? { session, state: { presence: 'none', sessionId: '' }, everyMs: slowestBeatMs, listeners: new Map(), cancel: undefined };
      byAgent.set(key, kept);
      kept.session = session;
      const id = Symbol(key);
      kept.listeners.set(id, listener);
      // Somebody is back before the lease ran out: say so at once.
      if (kept.state.presence === 'kept' && kept.cancel === undefined) void beat(kept);
      return {
        state: () => kept.state,
        signIn: (remembered) => signIn(kept, remembered),
        async signOut() {
          await agents.signOut({ agentId: session.view.agent }, callOptions(session));
          stopBeats(kept);
          change(kept, { presence: 'none', sessionId: '' });
        },
        leave() {
          kept.listeners.delete(id);
          if (kept.listeners.size > 0) return;
          stopBeats(kept);
          // The browser remembers the session; forgetting it here keeps the table as large as the number of open desks.
          byAgent.delete(key);
        },
      };
    },
    close() {
      for (const kept of byAgent.values()) stopBeats(kept);
      byAgent.clear();
    },
  };
}
