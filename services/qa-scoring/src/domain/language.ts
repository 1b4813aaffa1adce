import type { Language } from './rule-set.ts';

/** Words that hardly any English sentence does without. */
const englishWords = new Set(
  'a an and are as at be but by can do for from have hello help hi how i if in is it me my no not of on or our please so thank thanks that the there this to was we what when will with yes you your'.split(' '),
);
/** One in so many words must be one of them. */
const englishShare = 1 / 6;
const hanShare = 0.3;

/**
 * Tells the language of normalised text: kana or hangul → other; enough Han → zh; Latin script with common English
 * words → en; anything else, and nothing at all → other. Rules judge only the languages they are written for.
 */
export function detectLanguage(texts: Iterable<string>): Language {
  let han = 0;
  let latin = 0;
  let foreign = 0;
  let words = 0;
  let english = 0;
  for (const text of texts) {
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x4e00 && unit <= 0x9fff) han += 1;
      else if (unit >= 0x61 && unit <= 0x7a) latin += 1;
      else if (unit > 0x7f) foreign += 1;
    }
    for (const word of text.split(' ')) {
      if (!/^[a-z]+$/.test(word)) continue;
      words += 1;
      if (englishWords.has(word)) english += 1;
    }
  }
  const letters = han + latin + foreign;
  if (letters === 0 || foreign > letters * hanShare) return 'other';
  // One Han character says about as much as a short word.
  if (han >= (han + latin / 3) * hanShare) return 'zh';
  return words > 0 && english >= words * englishShare ? 'en' : 'other';
}
