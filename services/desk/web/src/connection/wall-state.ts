import type { AgentView, QueueView } from '../../../src/domain/views.ts';
import type { ServerFrame } from '../../../src/protocol.ts';
import { createStore, type Store } from './store.ts';

/** The wall's picture. */
export interface WallState {
  queues: ReadonlyMap<string, QueueView>;
  agents: ReadonlyMap<string, AgentView>;
  /** Whether the first full picture has come. */
  filled: boolean;
}

export interface WallFeed {
  state: Store<WallState>;
  take(frame: ServerFrame): void;
}

function merged<Row>(known: ReadonlyMap<string, Row>, rows: readonly Row[], full: boolean, keyOf: (row: Row) => string): ReadonlyMap<string, Row> {
  const next = full ? new Map<string, Row>() : new Map(known);
  for (const row of rows) next.set(keyOf(row), row);
  return next;
}

/** Gathers frames and draws once an animation frame, however many come. */
export function createWallFeed(schedule: (draw: () => void) => void): WallFeed {
  const state = createStore<WallState>({ queues: new Map(), agents: new Map(), filled: false });
  let waiting: ServerFrame[] = [];

  function draw(): void {
    const frames = waiting;
    waiting = [];
    state.update((now) => {
      let { queues, agents } = now;
      for (const frame of frames) {
        if (frame.type === 'queues') queues = merged(queues, frame.queues, frame.full, (queue) => queue.queue);
        if (frame.type === 'agents') agents = merged(agents, frame.agents, frame.full, (agent) => agent.agentId);
      }
      return { queues, agents, filled: true };
    });
  }

  return {
    state,
    take(frame) {
      if (frame.type !== 'queues' && frame.type !== 'agents') return;
      waiting.push(frame);
      if (waiting.length === 1) schedule(draw);
    },
  };
}
