import type { TimelineItem } from '../../../src/domain/views.ts';

/**
 * The items without lines that say what the next one says again: an offer that was accepted, a text contact that was
 * connected by being accepted.
 */
export function quietLines(items: readonly TimelineItem[], voice: boolean): TimelineItem[] {
  return items.filter((item, index) => {
    if (item.kind !== 'line') return true;
    if (item.code === 'connected') return voice;
    if (item.code !== 'offered') return true;
    const next = items.slice(index + 1).find((other) => other.kind === 'line' && other.code !== 'recording_started');
    return !(next?.kind === 'line' && next.code === 'assigned' && next.params['agent'] === item.params['agent']);
  });
}
