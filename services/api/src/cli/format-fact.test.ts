import { expect, test } from '@jest/globals';
import { formatFact } from './format-fact.ts';

test.each([
  ['{"contactId":"c","queue":"billing","waitedMs":"2655"}', 'queue=billing waitedMs=2655'],
  ['{"cause":"QUEUE_CAUSE_FIRST","received":{"mos":4.39832}}', 'cause=queue-cause-first received.mos=4.40'],
  ['{"content":[{"text":{"text":"您好 请稍等"}}],"findings":[{"rule":"a"},{"rule":"b"}],"tags":["x","y"],"none":[]}', 'content.text.text="您好 请稍等" findings=(2) tags=x,y'],
  ['not json', 'not json'],
])('the fact %s reads %s', (json, line) => {
  expect(formatFact(json)).toBe(line);
});

test('a long fact is cut to a line', () => {
  expect([...formatFact(JSON.stringify({ text: '字'.repeat(500) }))]).toHaveLength(140);
});
