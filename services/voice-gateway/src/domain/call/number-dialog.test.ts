import { describe, expect, test } from '@jest/globals';
import { advanceNumberDialog, startNumberDialog, type DialogStep } from './number-dialog.ts';

function press(step: DialogStep, keys: string): DialogStep {
  return [...keys].reduce((now, key) => ('dialog' in now ? advanceNumberDialog(now.dialog, key === ' ' ? { kind: 'silence' } : { kind: 'key', key }) : now), step);
}

describe('a caller who is asked about a call-back', () => {
  test('hears the own number digit by digit and confirms it with 1', () => {
    const step = startNumberDialog('138', true);
    expect(step).toMatchObject({ kind: 'ask', say: ['call-back-number', 'digit-1', 'digit-3', 'digit-8', 'call-back-confirm'] });
    expect(press(step, '1')).toEqual({ kind: 'confirmed', number: '138' });
  });

  test('enters another number and hash, hears it and confirms it', () => {
    const step = press(startNumberDialog('138', true), '2*4000*021555#');
    expect(step).toMatchObject({ say: ['call-back-number', ...[...'021555'].map((digit) => `digit-${digit}`), 'call-back-confirm'] });
    expect(press(step, '1')).toEqual({ kind: 'confirmed', number: '021555' });
  });

  test('who hides the number is asked for one at once', () => {
    expect(startNumberDialog('', true)).toMatchObject({ say: ['call-back-enter'] });
  });

  test('need not press hash, but may not enter too little', () => {
    expect(press(startNumberDialog('', true), '4001 1')).toEqual({ kind: 'confirmed', number: '4001' });
    expect(press(startNumberDialog('', true), '40#')).toMatchObject({ kind: 'ask', say: ['invalid', 'call-back-enter'] });
  });

  test('who says nothing, or presses other keys, twice does not want it', () => {
    expect(press(startNumberDialog('138', false), ' ')).toMatchObject({ say: ['call-back-choice'] });
    expect(press(startNumberDialog('138', false), '  ')).toEqual({ kind: 'declined' });
    expect(press(startNumberDialog('138', true), '77')).toEqual({ kind: 'declined' });
  });

  test('is asked first whether at all, where nobody asked for it', () => {
    expect(press(startNumberDialog('138', false), '11')).toEqual({ kind: 'confirmed', number: '138' });
  });
});
