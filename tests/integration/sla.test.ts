import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sendCommand } from '@patchbay/bus/commands';
import { readFacts } from '@patchbay/bus/read-facts';
import { SendMessage } from '@patchbay/contracts/channel/v1/channel_command';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { Party } from '@patchbay/contracts/contact/v1/contact';
import { Resource, Role } from '@patchbay/contracts/directory/v1/resource';
import { SlaKind, SlaOutcome } from '@patchbay/contracts/routing/v1/routing_event';
import { createIdSource } from '@patchbay/runtime/ids';
import { eventually } from '@patchbay/testkit/eventually';
import { startChatCentre, type ChatCentre } from '../support/chat-centre.ts';
import { openChat } from '../support/chat-client.ts';

const ids = createIdSource();
let centre: ChatCentre;
beforeAll(async () => {
  const value = { firstResponseSeconds: 2, nextResponseSeconds: 600, resolutionSeconds: 3_600 };
  centre = await startChatCentre([Resource.fromPartial({ kind: 'SlaPolicy', name: 'quick', revision: 1n, spec: { $case: 'slaPolicy', value } })]);
});
afterAll(() => centre.stop());

/** What was told of the promises to a customer, in order. */
async function promises(contactId: string): Promise<string[]> {
  const facts = await readFacts(centre.bus, { tenant: centre.tenant, key: contactId, domains: ['routing'] });
  return facts.flatMap((fact) => {
    const [name, event] = [fact.type.split('.').at(-1) ?? '', fact.event as { kind?: SlaKind; outcome?: SlaOutcome }];
    return name.startsWith('Sla') ? [[name, event.kind, event.outcome].filter((part) => part !== undefined).join(' ')] : [];
  });
}

test('an answer that comes after its time, over a new writer in between, is told as late, and the next message has a time of its own', async () => {
  const { agents, anna } = centre;
  const visitor = await openChat(centre.chatPort);
  const contactId = String((await visitor.say('where is my parcel'))['contactId']);
  await eventually('the warning', async () => ((await promises(contactId)).includes(`SlaWarned ${SlaKind.FIRST_RESPONSE}`) ? true : undefined));
  await centre.restartRouting();
  await eventually('the breach', async () => ((await promises(contactId)).includes(`SlaBreached ${SlaKind.FIRST_RESPONSE}`) ? true : undefined));
  const lead = { tenant: centre.tenant, actor: { subject: 'user:lead', kind: 'user' as const, roles: [Role.TEAM_LEAD] } };
  expect((await centre.routing.listPromises({ queue: 'support' }, lead)).promises).toMatchObject([{ contactId, kind: SlaKind.FIRST_RESPONSE, policy: 'quick', broken: true, agentId: '', channel: 'webchat' }]);
  expect((await centre.routing.listQueues({}, lead)).queues).toMatchObject([{ queue: 'support', promisesBroken: 1, promisesAtRisk: 0 }]);
  await expect(centre.routing.listPromises({ queue: 'support' }, anna)).rejects.toMatchObject({ code: 'ROUTING_FORBIDDEN' });
  await expect(centre.routing.listPromises({ queue: 'nowhere' }, lead)).rejects.toMatchObject({ code: 'ROUTING_UNKNOWN_QUEUE' });
  await agents.signIn({ agentId: 'anna', device: 'web' }, anna);
  await agents.setState({ agentId: 'anna', state: AgentState.READY }, anna);
  await centre.acceptNext();
  const command = SendMessage.fromPartial({ contactId, commandId: ids.next(), by: Party.AGENT, agentId: 'anna', degrade: true, content: [{ part: { $case: 'text', value: { text: 'on its way' } } }] });
  await sendCommand(centre.bus, { tenant: centre.tenant, channel: 'webchat', name: 'SendMessage', command });
  await eventually('the answer is counted', async () => ((await promises(contactId)).some((one) => one.startsWith('SlaEnded')) ? true : undefined));
  expect((await centre.routing.listPromises({ queue: 'support' }, lead)).total).toBe(0);
  await visitor.say('thank you, and when?');
  await eventually('the next clock', async () => ((await promises(contactId)).at(-1)?.startsWith('SlaChanged') === true ? (await promises(contactId)).filter((one) => one.startsWith('SlaChanged')).length === 2 : undefined));
  expect(await promises(contactId)).toEqual([
    `SlaStarted ${SlaKind.FIRST_RESPONSE}`,
    `SlaStarted ${SlaKind.RESOLUTION}`,
    `SlaWarned ${SlaKind.FIRST_RESPONSE}`,
    `SlaBreached ${SlaKind.FIRST_RESPONSE}`,
    `SlaEnded ${SlaKind.FIRST_RESPONSE} ${SlaOutcome.LATE}`,
    `SlaChanged ${SlaKind.RESOLUTION}`,
    `SlaStarted ${SlaKind.NEXT_RESPONSE}`,
    `SlaChanged ${SlaKind.RESOLUTION}`,
  ]);
  visitor.close();
});
