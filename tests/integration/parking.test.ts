import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFacts } from '@patchbay/bus/read-facts';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { eventually } from '@patchbay/testkit/eventually';
import { startChatCentre, type ChatCentre } from '../support/chat-centre.ts';
import { openChat, type ChatFrame } from '../support/chat-client.ts';

let centre: ChatCentre;
beforeAll(async () => {
  centre = await startChatCentre();
});
afterAll(() => centre.stop());

const isPhase = (phase: string) => (frame: ChatFrame) => (frame.type === 'state' || frame.type === 'live') && frame['phase'] === phase;

async function lastMessageOf(contactId: string): Promise<string> {
  const facts = await readFacts(centre.bus, { tenant: centre.tenant, key: contactId, domains: ['message'] });
  return facts.flatMap((fact) => (fact.type === 'patchbay.message.v1.MessageReceived' ? [fact.event.messageId] : [])).at(-1) ?? '';
}

test('a visitor whose chat was put aside writes again and is served by the same agent, also after routing was started anew', async () => {
  const { agents, routing, anna } = centre;
  const visitor = await openChat(centre.chatPort);
  await visitor.say('my parcel is late');
  await agents.signIn({ agentId: 'anna', device: 'web' }, anna);
  await agents.setState({ agentId: 'anna', state: AgentState.READY }, anna);
  const first = await centre.acceptNext();
  await visitor.next('connected', isPhase('connected'));

  await routing.parkContact({ ...first, agentId: 'anna', lastMessageId: await lastMessageOf(first.contactId) }, anna);
  expect(await centre.statusOfAnna()).toMatchObject({ slots: [], parked: [{ contactId: first.contactId, queue: 'support', channel: 'webchat' }] });

  await centre.restartRouting();
  await eventually('the new writer answers', async () => ((await centre.statusOfAnna())?.parked.length === 1 ? true : undefined));
  await visitor.say('the number is 42');
  const again = await centre.acceptNext();
  expect(again.contactId).toBe(first.contactId);
  expect(again.assignmentId).not.toBe(first.assignmentId);
  expect((await centre.statusOfAnna())?.parked).toEqual([]);
  const told = (await readFacts(centre.bus, { tenant: centre.tenant, key: first.contactId, domains: ['routing'] })).map((fact) => fact.type.split('.').at(-1));
  expect(told).toEqual(['ContactQueued', 'ContactOffered', 'ContactAssigned', 'ContactParked', 'AssignmentClosed', 'ParkingEnded', 'ContactQueued', 'ContactOffered', 'ContactAssigned']);
  visitor.close();
});
