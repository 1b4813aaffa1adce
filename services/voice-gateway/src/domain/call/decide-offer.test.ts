import { describe, expect, test } from '@jest/globals';
import { accepted, agentAnswered, agentBye, assigned, customerBye, dialled, offered, rang, ringing, talking, waiting } from './testing/call-scenario.ts';

describe('a call that rings several agents', () => {
  const allRinging = () => waiting().all(offered('o1'), offered('o2', 5n, 'bo'), offered('o3', 5n, 'cai'), dialled('agent-1'), dialled('agent-2'), dialled('agent-3'), rang('agent-1'), rang('agent-2'));
  const over = (legId: string) => `LegEnded ${legId} 487 gateway`;

  test('dials each of them', () => {
    const call = waiting();
    expect([offered('o1'), offered('o2', 5n, 'bo')].flatMap((event) => call.do(event))).toEqual(['dial agent-1 for o1 to anna', 'dial agent-2 for o2 to bo']);
  });

  test('goes to who answers first; the other phones stop', () => {
    const call = allRinging();
    expect(call.do(agentAnswered('agent-2'))).toEqual(['accept o2']);
    expect(call.do(accepted('o2'))).toEqual([
      'bridge agent-2',
      'append: LegAnswered agent-2, ContactConnected',
      'dropAgent agent-1',
      'dropAgent agent-3',
      `release agent-1+agent-3: ${over('agent-1')}, ${over('agent-3')}`,
    ]);
    for (const offerId of ['o1', 'o3']) expect(call.do({ kind: 'offerOver', offerId })).toEqual([]);
    expect(call.do(agentBye('agent-2'))).toContain('dropCustomer');
  });

  test('has two who answer at once: routing says who has it, the other is hung up', () => {
    const call = allRinging();
    expect([agentAnswered('agent-1'), agentAnswered('agent-2')].flatMap((event) => call.do(event))).toEqual(['accept o1', 'accept o2']);
    expect(call.do({ kind: 'notAccepted', offerId: 'o1', gone: true })).toEqual(['dropAgent agent-1', 'release agent-1: LegAnswered agent-1, LegEnded agent-1 200 gateway']);
    expect(call.do(accepted('o2'))[0]).toBe('bridge agent-2');
  });

  test('lets the acceptance go that routing need not answer any more', () => {
    const call = allRinging().all(agentAnswered('agent-1'), agentAnswered('agent-2'));
    expect(call.do(assigned('o2'))).toContain('abandonAccept o1');
  });

  test('rings on at the others when one declines, is not reached or loses its sound', () => {
    const call = allRinging();
    expect(call.do({ kind: 'agentFailed', legId: 'agent-1', sipStatus: 603, code: undefined })).toEqual(['release agent-1: LegEnded agent-1 603 agent', 'reject o1 declined']);
    expect(call.do({ kind: 'mediaLost', legId: 'agent-2', code: 'VOICE_MEDIA_LOST' })).toEqual(['dropAgent agent-2', `release agent-2: ${over('agent-2')}`, 'fail o2 VOICE_MEDIA_LOST']);
    expect([agentAnswered('agent-3'), accepted('o3')].flatMap((event) => call.do(event))).toEqual(['accept o3', 'bridge agent-3', 'append: LegAnswered agent-3, ContactConnected']);
  });

  test('whose customer hangs up stops every phone', () => {
    const effects = allRinging().do(customerBye);
    expect(effects).toEqual(expect.arrayContaining(['dropAgent agent-1', 'dropAgent agent-2', 'dropAgent agent-3']));
    expect(effects.at(-2)).toMatch(/^release customer\+agent-1\+agent-2\+agent-3: RoutingWithdrawn/);
  });
});

describe('an offer', () => {
  test.each([
    [486, 'busy'],
    [600, 'busy'],
    [603, 'declined'],
  ])('refused by the phone with %i is rejected as %s', (sipStatus, reason) => {
    expect(ringing().do({ kind: 'agentFailed', legId: 'agent-1', sipStatus, code: undefined })).toEqual([`release agent-1: LegEnded agent-1 ${sipStatus} agent`, `reject o1 ${reason}`]);
  });

  test.each([
    [480, 'failed'],
    [500, 'failed'],
    [408, 'timeout'],
  ])('whose phone answers %i failed: no blame for the agent', (sipStatus, endedBy) => {
    expect(ringing().do({ kind: 'agentFailed', legId: 'agent-1', sipStatus, code: undefined })).toEqual([`release agent-1: LegEnded agent-1 ${sipStatus} ${endedBy}`, `fail o1 SIP_${sipStatus}`]);
  });

  test('to an agent without a phone fails with the code, and tells of no leg', () => {
    expect(waiting().all(offered()).do({ kind: 'agentFailed', legId: 'agent-1', sipStatus: 0, code: 'VOICE_PHONE_UNREGISTERED' })).toEqual(['release agent-1: ', 'fail o1 VOICE_PHONE_UNREGISTERED']);
  });

  test('that is missed or taken back stops the phone, and the next one rings', () => {
    const call = ringing();
    expect(call.do({ kind: 'offerOver', offerId: 'o1' })).toEqual(['dropAgent agent-1', 'release agent-1: LegEnded agent-1 487 gateway']);
    expect(call.do({ kind: 'agentFailed', legId: 'agent-1', sipStatus: 487, code: undefined })).toEqual([]);
    expect(call.do(offered('o2', 6n))).toEqual(['dial agent-2 for o2 to anna']);
  });

  test('of a lower epoch is refused', () => {
    const call = waiting().all(offered('o1', 7n), { kind: 'offerOver', offerId: 'o1' });
    expect(call.do(offered('o2', 6n))).toEqual([]);
    expect(call.do(offered('o3', 7n))).toEqual(['dial agent-2 for o3 to anna']);
  });

  test('is refused mid-call, of whatever epoch, and twice is once', () => {
    expect(talking().do(offered('o2', 4n))).toEqual([]);
    expect(talking().do(offered('o2', 9n))).toEqual([]);
    expect(ringing().do(offered('o1'))).toEqual([]);
  });

  test('of another request is not ours', () => {
    expect(waiting().do({ kind: 'offered', requestId: 'old', offerId: 'o9', agentId: 'anna', epoch: 5n, expiresAtMs: 1 })).toEqual([]);
  });

  test('that overtakes the end of the one before takes its place', () => {
    expect(ringing().do(offered('o2', 8n))).toEqual(['dropAgent agent-1', 'release agent-1: LegEnded agent-1 487 gateway', 'dial agent-2 for o2 to anna']);
  });

  test('accepted too late frees the phone, and the customer waits on', () => {
    const call = ringing().all(agentAnswered());
    expect(call.do({ kind: 'notAccepted', offerId: 'o1', gone: true })).toEqual(['dropAgent agent-1', 'release agent-1: LegAnswered agent-1, LegEnded agent-1 200 gateway']);
    expect(call.state.phase).toBe('waiting');
  });

  test('that routing could not be asked about is failed', () => {
    expect(ringing().all(agentAnswered()).do({ kind: 'notAccepted', offerId: 'o1', gone: false }).at(-1)).toBe('fail o1 VOICE_SET_UP_FAILED');
  });

  test('whose phone hangs up before routing answers is failed', () => {
    expect(ringing().all(agentAnswered()).do(agentBye())).toEqual(['release agent-1: LegAnswered agent-1, LegEnded agent-1 200 agent', 'abandonAccept o1', 'fail o1 SIP_200']);
  });

  test('that was assigned although its leg is gone is failed', () => {
    const call = ringing().all(agentAnswered(), { kind: 'notAccepted', offerId: 'o1', gone: true });
    expect(call.do(assigned())).toEqual(['fail o1 VOICE_SET_UP_FAILED']);
  });

  test('accepted elsewhere connects when the phone answers', () => {
    const call = ringing().all(assigned());
    expect(call.do(agentAnswered())).toEqual(['bridge agent-1', 'append: LegAnswered agent-1, ContactConnected']);
  });

  test('whose phone lost its media is failed, the customer waits on', () => {
    expect(ringing().do({ kind: 'mediaLost', legId: 'agent-1', code: 'VOICE_MEDIA_LOST' })).toEqual(['dropAgent agent-1', 'release agent-1: LegEnded agent-1 487 gateway', 'fail o1 VOICE_MEDIA_LOST']);
  });
});
