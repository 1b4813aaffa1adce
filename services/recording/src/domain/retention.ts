import type { KeptItem } from './kept-contact.ts';

const dayMs = 86_400_000;

/**
 * Whether an item is past its retention class.
 * @param days days of the class; 0 for ever, undefined when the tenant has no such class: then nothing is erased, because
 *   keeping too long can be mended and erasing too early cannot
 */
export function isPastRetention(item: KeptItem, days: number | undefined, nowMs: number): boolean {
  if (item.status === 'erasing') return true;
  if (item.status !== 'ready' || item.held || item.readyMs === undefined || days === undefined || days === 0) return false;
  return nowMs >= item.readyMs + days * dayMs;
}
