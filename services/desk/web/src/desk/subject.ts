import type { ContactView, TimelineItem } from '../../../src/domain/views.ts';

/** What the contact is about, where the customer's first words do not say it already: a chat's subject is its first line. */
export function subjectOf({ summary }: Pick<ContactView, 'summary'>, items: readonly TimelineItem[]): string {
  const first = items.find((item) => item.kind === 'message' && item.from === 'customer');
  const words = first?.kind === 'message' && first.parts[0]?.kind === 'text' ? first.parts[0].text : '';
  const flat = (text: string) => text.replace(/\s+/g, ' ').trim();
  return flat(words).startsWith(flat(summary).replace(/…$/, '')) ? '' : summary;
}
