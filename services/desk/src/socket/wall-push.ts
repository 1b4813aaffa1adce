import type { CancelTimer, Clock } from '@patchbay/runtime/clock';
import type { AgentView, QueueView } from '../domain/views.ts';
import type { LiveTable } from '../feeds/live-table.ts';
import type { TenantFeed } from '../feeds/tenant-feeds.ts';
import type { ServerFrame } from '../protocol.ts';
import type { Outgoing } from './outgoing.ts';

/** Pushes queues and agents to one socket. */
export interface WallPush {
  open(): void;
  close(): void;
}

/** Changes of this long go into one frame, milliseconds. */
const gatherMs = 100;

interface Lane {
  stop(): void;
}

function startLane<Row>(options: { table: LiveTable<Row>; keyOf(row: Row): string; frame(full: boolean, rows: Row[]): ServerFrame; outgoing: Outgoing; clock: Clock }): Lane {
  const { table, keyOf, frame, outgoing, clock } = options;
  const dirty = new Set<string>();
  let full = true;
  let cancel: CancelTimer | undefined;

  function flush(): void {
    cancel = undefined;
    // A slow reader gets the latest state when it has caught up, not every state in between.
    if (!outgoing.hasRoom()) {
      schedule();
      return;
    }
    const rows = full ? [...table.rows()] : [...dirty].map((key) => table.get(key)).filter((row) => row !== undefined);
    if (full || rows.length > 0) outgoing.send(frame(full, rows));
    dirty.clear();
    full = false;
  }

  function schedule(): void {
    cancel ??= clock.setTimer(gatherMs, flush);
  }

  const unsubscribe = table.subscribe((changed, isFull) => {
    full ||= isFull;
    for (const row of changed) dirty.add(keyOf(row));
    schedule();
  });
  if (table.filled()) flush();
  return {
    stop() {
      unsubscribe();
      cancel?.();
    },
  };
}

/** Sends everything once, then what changed, gathered. */
export function createWallPush(options: { feed: TenantFeed; outgoing: Outgoing; clock: Clock }): WallPush {
  const { feed, outgoing, clock } = options;
  let lanes: Lane[] = [];
  const close = () => {
    for (const lane of lanes) lane.stop();
    lanes = [];
  };
  return {
    open() {
      close();
      lanes = [
        startLane<QueueView>({ table: feed.queues, keyOf: (queue) => queue.queue, frame: (full, queues) => ({ type: 'queues', full, queues }), outgoing, clock }),
        startLane<AgentView>({ table: feed.agents, keyOf: (agent) => agent.agentId, frame: (full, agents) => ({ type: 'agents', full, agents }), outgoing, clock }),
      ];
    },
    close,
  };
}
