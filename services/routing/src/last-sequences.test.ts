import { describe, expect, test } from '@jest/globals';
import { createLastSequences } from './last-sequences.ts';

describe('what is known of subjects', () => {
  test('the first trace of a contact stays, over a snapshot, until the contact is forgotten', () => {
    const before = createLastSequences();
    before.noteTrace('c1', undefined);
    before.noteTrace('c1', 'channel');
    before.noteTrace('c1', 'click');
    before.noteTrace('c2', 'other');
    const after = createLastSequences(before.entries(), before.traces());
    expect([after.traceOf('c1'), after.traceOf('c2')]).toEqual(['channel', 'other']);
    after.keepContacts((contactId) => contactId === 'c2');
    expect([after.traceOf('c1'), after.traceOf('c2')]).toEqual([undefined, 'other']);
  });
});
