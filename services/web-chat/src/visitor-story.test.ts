import { describe, expect, test } from '@jest/globals';
import type { AnyFact } from '@patchbay/bus/fact';
import { eventTypes, type EventType } from '@patchbay/contracts/event-types';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import { noContact, tellVisitor } from './visitor-story.ts';

let sequence = 0;
function fact(type: EventType, event: Record<string, unknown> = {}): AnyFact {
  const whole = (eventTypes[type].codec.fromPartial as (partial: unknown) => unknown)(event);
  return { type, tenant: 'demo', key: 'c1', sequence: (sequence += 1), timeMs: sequence, event: whole } as AnyFact;
}
const content = [{ part: { $case: 'text', value: { text: 'x' } } }];
const received = (platformMessageId: string) => fact('patchbay.message.v1.MessageReceived', { messageId: platformMessageId, platformMessageId, content });
const requested = () => fact('patchbay.contact.v1.RoutingRequested');
const queued = () => fact('patchbay.routing.v1.ContactQueued');
const connected = (agentId: string) => fact('patchbay.contact.v1.ContactConnected', { agentId });
const ended = (reason: EndReason) => fact('patchbay.contact.v1.ContactEnded', { reason });

function tell(facts: readonly AnyFact[]): string[] {
  let state = noContact;
  return facts.flatMap((one) => {
    const told = tellVisitor(state, one, (_, agentId) => (agentId === 'anna' ? '1001' : ''));
    state = told.state;
    if (told.frame === undefined) return [];
    return [told.frame.type === 'state' ? `${told.frame.phase} ${told.frame.agent}${told.frame.reason}`.trim() : `${told.frame.from}: ${told.frame.messageId}`];
  });
}

describe('what a visitor is told', () => {
  test('waiting once, the agent by number, and the end with its reason', () => {
    expect(tell([fact('patchbay.contact.v1.ContactStarted'), received('m1'), requested(), queued(), connected('anna'), ended(EndReason.AGENT_ENDED)])).toEqual([
      'visitor: m1',
      'waiting',
      'connected 1001',
      'ended agent',
    ]);
  });

  test('asked for a message when nobody is free, that it was left, and who answers', () => {
    const overflowed = (toQueue: string) => fact('patchbay.routing.v1.ContactOverflowed', { toQueue, action: toQueue === '' ? 'message' : '' });
    const left = { leftMessage: true };
    expect(tell([requested(), overflowed('help'), queued(), overflowed(''), received('m2'), fact('patchbay.contact.v1.RoutingRequested', left), fact('patchbay.routing.v1.ContactQueued', left), connected('anna')])).toEqual(['waiting', 'message', 'visitor: m2', 'left', 'connected 1001']);
  });

  test('waiting again when the agent was lost', () => {
    expect(tell([requested(), connected('anna'), queued(), connected('bob')])).toEqual(['waiting', 'connected 1001', 'waiting', 'connected']);
  });

  test.each([
    [Party.AGENT, 'agent'],
    [Party.BOT, 'bot'],
    [Party.SYSTEM, 'system'],
    [Party.SUPERVISOR, 'agent'],
  ])('a message of party %i comes from the %s', (by, from) => {
    expect(tell([fact('patchbay.message.v1.MessageSent', { messageId: 'm', by, content })])).toEqual([`${from}: m`]);
  });

  test('nothing of what comes after the end', () => {
    expect(tell([ended(EndReason.CUSTOMER_LEFT), received('late'), connected('anna')])).toEqual(['ended visitor']);
  });

  test('nothing of offers, failures and names', () => {
    expect(tell([fact('patchbay.routing.v1.ContactOffered', { agentId: 'anna' }), fact('patchbay.message.v1.MessageFailed'), fact('patchbay.contact.v1.ContactIdentified')])).toEqual([]);
  });
});
