import { limits } from '../protocol.ts';
import { msOf } from '../domain/story.ts';
import { idRule, readTexts } from '../socket/read-frame.ts';
import { agentOf } from './agent-requests.ts';
import type { RequestHandlers } from './scope.ts';

const commandRules = { contactId: idRule, commandId: idRule };

/** Contacts in hand. Commands carry an id of the browser's: the same id twice has one effect. */
export const contactRequests = {
  'contact.open': async (params, scope) => scope.open(readTexts(params, { contactId: idRule }).contactId),

  'contact.close': async (params, scope) => {
    scope.close(readTexts(params, { contactId: idRule }).contactId);
    return {};
  },

  'contact.send': async (params, scope) => {
    const { contactId, commandId, text } = readTexts(params, { ...commandRules, text: { min: 1, max: limits.messageChars } });
    await scope.services.contacts.sendMessage({ contactId, commandId, content: [{ part: { $case: 'text', value: { text } } }] }, scope.call());
    return { commandId };
  },

  'contact.end': async (params, scope) => {
    await scope.services.contacts.endContact(readTexts(params, commandRules), scope.call());
    return {};
  },

  'contact.hold': async (params, scope) => {
    await scope.services.contacts.holdContact(readTexts(params, commandRules), scope.call());
    return {};
  },

  'contact.retrieve': async (params, scope) => {
    await scope.services.contacts.retrieveContact(readTexts(params, commandRules), scope.call());
    return {};
  },

  'contact.park': async (params, scope) => {
    const { untilMs, ...asked } = readTexts(params, { contactId: idRule, assignmentId: idRule, lastMessageId: { ...idRule, min: 0 }, untilMs: { max: 15, pattern: /^\d+$/ } });
    const { until } = await scope.services.routing.parkContact({ ...asked, agentId: agentOf(scope), until: untilMs === '' ? undefined : new Date(Number(untilMs)) }, scope.call());
    return { untilMs: msOf(until) };
  },

  'contact.resume': async (params, scope) => {
    const { contactId } = readTexts(params, { contactId: idRule });
    await scope.services.routing.resumeContact({ contactId, agentId: agentOf(scope) }, scope.call());
    return {};
  },

  'wrapUp.extend': async (params, scope) => {
    const { contactId, assignmentId } = readTexts(params, { contactId: idRule, assignmentId: idRule });
    const { endsAt } = await scope.services.routing.extendWrapUp({ contactId, assignmentId, agentId: agentOf(scope) }, scope.call());
    return { endsMs: msOf(endsAt) };
  },

  'wrapUp.finish': async (params, scope) => {
    const asked = readTexts(params, { contactId: idRule, assignmentId: idRule, disposition: { max: 100 }, notes: { max: limits.notesChars } });
    await scope.services.routing.closeAssignment({ ...asked, agentId: agentOf(scope) }, scope.call());
    return {};
  },
} satisfies Partial<RequestHandlers>;
