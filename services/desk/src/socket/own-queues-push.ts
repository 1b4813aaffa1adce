import type { CancelTimer, Clock } from '@patchbay/runtime/clock';
import type { AgentView, QueueLoadView, QueueView } from '../domain/views.ts';
import type { LiveTable } from '../feeds/live-table.ts';
import type { Outgoing } from './outgoing.ts';

/** Tells one agent who waits in the queues the agent serves. */
export interface OwnQueuesPush {
  /** The agent may serve other queues now. */
  agentChanged(): void;
  stop(): void;
}

/** Changes of this long go into one frame, milliseconds: a glance, not a wall. */
const gatherMs = 500;

/** Sends what waits in the agent's queues now and after each change of it; nothing to users who are no agent. */
export function createOwnQueuesPush(options: { queues: LiveTable<QueueView>; agent(): AgentView | undefined; outgoing: Outgoing; clock: Clock }): OwnQueuesPush {
  const { queues, agent, outgoing, clock } = options;
  let cancel: CancelTimer | undefined;
  let last = '';

  function loads(): QueueLoadView[] {
    const rows = (agent()?.queues ?? []).map((name) => queues.get(name)).filter((row) => row !== undefined);
    return rows.map(({ queue, waiting, oldestEnqueuedMs }) => ({ queue, waiting, oldestEnqueuedMs }));
  }

  function push(): void {
    cancel = undefined;
    if (!outgoing.hasRoom()) {
      schedule();
      return;
    }
    const now = loads();
    const text = JSON.stringify(now);
    if (text === last) return;
    last = text;
    outgoing.send({ type: 'own_queues', queues: now });
  }

  function schedule(): void {
    if (agent() !== undefined) cancel ??= clock.setTimer(gatherMs, push);
  }

  const unsubscribe = queues.subscribe(schedule);
  if (agent() !== undefined) push();
  return {
    agentChanged: schedule,
    stop() {
      unsubscribe();
      cancel?.();
    },
  };
}
