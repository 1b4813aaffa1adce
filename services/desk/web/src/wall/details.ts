import { createStore } from '../connection/store.ts';

/** What of the wall is looked at closely. */
export type WallDetails = { kind: 'queue'; queue: string } | { kind: 'agent'; agentId: string } | { kind: 'evacuation' };

/** The one thing that is open over the wall; null for none. */
export const wallDetails = createStore<WallDetails | null>(null);
