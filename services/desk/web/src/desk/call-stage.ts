import type { ContactView } from '../../../src/domain/views.ts';

/** Where a call stands, as its agent sees it. */
export type CallStage = 'ringing' | 'connecting' | 'talking' | 'held' | 'ended';

export function callStage(contact: ContactView): CallStage {
  if (contact.endedMs !== null) return 'ended';
  if (contact.heldMs !== null) return 'held';
  if (contact.connectedMs !== null) return 'talking';
  const rings = contact.legs.some((leg) => leg.party === 'agent' && (leg.state === 'ringing' || leg.state === 'started'));
  return rings ? 'ringing' : 'connecting';
}
