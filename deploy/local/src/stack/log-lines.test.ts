import { describe, expect, test } from '@jest/globals';
import { formatLogLine, parseLogLine } from './log-lines.ts';

const context = { service: 'routing', nowMs: Date.parse('2026-01-02T03:04:05Z'), fallbackLevel: 'info' as const };
const show = (text: string) => formatLogLine(parseLogLine(text, context));
const clockTime = (iso: string) => new Date(iso).toTimeString().slice(0, 8);

describe('log lines', () => {
  test('a JSON line of the logger is shown with its own time, level and fields', () => {
    const text = JSON.stringify({ level: 'warn', time: '2026-01-02T10:20:30.123Z', service: 'routing', contactId: 'c-1', queue: 'two words', msg: 'late offer' });
    expect(show(text)).toBe(`${clockTime('2026-01-02T10:20:30.123Z')} routing       warn  late offer contactId=c-1 queue="two words"`);
  });

  test('anything else is shown as it stands, at the level of its stream', () => {
    expect(show('not json')).toBe(`${clockTime('2026-01-02T03:04:05Z')} routing       info  not json`);
    expect(show('{"torn')).toContain('{"torn');
  });

  test('an error is shown by code, message and details, without its stack', () => {
    const error = { type: 'AppError', code: 'ROUTING_X', message: 'No.', details: { queue: 'q' }, stack: 'at secret place' };
    const line = show(JSON.stringify({ level: 'error', time: '2026-01-02T10:20:30Z', msg: 'failed', error }));
    expect(line).toContain('ROUTING_X: No.');
    expect(line).not.toContain('secret place');
  });

  test('a very long value is cut', () => {
    expect(show(JSON.stringify({ msg: 'm', text: 'x'.repeat(10_000) })).length).toBeLessThan(400);
  });
});
