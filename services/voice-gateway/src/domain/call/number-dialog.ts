/** A caller who is asked whether, and on which number, to be called back. */
export interface NumberDialog {
  /** `offer`: whether at all. `confirm`: whether on this number. `enter`: another number. */
  readonly step: 'offer' | 'confirm' | 'enter';
  /** Digits; empty for a caller who hides. */
  readonly number: string;
  /** What was entered so far. */
  readonly digits: string;
  /** Times that nothing useful came. */
  readonly misses: number;
}

/** What happened: a key, or nothing for long enough. */
export type DialogEvent = { readonly kind: 'key'; readonly key: string } | { readonly kind: 'silence' };

/** How it goes on: something is said and keys are waited for, or it is settled. */
export type DialogStep =
  | { readonly kind: 'ask'; readonly dialog: NumberDialog; readonly say: readonly string[] }
  /** Further keys are waited for, without a word. */
  | { readonly kind: 'listen'; readonly dialog: NumberDialog }
  | { readonly kind: 'confirmed'; readonly number: string }
  | { readonly kind: 'declined' };

const mostMisses = 2;
/** Short numbers of a company's own exchange up to E.164 with an international prefix. */
export const numberDigits = { fewest: 3, most: 20 } as const;

const wordsOf = (dialog: NumberDialog): string[] => {
  if (dialog.step === 'offer') return ['call-back-choice'];
  if (dialog.step === 'enter') return ['call-back-enter'];
  return ['call-back-number', ...[...dialog.number].map((digit) => `digit-${digit}`), 'call-back-confirm'];
};

function ask(dialog: NumberDialog, before: readonly string[] = []): DialogStep {
  return { kind: 'ask', dialog, say: [...before, ...wordsOf(dialog)] };
}

/** The first question about the number, for a caller who wants to be called back. */
function askNumber(number: string): DialogStep {
  return ask({ step: number === '' ? 'enter' : 'confirm', number, digits: '', misses: 0 });
}

/** Begins. @param isWanted whether the caller asked for it already, by the key of the waiting loop */
export function startNumberDialog(number: string, isWanted: boolean): DialogStep {
  return isWanted ? askNumber(number) : ask({ step: 'offer', number, digits: '', misses: 0 });
}

function missed(dialog: NumberDialog, before: readonly string[] = []): DialogStep {
  const misses = dialog.misses + 1;
  return misses >= mostMisses ? { kind: 'declined' } : ask({ ...dialog, digits: '', misses }, before);
}

function entered(dialog: NumberDialog): DialogStep {
  const { digits } = dialog;
  return digits.length < numberDigits.fewest ? missed(dialog, ['invalid']) : ask({ step: 'confirm', number: digits, digits: '', misses: 0 });
}

function takeKey(dialog: NumberDialog, key: string): DialogStep {
  if (dialog.step === 'enter') {
    if (key === '#') return entered(dialog);
    const digits = key === '*' ? '' : `${dialog.digits}${key}`.slice(0, numberDigits.most);
    return { kind: 'listen', dialog: { ...dialog, digits } };
  }
  if (key === '1') return dialog.step === 'confirm' ? { kind: 'confirmed', number: dialog.number } : askNumber(dialog.number);
  if (key === '2' && dialog.step === 'confirm') return ask({ ...dialog, step: 'enter', digits: '', misses: 0 });
  return missed(dialog, ['invalid']);
}

/** Takes the dialog one step further. */
export function advanceNumberDialog(dialog: NumberDialog, event: DialogEvent): DialogStep {
  if (event.kind === 'key') return takeKey(dialog, event.key);
  // Whoever stops in the middle of a number is done with it.
  return dialog.step === 'enter' && dialog.digits !== '' ? entered(dialog) : missed(dialog);
}
