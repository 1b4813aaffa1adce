import { describe, expect, test } from '@jest/globals';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { toSnapshot } from './snapshot.ts';
import { Scenario, words, type CentreSetup } from './testing/scenario.ts';
import { agentStatus, queueStatus } from './views.ts';

const at = (...queues: string[]) => ({ queues, capacity: { voice: 1, webchat: 1 } });
const setup: CentreSetup = { queues: { sales: { wrapUp: { mode: 4 } }, help: {} }, agents: { anna: at('sales'), bo: at('sales') } };
const chat = { channel: 'webchat' };

/** A chat of anna's that she put aside; bo is away. */
function parked(seconds = 0): Scenario {
  const centre = new Scenario(setup);
  centre.ready('anna');
  centre.request('c1', chat);
  centre.accept('c1');
  centre.park('c1', { seconds });
  return centre;
}

const refusal = ({ outcome }: ReturnType<Scenario['do']>) => (outcome.kind === 'refused' ? outcome.code : outcome.kind);
const resume = (centre: Scenario, agentId: string, contactId = 'c1') => centre.do({ kind: 'ResumeContact', request: { contactId, agentId } });

describe('a chat whose agent waits for the customer', () => {
  test('is put aside without wrap-up and frees the slot for the next in line', () => {
    const centre = new Scenario(setup);
    centre.ready('anna');
    centre.request('c1', chat);
    centre.accept('c1');
    centre.request('c2', chat);
    expect(words(centre.park('c1').facts)).toEqual(['ContactParked c1 anna', 'AssignmentClosed c1 anna system.parked', 'ContactOffered c2 anna']);
    expect(agentStatus(centre.state, 'anna', centre.nowMs)).toMatchObject({ parked: [{ contactId: 'c1', queue: 'sales', channel: 'webchat' }], handledToday: 0 });
    expect(queueStatus(centre.state, 'sales', centre.nowMs)).toMatchObject({ engaged: 0, waiting: 1 });
  });

  test('is put aside once: again changes nothing, and a call, another agent’s chat or one in wrap-up cannot be', () => {
    const centre = new Scenario(setup);
    centre.ready('anna', 'bo');
    centre.request('c1', chat);
    centre.accept('c1');
    const request = { contactId: 'c1', agentId: 'anna', assignmentId: centre.assignment('c1')?.assignmentId ?? '', until: undefined, lastMessageId: '' };
    expect(refusal(centre.do({ kind: 'ParkContact', request: { ...request, agentId: 'bo' } }))).toBe('ROUTING_ASSIGNMENT_GONE');
    expect(refusal(centre.do({ kind: 'ParkContact', request }))).toBe('parked');
    expect(centre.do({ kind: 'ParkContact', request })).toMatchObject({ facts: [], outcome: { kind: 'parked', untilMs: centre.nowMs + 3 * 86_400_000 } });
    centre.request('call');
    centre.accept('call');
    expect(refusal(centre.park('call'))).toBe('ROUTING_NOT_TEXT');
    centre.request('c2', chat);
    centre.accept('c2');
    centre.end('c2');
    expect(refusal(centre.park('c2'))).toBe('ROUTING_ASSIGNMENT_GONE');
  });

  test('stays with the agent when the customer wrote what the agent has not seen', () => {
    const centre = new Scenario(setup);
    centre.ready('anna');
    centre.request('c1', chat);
    centre.accept('c1');
    centre.write('c1', 'm1');
    expect(refusal(centre.park('c1', { lastMessageId: '' }))).toBe('ROUTING_CUSTOMER_WROTE');
    expect(refusal(centre.park('c1', { lastMessageId: 'm1' }))).toBe('parked');
  });

  test.each([-1, 6 * 86_400 + 1])('cannot be put aside until %s seconds from now', (seconds) => {
    const centre = new Scenario(setup);
    centre.ready('anna');
    centre.request('c1', chat);
    centre.accept('c1');
    expect(refusal(centre.park('c1', { seconds }))).toBe('ROUTING_BAD_TIME');
  });
});

describe('when the customer of a parked chat writes', () => {
  test('it rings at its agent, before who waits, and its wait counts from the message on', () => {
    const centre = parked();
    centre.ready('bo');
    centre.advance(600_000);
    expect(centre.write('c1', 'm1')).toEqual(['ParkingEnded c1 anna', 'ContactQueued c1', 'ContactOffered c1 anna']);
    centre.advance(4_000);
    expect(centre.accept('c1').kind).toBe('accepted');
    expect(centre.facts.find((fact) => fact.type === 'patchbay.routing.v1.ContactAssigned' && fact.timeMs === centre.nowMs)?.event).toMatchObject({ agentId: 'anna', waitedMs: 4_000n });
    expect(queueStatus(centre.state, 'sales', centre.nowMs)).toMatchObject({ offeredToday: 1n, answeredToday: 1n });
  });

  test('it waits half a minute for its agent who is engaged, then goes to another', () => {
    const centre = parked();
    centre.request('c2', chat);
    centre.accept('c2');
    centre.ready('bo');
    expect(centre.write('c1', 'm1')).toEqual(['ParkingEnded c1 anna', 'ContactQueued c1']);
    expect(words(centre.advance(29_999))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['ContactOffered c1 bo']);
  });

  test('it goes to another at once when its agent is not there', () => {
    const centre = parked();
    centre.ready('bo');
    centre.setState('anna', AgentState.BREAK, 'meal');
    expect(centre.write('c1', 'm1')).toEqual(['ParkingEnded c1 anna', 'ContactQueued c1', 'ContactOffered c1 bo']);
  });

  test('what the agent saw before changes nothing when it is told late', () => {
    const centre = new Scenario(setup);
    centre.ready('anna');
    centre.request('c1', chat);
    centre.accept('c1');
    centre.park('c1', { lastMessageId: 'm1' });
    expect(centre.write('c1', 'm1')).toEqual([]);
    expect(centre.write('c1', 'm2')).toContain('ContactOffered c1 anna');
  });

  test('a second message changes nothing', () => {
    const centre = parked();
    centre.write('c1', 'm1');
    expect(centre.write('c1', 'm2')).toEqual([]);
  });
});

describe('a parked chat whose customer stays silent', () => {
  test('comes back to its agent at the time that was set', () => {
    const centre = parked(3_600);
    expect(words(centre.advance(3_599_999))).toEqual([]);
    expect(words(centre.advance(1))).toEqual(['ParkingEnded c1 anna', 'ContactQueued c1', 'ContactOffered c1 anna']);
  });

  test('is taken back by its agent without ringing, into a free slot only; again it is the same assignment', () => {
    const centre = parked();
    centre.request('c2', chat);
    expect(refusal(resume(centre, 'anna'))).toBe('ROUTING_AGENT_NOT_FREE');
    centre.withdraw('c2');
    const { facts, outcome } = resume(centre, 'anna');
    expect(words(facts)).toEqual(['ParkingEnded c1 anna', 'ContactQueued c1', 'ContactOffered c1 anna', 'ContactAssigned c1 anna']);
    expect(resume(centre, 'anna')).toEqual({ facts: [], outcome });
    expect(centre.end('c1')).toEqual(['WrapUpStarted c1 anna']);
    expect(words(centre.close('c1', 'done').facts)).toEqual(['AssignmentClosed c1 anna done']);
  });

  test('is nobody else’s to take back', () => {
    const centre = parked();
    centre.ready('bo');
    expect(refusal(resume(centre, 'bo'))).toBe('ROUTING_NOT_PARKED');
    expect(refusal(resume(centre, 'anna', 'c9'))).toBe('ROUTING_NOT_PARKED');
  });

  test('is over when it ends on its medium, and moves on when it asks anew', () => {
    const centre = parked();
    expect(centre.end('c1')).toEqual(['ParkingEnded c1 anna']);
    expect(centre.write('c1', 'm9')).toEqual([]);
    const other = parked();
    expect(other.request('c1', { ...chat, requestId: 'anew', queue: 'help' })).toEqual(['ParkingEnded c1 anna', 'ContactQueued c1']);
  });
});

describe('parked chats and a writer that dies', () => {
  test.each([true, false])('come back all the same, built from a snapshot: %s', (fromSnapshot) => {
    const centre = parked(3_600);
    const before = JSON.stringify(toSnapshot(centre.state).state);
    centre.failOver(fromSnapshot ? centre.snapshot() : undefined);
    expect(JSON.stringify(toSnapshot(centre.state).state)).toBe(before);
    centre.silent.add('bo');
    expect(words(centre.advance(3_600_000))).toContain('ContactOffered c1 anna');
  });
});
