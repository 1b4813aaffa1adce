import { describe, expect, test } from '@jest/globals';
import type { StoryFrame } from '../../src/domain/frames.ts';
import { createConversation } from './conversation.ts';
import { createMemory, createShelf } from './memory.ts';
import { newUuidV7 } from './uuid.ts';

const message = (seq: number, text: string, more: Partial<Extract<StoryFrame, { type: 'message' }>> = {}): StoryFrame => ({
  type: 'message', seq, contactId: 'c1', messageId: `m${seq}`, from: 'agent', agent: '1001', parts: [{ kind: 'text', text }], at: seq, ...more,
});
const state = (seq: number, phase: 'waiting' | 'connected' | 'ended', contactId = 'c1'): StoryFrame => ({ type: 'state', seq, contactId, at: seq, phase, agent: '', reason: '' });
const texts = (conversation: ReturnType<typeof createConversation>) =>
  conversation.lines().map((line) => (line.kind === 'state' ? `[${line.state?.phase ?? ''}]` : line.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')));

describe('what the visitor sees', () => {
  test('stands in the order of the story, each frame once, however often it comes', () => {
    const conversation = createConversation();
    for (const frame of [state(2, 'waiting'), message(5, 'b'), message(3, 'a'), message(5, 'b')]) conversation.apply(frame);
    expect(texts(conversation)).toEqual(['[waiting]', 'a', 'b']);
    expect(conversation.lastSeq()).toBe(5);
  });

  test('an unsent message stands last and turns into the sent one', () => {
    const conversation = createConversation();
    conversation.addUnsent({ clientMsgId: 'x', text: 'mine', at: 1 });
    conversation.apply(message(3, 'theirs'));
    expect(conversation.lines().map((line) => line.delivery)).toEqual(['sent', 'sending']);
    conversation.apply(message(4, 'mine', { clientMsgId: 'x', from: 'visitor' }));
    conversation.apply({ type: 'accepted', clientMsgId: 'x', contactId: 'c1', messageId: 'm4', seq: 4, duplicate: false });
    expect(texts(conversation)).toEqual(['theirs', 'mine']);
    expect(conversation.lines().map((line) => line.delivery)).toEqual(['sent', 'sent']);
  });

  test('a refused message says so', () => {
    const conversation = createConversation();
    conversation.addUnsent({ clientMsgId: 'x', text: 'mine', at: 1 });
    conversation.markFailed('x');
    expect(conversation.lines()[0]?.delivery).toBe('failed');
  });

  test('a reset forgets the contact and keeps what is on its way', () => {
    const conversation = createConversation();
    conversation.apply(message(3, 'old'));
    conversation.addUnsent({ clientMsgId: 'x', text: 'mine', at: 1 });
    conversation.apply({ type: 'reset', contactId: 'c1' });
    conversation.apply(message(9, 'new'));
    expect(texts(conversation)).toEqual(['new', 'mine']);
  });

  test('a new contact goes on below the old one, and the place is its own', () => {
    const conversation = createConversation();
    conversation.apply(message(3, 'old'));
    conversation.apply(state(4, 'ended'));
    conversation.apply({ type: 'live', contactId: 'c2', seq: 0, phase: 'waiting', agent: '', reason: '' });
    expect([conversation.contactId(), conversation.lastSeq(), conversation.state().phase]).toEqual(['c2', 0, 'waiting']);
    conversation.apply(message(8, 'new', { contactId: 'c2' }));
    expect(texts(conversation)).toEqual(['old', '[ended]', 'new']);
  });
});

describe('what the browser keeps', () => {
  test('unsent messages come back in order after a reload, other widgets’ do not', () => {
    const shelf = createShelf();
    const memory = createMemory(shelf, 'W1', () => 1000);
    const [first, second] = [newUuidV7(1), newUuidV7(2)];
    memory.addUnsent({ clientMsgId: second, text: 'b', at: 2 });
    memory.addUnsent({ clientMsgId: first, text: 'a', at: 1 });
    createMemory(shelf, 'W2').addUnsent({ clientMsgId: newUuidV7(), text: 'other', at: 1 });
    expect(createMemory(shelf, 'W1', () => 1000).unsent().map((message) => message.text)).toEqual(['a', 'b']);
    memory.removeUnsent(first);
    expect(memory.unsent().map((message) => message.text)).toEqual(['b']);
  });

  test('a message older than the server remembers ids is not sent again', () => {
    const memory = createMemory(createShelf(), 'W1', () => 7 * 86_400_000);
    memory.addUnsent({ clientMsgId: newUuidV7(1), text: 'old', at: 0 });
    expect(memory.unsent()).toEqual([]);
    expect(memory.unsent()).toEqual([]);
  });

  test('a store that is full keeps nobody from chatting', () => {
    const shelf = { ...createShelf(), setItem: () => { throw new Error('QuotaExceededError'); } };
    const memory = createMemory(shelf, 'W1');
    expect(() => { memory.addUnsent({ clientMsgId: 'x', text: 'a', at: 1 }); }).not.toThrow();
  });

  test('ids are UUIDv7 of their time', () => {
    expect(newUuidV7(0x0199c0de0000)).toMatch(/^0199c0de-0000-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
