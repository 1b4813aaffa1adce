import { sendCommand, type ChannelCommand } from '@patchbay/bus/commands';
import type { BusConnection } from '@patchbay/bus/connection';
import type { CallContext } from '@patchbay/bus/rpc-server';
import { EndReason, Party } from '@patchbay/contracts/contact/v1/contact';
import type { Contact, EndContactRequest, HoldContactRequest, RetrieveContactRequest, SendMessageRequest } from '@patchbay/contracts/crm/v1/contact_service';
import type { Content } from '@patchbay/contracts/message/v1/content';
import { isUuid } from '@patchbay/runtime/ids';
import { maySteerAll, ownAgent } from './access.ts';
import { crmError } from './errors.ts';
import type { ContactStore } from './ports.ts';
import { readNewest } from './read-contacts.ts';

const longestTextBytes = 64 * 1024;
const mostParts = 20;

/** What the steering of contacts needs. */
export interface Steering {
  store: ContactStore;
  bus: BusConnection;
}

/** The contact as it stands in the stream, if the caller may steer it now. */
async function steerable({ store, bus }: Steering, contactId: string, context: CallContext): Promise<{ contact: Contact; agentId: string }> {
  const { contact } = await readNewest(store, bus, context.tenant, contactId);
  if (contact.endedAt !== undefined) throw crmError('CRM_CONTACT_ENDED', { details: { contactId } });
  if (maySteerAll(context.actor)) return { contact, agentId: context.actor.agent || contact.agentId };
  const agentId = ownAgent(context.actor);
  if (contact.agentId !== agentId || contact.assignmentId === '') throw crmError('CRM_NOT_ASSIGNED', { details: { contactId } });
  return { contact, agentId };
}

function checkCommandId(commandId: string): void {
  if (!isUuid(commandId)) throw crmError('CRM_BAD_REQUEST', { details: { field: 'command_id', takes: 'a UUID, lower case' } });
}

function checkContent(content: readonly Content[]): void {
  if (content.length === 0 || content.length > mostParts) throw crmError('CRM_BAD_REQUEST', { details: { field: 'content', takes: `1 to ${mostParts} parts` } });
  for (const { part } of content) {
    if (part === undefined) throw crmError('CRM_BAD_REQUEST', { details: { field: 'content.part', takes: 'one kind of part' } });
    if (part.$case !== 'text') continue;
    const sizeBytes = Buffer.byteLength(part.value.text);
    if (part.value.text.trim() === '' || sizeBytes > longestTextBytes) {
      throw crmError('CRM_BAD_REQUEST', { details: { field: 'content.text', takes: `words, at most ${longestTextBytes} bytes` } });
    }
  }
}

async function send(steering: Steering, contact: Contact, context: CallContext, command: ChannelCommand): Promise<void> {
  await sendCommand(steering.bus, { tenant: context.tenant, channel: contact.channel, ...command });
}

/** Stores the command to send a message. */
export async function sendMessage(steering: Steering, request: SendMessageRequest, context: CallContext): Promise<{ commandId: string }> {
  checkCommandId(request.commandId);
  checkContent(request.content);
  const { contact, agentId } = await steerable(steering, request.contactId, context);
  const { contactId, commandId, content } = request;
  await send(steering, contact, context, { name: 'SendMessage', command: { contactId, commandId, content, by: Party.AGENT, agentId, degrade: true, notAfter: undefined } });
  return { commandId };
}

/** Stores the command to end a contact. */
export async function endContact(steering: Steering, request: EndContactRequest, context: CallContext): Promise<Record<string, never>> {
  checkCommandId(request.commandId);
  const { contact, agentId } = await steerable(steering, request.contactId, context);
  const { contactId, commandId } = request;
  await send(steering, contact, context, { name: 'EndContact', command: { contactId, commandId, by: Party.AGENT, agentId, reason: EndReason.AGENT_ENDED, code: '' } });
  return {};
}

/** Stores the command to hold, or to retrieve. */
export async function holdOrRetrieve(
  steering: Steering,
  name: 'HoldContact' | 'RetrieveContact',
  request: HoldContactRequest | RetrieveContactRequest,
  context: CallContext,
): Promise<Record<string, never>> {
  checkCommandId(request.commandId);
  const { contact, agentId } = await steerable(steering, request.contactId, context);
  const { contactId, commandId } = request;
  await send(steering, contact, context, { name, command: { contactId, commandId, agentId } });
  return {};
}
