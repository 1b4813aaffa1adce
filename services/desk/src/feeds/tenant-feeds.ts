import { serviceActor } from '@patchbay/bus/actor';
import { deadlineSignal } from '@patchbay/runtime/deadline';
import type { CancelTimer, Clock } from '@patchbay/runtime/clock';
import type { Logger } from '@patchbay/runtime/logger';
import { agentView, queueView } from '../domain/status-views.ts';
import type { AgentView, QueueView } from '../domain/views.ts';
import type { Backend } from '../ports.ts';
import type { FeedAges } from '../protocol.ts';
import { createContactFeed, type ContactFeed } from './contact-feed.ts';
import { createLiveTable, type LiveTable } from './live-table.ts';

/** The live picture of one tenant, shared by all its sockets. */
export interface TenantFeed {
  agents: LiveTable<AgentView>;
  queues: LiveTable<QueueView>;
  contacts: ContactFeed;
  /** How long ago each part was last known to be live. */
  ages(): FeedAges;
}

/** The feeds of the tenants that somebody looks at. */
export interface TenantFeeds {
  /** The feed of a tenant, begun when need be; `release` it once. */
  acquire(tenant: string): { feed: TenantFeed; release(): void };
  close(): void;
}

interface Entry {
  feed: TenantFeed;
  users: number;
  cancelLinger: CancelTimer | undefined;
  close(): void;
}

/** A feed nobody uses stays this long, so that a reload finds it warm. */
const lingerMs = 60_000;
const probeEveryMs = 1_000;
const probeLimitMs = 1_500;

async function* mapped<From, To>(source: AsyncIterable<From>, map: (from: From) => To): AsyncGenerator<To> {
  for await (const one of source) yield map(one);
}

/** Feeds over the backend: two status streams and one watch of facts a tenant, however many sockets there are. */
export function createTenantFeeds(options: { backend: Backend; clock: Clock; log: Logger }): TenantFeeds {
  const { backend, clock, log } = options;
  const { services, facts } = backend;
  const entries = new Map<string, Entry>();
  const actor = serviceActor('desk');
  let closed = false;

  function open(tenant: string): Entry {
    const tenantLog = log.with({ tenantId: tenant });
    const agents = createLiveTable<AgentView>({
      name: 'agents',
      keyOf: (agent) => agent.agentId,
      watch: (signal) => mapped(services.agents.watchAgents({}, { tenant, actor, signal }), (response) => response.agents.map(agentView)),
      clock,
      log: tenantLog,
    });
    const queues = createLiveTable<QueueView>({
      name: 'queues',
      keyOf: (queue) => queue.queue,
      watch: (signal) => mapped(services.routing.watchQueues({}, { tenant, actor, signal }), (response) => response.queues.map(queueView)),
      clock,
      log: tenantLog,
    });
    const contacts = createContactFeed({ tenant, facts, clock, log: tenantLog });
    const probe = startProbe(tenant);
    const feed: TenantFeed = {
      agents,
      queues,
      contacts,
      ages() {
        const quietMs = probe.quietMs();
        return { agents: agents.filled() ? quietMs : probe.openMs(), queues: queues.filled() ? quietMs : probe.openMs(), facts: facts.connected() ? 0 : quietMs };
      },
    };
    return {
      feed,
      users: 0,
      cancelLinger: undefined,
      close() {
        probe.stop();
        agents.close();
        queues.close();
        contacts.close();
      },
    };
  }

  /**
   * A quiet stream and a dead one look the same for seconds, so routing is asked once a second whether it is there: the
   * wall says how old its figures are, and greys them.
   */
  function startProbe(tenant: string) {
    const openedMs = clock.monotonicMs();
    let heardMs = openedMs;
    let cancel: CancelTimer;
    const closing = new AbortController();
    const ask = async () => {
      try {
        const signal = deadlineSignal(probeLimitMs, closing.signal);
        await services.routing.listQueues({}, { tenant, actor, timeoutMs: probeLimitMs, signal });
        heardMs = clock.monotonicMs();
      } catch {
        // Silence is the answer: the age grows until routing is heard again.
      }
      if (!closing.signal.aborted) cancel = clock.setTimer(probeEveryMs, () => void ask());
    };
    cancel = clock.setTimer(0, () => void ask());
    return {
      /** 0 while the last answer is no older than a probe may take. */
      quietMs: () => {
        const quiet = clock.monotonicMs() - heardMs;
        return quiet <= probeEveryMs + probeLimitMs / 3 ? 0 : Math.round(quiet);
      },
      openMs: () => Math.round(clock.monotonicMs() - openedMs),
      stop() {
        closing.abort();
        cancel();
      },
    };
  }

  function release(tenant: string, entry: Entry): void {
    entry.users -= 1;
    if (entry.users > 0 || closed) return;
    entry.cancelLinger = clock.setTimer(lingerMs, () => {
      entries.delete(tenant);
      entry.close();
    });
  }

  return {
    acquire(tenant) {
      const entry = entries.get(tenant) ?? open(tenant);
      entries.set(tenant, entry);
      entry.cancelLinger?.();
      entry.cancelLinger = undefined;
      entry.users += 1;
      let released = false;
      return {
        feed: entry.feed,
        release() {
          if (released) return;
          released = true;
          release(tenant, entry);
        },
      };
    },
    close() {
      closed = true;
      for (const entry of entries.values()) {
        entry.cancelLinger?.();
        entry.close();
      }
      entries.clear();
    },
  };
}
