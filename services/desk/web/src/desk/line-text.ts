import type { CatalogueView, DispositionView, LineItem, PersonView } from '../../../src/domain/views.ts';
import { formatDuration, titleIn } from '../format.ts';
import { hasText, type Language, type Translate } from '../i18n.ts';
import { channelName } from '../ui/channel-icon.tsx';
import { agentName } from './names.ts';

/** Title of a disposition code in any tree. */
export function dispositionTitle(code: string, trees: Readonly<Record<string, DispositionView[]>>, language: Language): string {
  const find = (rows: readonly DispositionView[]): DispositionView | undefined => {
    for (const row of rows) {
      const found = row.code === code ? row : find(row.children);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  for (const tree of Object.values(trees)) {
    const found = find(tree);
    if (found !== undefined) return titleIn(found.titles, language, code);
  }
  return code;
}

export interface LineContext {
  t: Translate;
  language: Language;
  catalogue: CatalogueView;
  people: Readonly<Record<string, PersonView>>;
}

/** Name of the text: queueing by its cause, overflow by its reason where that has words of its own. */
function keyOf(code: string, params: Readonly<Record<string, string>>): string {
  if (code === 'queued' && params['cause'] !== 'first') return `line.queued.${params['cause'] ?? ''}`;
  const byReason = `line.${code}.${params['reason'] ?? ''}`;
  return code === 'overflowed' && hasText(byReason) ? byReason : `line.${code}`;
}

/** Words of a line between the messages; its values are codes, made readable here. */
export function lineText({ code, params }: LineItem, { t, language, catalogue, people }: LineContext): string {
  const value = (name: string) => params[name] ?? '';
  const queue = (name: string) => titleIn(catalogue.queues[value(name)]?.titles, language, value(name));
  const waited = formatDuration(Number(value('waitedMs')));
  const key = keyOf(code, params);
  if (!hasText(key)) return t('line.unknown', { code });
  const party = `party.${value('by') || value('party')}`;
  const reason = `refusal.${value('reason')}`;
  return t(key, {
    ...params,
    agent: agentName(value('agent'), people),
    channel: channelName(value('channel'), catalogue.channels, language, t),
    queue: queue('queue'),
    from: queue('from'),
    to: queue('to'),
    waited,
    by: hasText(party) ? t(party) : value('by'),
    party: hasText(party) ? t(party) : value('party'),
    reason: hasText(reason) ? t(reason) : value('reason'),
    length: formatDuration(Number(value('durationMs'))),
    score: value('scorePct'),
    disposition: value('disposition') === '' ? t('line.noDisposition') : dispositionTitle(value('disposition'), catalogue.dispositionTrees, language),
  });
}
