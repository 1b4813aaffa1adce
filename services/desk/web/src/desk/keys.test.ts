import { expect, test } from '@jest/globals';
import type { TimelineItem } from '../../../src/domain/views.ts';
import { formatDuration, formatPercent, maskAddress, secondsLeft, titleIn } from '../format.ts';
import { parsePath } from '../route.ts';
import type { Translate } from '../i18n.ts';
import { nameOfCustomer, nameWithNumber } from './naming.ts';
import { subjectOf } from './subject.ts';
import { isSendKey } from './send-key.ts';
import { leavesOf, searchLeaves } from './dispositions.ts';
import { quietLines } from './quiet-lines.ts';
import { isWriting } from './shortcuts.ts';

const enter = { key: 'Enter', shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, isComposing: false, keyCode: 13 };

test('Enter sends, but not the Enter that picks a word of an input method, nor Shift+Enter', () => {
  expect(isSendKey(enter)).toBe(true);
  expect(isSendKey({ ...enter, isComposing: true })).toBe(false);
  expect(isSendKey({ ...enter, keyCode: 229 })).toBe(false);
  expect(isSendKey({ ...enter, shiftKey: true })).toBe(false);
  expect(isSendKey({ ...enter, key: 'a' })).toBe(false);
});

test('A and R are left alone while somebody writes or composes', () => {
  const press = (target: object, more = {}) => isWriting({ isComposing: false, keyCode: 65, target: target as EventTarget, ...more });
  expect(press({ tagName: 'BODY' })).toBe(false);
  expect(press({ tagName: 'TEXTAREA' })).toBe(true);
  expect(press({ tagName: 'DIV', isContentEditable: true })).toBe(true);
  expect(press({ tagName: 'BODY' }, { isComposing: true })).toBe(true);
});

test('an offer that was accepted and a chat that was connected by it are one line', () => {
  const line = (code: string, params: Record<string, string> = {}): TimelineItem => ({ kind: 'line', key: code, timeMs: 0, code, params });
  const codes = (items: TimelineItem[], voice: boolean) => quietLines(items, voice).map((item) => item.key);
  const items = [line('queued'), line('offered', { agent: '8001' }), line('assigned', { agent: '8001' }), line('connected')];
  expect(codes(items, false)).toEqual(['queued', 'assigned']);
  expect(codes(items, true)).toEqual(['queued', 'assigned', 'connected']);
  expect(codes([line('offered', { agent: '8001' }), line('missed', { agent: '8001' })], false)).toEqual(['offered', 'missed']);
});

test('only codes without codes below can be chosen, and are found by any word above them', () => {
  const tree = [{ code: 'fee', titles: { en: 'Fees' }, children: [{ code: 'fee.bill', titles: { en: 'Bill explained' }, children: [] }] }, { code: 'other', titles: { en: 'Other' }, children: [] }];
  const leaves = leavesOf(tree, 'en');
  expect(leaves).toEqual([
    { code: 'fee.bill', title: 'Bill explained', group: 'Fees' },
    { code: 'other', title: 'Other', group: '' },
  ]);
  expect(searchLeaves(leaves, 'fees BILL').map((leaf) => leaf.code)).toEqual(['fee.bill']);
});

test('times, shares, titles and addresses are written for people', () => {
  expect([formatDuration(-5), formatDuration(65_999), formatDuration(3_723_000)]).toEqual(['0:00', '1:05', '1:02:03']);
  expect([secondsLeft(1_001, 0), secondsLeft(5, 9)]).toEqual([2, 0]);
  expect([formatPercent(null), formatPercent(100), formatPercent(85.25)]).toEqual(['–', '100%', '85.3%']);
  expect([titleIn({ 'zh-CN': '费用', en: 'Fees' }, 'zh-CN', 'fee'), titleIn({ 'zh-HK': '費用' }, 'zh-CN', 'fee'), titleIn({}, 'en', 'fee')]).toEqual(['费用', '費用', 'fee']);
  expect([maskAddress('13812348888'), maskAddress('li@example.com'), maskAddress('138****8888')]).toEqual(['138****8888', 'l***@example.com', '138****8888']);
});

test('paths name pages', () => {
  expect(parsePath('/')).toEqual({ page: 'home' });
  expect(parsePath('/desk/abc')).toEqual({ page: 'desk', contactId: 'abc' });
  expect(parsePath('/wall')).toEqual({ page: 'wall' });
  expect(parsePath('/else')).toEqual({ page: 'unknown' });
});

test('what a contact is about is said once: not again where the first message begins with it', () => {
  const said = (text: string): TimelineItem => ({ kind: 'message', key: 'm', timeMs: 0, from: 'customer', agentId: '', parts: [{ kind: 'text', text }], delivery: 'received', code: '', commandId: '', degradations: [], distrusted: false });
  expect(subjectOf({ summary: '发票没有 收到…' }, [said('发票没有\n收到，麻烦看一下')])).toBe('');
  expect(subjectOf({ summary: '十月账单' }, [said('请问比上个月多了什么？')])).toBe('十月账单');
  expect(subjectOf({ summary: '' }, [])).toBe('');
});

test('a customer is called by name, by what the address is, or by a masked number', () => {
  const t = ((key: string, values?: Record<string, string>) => `${key} ${values?.['tail'] ?? ''}`.trim()) as Translate;
  expect(nameOfCustomer({ type: 'tel', address: '13812348888', displayName: '顾客甲' }, t)).toBe('顾客甲');
  expect(nameOfCustomer({ type: 'tel', address: '13812348888', displayName: '' }, t)).toBe('138****8888');
  expect(nameOfCustomer({ type: 'visitor', address: '5kv****OyOg', displayName: '' }, t)).toBe('customer.visitor OyOg');
  expect(nameOfCustomer({ type: '', address: '', displayName: '' }, t)).toBe('conversation.anonymous');
});

test('an agent whose name has the number is not called by it twice', () => {
  expect([nameWithNumber('坐席 1001', '1001'), nameWithNumber('一线坐席', '1001'), nameWithNumber('坐席', '')]).toEqual(['坐席 1001', '一线坐席 1001', '坐席']);
});
